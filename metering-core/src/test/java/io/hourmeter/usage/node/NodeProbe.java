package io.hourmeter.usage.node;

import io.hourmeter.LicenseRef;
import org.jspecify.annotations.Nullable;

/**
 * What the simulation and the benchmarks see of a node beside what a tracker sees, and what mutants bend. All else they do
 * by the calls of {@link NodeCore}.
 */
public final class NodeProbe {

    private NodeProbe() {}

    /** A license as a node knows it under one credential. */
    public static String credential(LicenseRef license) {
        return Credential.of(license).toString();
    }

    /** Requests in flight. */
    public static int running(NodeHub hub) {
        return hub.requests.count();
    }

    /** Time that requests ran beyond what was authorized. */
    public static long unbilledMillis(NodeCore core) {
        return core.unbilledMillis();
    }

    /** The lease that an item of a message is about. */
    public static OneLease lease(SyncRequest.Sent sent) {
        return new OneLease(sent.lease());
    }

    /** The session that a request runs in. */
    public static OneSession session(RunningRequest request) {
        return new OneSession(request.active().session);
    }

    /** What requests with a key find, or null. */
    public static @Nullable ActiveSession find(HotSessions hot, String key) {
        return hot.active(key, null);
    }

    /** Has requests with a key find something. */
    public static void put(HotSessions hot, String key, ActiveSession active) {
        hot.put(key, active);
    }

    /** The same of the same session at another place in memory. */
    public static ActiveSession copy(ActiveSession of, NodeHub hub) {
        ActiveSession copy = new ActiveSession(hub, of.session, of.session.id(), of.lastEnd());
        copy.deadline = of.deadline;
        copy.emptyAt = of.emptyAt;
        return copy;
    }

    /** What a request does before it is counted: checks deadline and pause, notes the activity. */
    public static boolean arrive(ActiveSession active, long now) {
        if (!active.admits(now)) {
            return false;
        }
        active.arrived(now);
        return true;
    }

    /** One lease. Two of these are equal when the leases are the same. */
    public record OneLease(Lease lease) {

        public String id() {
            return lease.id();
        }

        public String credential() {
            return lease.license.credential.toString();
        }

        public String scope() {
            return lease.scope();
        }

        /** When it began; nanoseconds by the node's clock. */
        public long start() {
            return lease.start;
        }

        public boolean bridge() {
            return lease.bridge;
        }

        /** The session that it was asked for; null for one of an earlier start. */
        public @Nullable OneSession session() {
            Session session = lease.session;
            return session == null ? null : new OneSession(session);
        }

        /** Whether its session serves under it. */
        public boolean serves() {
            return lease.session != null && lease.session.lease == lease;
        }

        /** Whether it is going to take over from the lease of its session. */
        public boolean replaces() {
            return lease.session != null && lease.session.next == lease;
        }

        public boolean isPending() {
            return lease.phase() == Lease.Phase.PENDING;
        }

        public boolean isLive() {
            return lease.phase() == Lease.Phase.LIVE;
        }

        /** Number of the last message whose answer the node has taken. */
        public long answeredSeq() {
            return lease.answeredSeq;
        }

        public long authorizedMillis() {
            return lease.authorized;
        }

        /** Takes authorized time away. */
        public void authorizeAtMost(long millis) {
            lease.authorized = Math.min(lease.authorized, millis);
        }
    }

    /** One session. Two of these are equal when the sessions are the same. */
    public record OneSession(Session session) {

        public String scope() {
            return session.scope;
        }

        public String credential() {
            return session.license.credential.toString();
        }

        public String masked() {
            return session.license.masked();
        }

        /** The lease that it is served under, or null. */
        public @Nullable OneLease lease() {
            Lease lease = session.lease;
            return lease == null ? null : new OneLease(lease);
        }

        /** Served while now is below; {@link Long#MIN_VALUE} when there is no lease. */
        public long deadline() {
            return session.deadline();
        }

        /** Has requests admitted until a moment, whatever the lease says. */
        public void serveUntil(long deadline) {
            session.serveUntil(deadline);
        }

        /** When the minimum of this session is reached; {@link Long#MIN_VALUE} where there is none. */
        public long minimumAt() {
            return session.minimumAt;
        }

        /** What a request is told of what is left. */
        public long toldMillis(long now) {
            return session.active().remainingMillis(now);
        }

        /** The same, when all that is known is looked at. */
        public long knownMillis(long now) {
            return Math.max(0, session.license.remainingMillis(now));
        }

        /** Lets the outage policy begin anew. */
        public void forgetGrace() {
            session.license.snapshot.offlineSince = LicenseSnapshot.NEVER;
        }
    }
}
