package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.hourmeter.Balance;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The node side of the protocol: what a node does when a request arrives, time passes or the server answers. No I/O, no
 * threads and no clock: every call is given the present, and what is to be done outside is picked up with
 * {@link #nextRequest}, {@link #takePending} and {@link #takeEvent}. So the same code runs in an application and in a
 * simulation with a seed.
 *
 * <p>Not thread-safe: the caller holds one lock around each call. Requests that find their session running do not come
 * here; they touch only {@link Session}.
 */
public final class NodeCore {

    /** A report this young is not repeated for a balance. */
    private static final long FRESH = SECONDS.toNanos(1);

    /** Leases that are asked for at once, each by a message of its own. */
    public static final int MAX_PENDING = PendingLeases.MOST;

    /** Sessions of one license on this node; one at rest makes room for a new one. */
    public static final int MAX_SESSIONS_OF_LICENSE = Arrivals.MAX_SESSIONS_OF_LICENSE;

    private final Scopes scopes;
    private final Arrivals arrivals;
    private final AnswerRules answers;
    private final Housekeeper housekeeper;
    private final FallbackLeases fallbacks;
    private final ServerContact contact;
    private final Dispatch dispatch;
    private final NodeHub hub;

    public NodeCore(NodeSettings settings, NodeHub hub, HotSessions hot, String node, RandomGenerator random) {
        this.hub = hub;
        this.scopes = new Scopes(settings, hub, hot, node, random);
        SessionIds sessionIds = new SessionIds(random);
        this.arrivals = new Arrivals(settings, scopes, sessionIds);
        this.fallbacks = new FallbackLeases(scopes, sessionIds);
        this.answers = new AnswerRules(scopes);
        this.housekeeper = new Housekeeper(settings, scopes, arrivals, answers);
        this.contact = scopes.contact;
        this.dispatch = scopes.dispatch;
    }

    /**
     * A request that did not find its session running.
     *
     * @param spelling how the request wrote the key; null when it named the license by its id
     * @param address of the client, or its network; empty where it is not known
     */
    public Arrival arrive(
            LicenseRef license, @Nullable String spelling, @Nullable String clientSessionId, String address, long now) {
        return scopes.closed
                ? scopes.outage.unavailable(now)
                : arrivals.arrive(license, spelling, clientSessionId, address, now);
    }

    /** A request that could not be judged for a fault in here; null when it must not be let in. */
    public @Nullable FallbackLease enterFallback(LicenseRef license, long now) {
        return fallbacks.enter(license, now);
    }

    /** A request that was let in for a fault has ended. */
    public void exitFallback(FallbackLease fallback, long now) {
        fallbacks.exit(fallback, now);
    }

    /** Nobody answered a pending lease in time; all that wait for it are answered now. */
    public void timedOut(PendingLease pending, long now) {
        arrivals.timedOut(pending, now);
    }

    /** A request stops waiting on its own. If it was counted in meanwhile, it is counted out again. */
    public void leave(PendingLease pending, long now) {
        arrivals.leave(pending, now);
    }

    /** Ends a session on purpose. Returns whether there was one. */
    public boolean endSession(String id, long now) {
        return arrivals.endSession(id, now);
    }

    /** Time passes. To be called about once a second. */
    public void tick(long now, long wallMillis) {
        housekeeper.tick(now, wallMillis);
        fallbacks.tick(now);
    }

    /** A message could not be sent for want of a thread. */
    public void unsent(SyncRequest syncRequest) {
        dispatch.returned(syncRequest);
        for (SyncRequest.Sent sent : syncRequest.sent()) {
            if (sent.lease().phase() != Lease.Phase.GONE) {
                dispatch.want(sent.lease());
            }
        }
    }

    /** The message of a pending lease: what ended before comes first, so that its balance is free. Null when it is not needed. */
    public @Nullable SyncRequest requestFor(PendingLease pending, long now) {
        if (pending.session.pending != pending || pending.lease.underWay > 0) {
            return null;
        }
        List<Lease> content = new ArrayList<>();
        for (Lease lease : pending.lease.license.leases()) {
            boolean ready = lease.phase() == Lease.Phase.DONE && (lease.wanted || lease.underWay > 0);
            if (ready && content.size() < UsageBatch.MAX_ITEMS - 1) {
                content.add(lease);
            }
        }
        content.add(pending.lease);
        return dispatch.urgent(content, now);
    }

    /** The next message that is due, or null. */
    public @Nullable SyncRequest nextRequest(long now) {
        housekeeper.endLongRequests(now);
        for (Lease lease = dispatch.takeDue(now); lease != null; lease = dispatch.takeDue(now)) {
            housekeeper.review(lease, now);
        }
        return dispatch.next(now);
    }

    /** When {@link #nextRequest} should be asked next; {@link Long#MAX_VALUE} for not before something happens. */
    public long nextDue(long now) {
        return dispatch.nextDue(now);
    }

    /** The server answered a message. */
    public void answered(SyncRequest syncRequest, UsageAnswers reply, long now) {
        if (!fits(syncRequest, reply)) {
            failed(syncRequest, now);
            return;
        }
        dispatch.returned(syncRequest);
        boolean failing = contact.failing();
        if (contact.answered()) {
            scopes.tell(TrackerEvent.Kind.SERVER_BACK, null, "", 0);
        }
        housekeeper.endLongRequests(now);
        Set<KnownLicense> touched = new LinkedHashSet<>();
        for (int i = 0; i < syncRequest.sent().size(); i++) {
            SyncRequest.Sent sent = syncRequest.sent().get(i);
            noteDuration(sent.lease(), now);
            answers.apply(sent, reply.items().get(i), now);
            afterAnswer(sent.lease(), now);
            touched.add(sent.lease().license);
        }
        for (KnownLicense known : touched) {
            answers.warnIfLow(known, now);
        }
        if (failing) {
            housekeeper.serverBack(now);
        }
    }

    private void noteDuration(Lease lease, long now) {
        Session session = lease.session;
        PendingLease pending = session == null ? null : session.pending;
        if (pending != null && pending.lease == lease && pending.place == PendingLease.Place.UNDER_WAY) {
            scopes.pendingLeases.took(now - lease.sentAt);
        }
    }

    private void afterAnswer(Lease lease, long now) {
        Session session = lease.session;
        if (session != null) {
            housekeeper.reopenIfRunning(session, now);
        }
    }

    private static boolean fits(SyncRequest syncRequest, UsageAnswers reply) {
        if (reply.items().size() != syncRequest.sent().size()) {
            return false;
        }
        Iterator<Answer> items = reply.items().iterator();
        for (SyncRequest.Sent sent : syncRequest.sent()) {
            if (!sent.lease().id().equals(items.next().lease())) {
                return false;
            }
        }
        return true;
    }

    /** A message got no usable answer; whether it arrived is unknown. */
    public void failed(SyncRequest syncRequest, long now) {
        dispatch.returned(syncRequest);
        boolean lostNow = contact.failed(now);
        if (lostNow) {
            scopes.tell(TrackerEvent.Kind.SERVER_LOST, null, "", 0);
        }
        housekeeper.endLongRequests(now);
        for (SyncRequest.Sent sent : syncRequest.sent()) {
            Lease lease = sent.lease();
            Session session = lease.session;
            lease.unanswered = true;
            noteDuration(lease, now);
            switch (lease.phase()) {
                case PENDING -> {
                    if (session != null && session.pending != null && session.pending.lease == lease) {
                        arrivals.fail(session.pending, now);
                    } else {
                        dispatch.want(lease);
                    }
                }
                case LIVE -> {
                    dispatch.want(lease);
                    dispatch.schedule(lease, now);
                }
                case DONE -> dispatch.want(lease);
                case GONE -> {}
            }
        }
        if (lostNow) {
            failWaiting(now);
        }
    }

    /** Pending leases that have not had their turn would only find out the same. */
    private void failWaiting(long now) {
        for (PendingLease pending = scopes.pendingLeases.anyWaiting();
                pending != null;
                pending = scopes.pendingLeases.anyWaiting()) {
            arrivals.fail(pending, now);
        }
    }

    /** Messages with what was used of a license and is not in its balance yet. */
    public List<SyncRequest> report(LicenseRef ref, long now) {
        return report(ref, now, FRESH);
    }

    /** The same, without leases whose last answer is not older than {@code fresh}. */
    public List<SyncRequest> report(LicenseRef ref, long now, long fresh) {
        housekeeper.endLongRequests(now);
        List<Lease> open = new ArrayList<>();
        for (KnownLicense known : scopes.licenses.named(ref)) {
            for (Lease lease : known.leases()) {
                boolean stale = lease.answeredAt == Long.MIN_VALUE || now - lease.answeredAt > fresh;
                if (lease.phase() == Lease.Phase.DONE || (lease.phase() == Lease.Phase.LIVE && stale)) {
                    open.add(lease);
                }
            }
        }
        List<SyncRequest> syncRequests = new ArrayList<>();
        for (int i = 0; i < open.size(); i += UsageBatch.MAX_ITEMS) {
            syncRequests.add(dispatch.urgent(open.subList(i, Math.min(open.size(), i + UsageBatch.MAX_ITEMS)), now));
        }
        return syncRequests;
    }

    /** Time was added: refusals are forgotten, leases renewed, and requests that ran out of time get a new lease. */
    public void credited(LicenseRef ref, long now) {
        housekeeper.endLongRequests(now);
        answers.credited(now);
        scopes.refusals.forget(ref);
        for (KnownLicense known : scopes.licenses.named(ref)) {
            scopes.refusals.forget(known.credential);
            for (Session session : List.copyOf(known.sessions())) {
                Lease lease = session.lease;
                if (lease != null) {
                    dispatch.want(lease);
                    dispatch.schedule(lease, now);
                } else if (session.running() > 0) {
                    session.reopenAt = now;
                    housekeeper.reopenIfRunning(session, now);
                }
            }
        }
    }

    /** The sessions on this node. */
    public List<SessionFigures> sessions(long now) {
        List<SessionFigures> all = new ArrayList<>(scopes.sessions.size());
        for (Session session : scopes.sessions.snapshot()) {
            if (!session.announced) {
                continue;
            }
            Lease lease = session.lease;
            int running = session.running();
            long active = lease == null ? 0 : Math.max(0, lease.usedAt(now));
            long idle = running > 0 ? 0 : NANOSECONDS.toMillis(Math.max(0, now - session.lastEnd()));
            all.add(new SessionFigures(session.id().toString(), session.license.masked(), running, active, idle));
        }
        return all;
    }

    /** The node stops: every lease ends now, and no request is admitted any more. */
    public void shutDown(long now) {
        scopes.closed = true;
        hub.close();
        housekeeper.endLongRequests(now);
        fallbacks.finishAll(now);
        for (Session session : scopes.sessions.snapshot()) {
            PendingLease pending = session.pending;
            if (pending != null) {
                scopes.refuse(pending, scopes.outage.unavailable(now));
                scopes.abandon(pending.lease);
            }
            scopes.endLease(session, now, Scopes.After.REOPEN);
            if (session.announced) {
                scopes.tell(
                        TrackerEvent.Kind.SESSION_ENDED,
                        session.license,
                        session.id().toString(),
                        0);
            }
        }
        for (int i = 0; i < scopes.leases.size(); i++) {
            dispatch.want(scopes.leases.get(i));
        }
        contact.tryNow();
    }

    /** Leases that the server has not acknowledged. */
    public int unacknowledged() {
        return scopes.leases.size();
    }

    /** What a journal must keep, computed now. */
    public List<LeaseRecord> checkpoint(long now) {
        List<LeaseRecord> records = new ArrayList<>(scopes.leases.size());
        for (int i = 0; i < scopes.leases.size(); i++) {
            Lease lease = scopes.leases.get(i);
            Session session = lease.session;
            if (session != null) {
                session.markClean();
            }
            keep(lease, now, records);
        }
        return records;
    }

    /** What the journal must keep of sessions that became active since the last checkpoint. */
    public List<LeaseRecord> awake(long now) {
        List<LeaseRecord> records = new ArrayList<>();
        for (Session session = hub.nextAwake(); session != null; session = hub.nextAwake()) {
            Lease lease = session.lease;
            if (lease != null) {
                keep(lease, now, records);
            }
        }
        return records;
    }

    private void keep(Lease lease, long now, List<LeaseRecord> records) {
        if (lease.withoutLedger) {
            // A ledger that is told of it after an upgrade would charge it again.
            return;
        }
        long used = lease.usedAt(now);
        records.add(new LeaseRecord(
                lease.uuid(),
                lease.license.credential,
                lease.scope(),
                lease.sessionId(),
                used == Lease.NONE ? null : used,
                lease.authorized,
                lease.offline,
                lease.bridge,
                scopes.startWallMillis(lease, now)));
    }

    /** Reports what earlier starts left in the journal. Call {@link #tick} before. */
    public void replay(List<LeaseRecord> records, long now) {
        for (LeaseRecord left : records) {
            scopes.replay(left, scopes.licenses.learn(left.credential()), now);
        }
    }

    /** The next pending lease that is to be sent, or null. */
    public @Nullable PendingLease takePending() {
        return scopes.pendingLeases.next();
    }

    /** The next thing that the outside is to be told, or null. */
    public @Nullable TrackerEvent takeEvent() {
        return scopes.events.poll();
    }

    /**
     * The same with the balance that came with the answer to the credit, so that the license server need not be asked again.
     *
     * @return false when a newer one is known, as where an old answer is repeated: the balance is then to be asked for
     */
    public boolean credited(LicenseRef ref, Balance balance, long now) {
        credited(ref, now);
        for (KnownLicense known : scopes.licenses.named(ref)) {
            if (!answers.isNews(known, balance)) {
                return false;
            }
        }
        creditTold(ref, balance.remainingMillis(), now);
        return true;
    }

    /** Tells the balance after a credit. */
    public void creditTold(LicenseRef ref, long remainingMillis, long now) {
        String name = ref instanceof LicenseKey key ? key.masked() : ref.toString();
        for (KnownLicense known : scopes.licenses.named(ref)) {
            answers.balance(known, remainingMillis, now);
            name = known.masked();
        }
        scopes.events.add(new TrackerEvent(TrackerEvent.Kind.CREDITED, ref, name, "", remainingMillis));
    }

    /** Whether the server keeps failing, so that nobody should wait for it. */
    public boolean serverLost() {
        return contact.lost();
    }

    /** What this node does now and has done since its start. */
    public NodeFigures figures(long now) {
        RunningRequests.Snapshot running = hub.requests.snapshot(now);
        int live = 0;
        int offline = 0;
        for (int i = 0; i < scopes.leases.size(); i++) {
            Lease lease = scopes.leases.get(i);
            if (lease.phase() == Lease.Phase.LIVE) {
                live++;
                offline += lease.offline ? 1 : 0;
            }
        }
        return new NodeFigures(
                scopes.sessions.size(),
                live,
                offline,
                scopes.leases.size(),
                running.count(),
                now - running.oldestAlive(),
                running.admitted(),
                contact.answers(),
                contact.failures(),
                !contact.lost(),
                scopes.unbilledMillis,
                scopes.endless,
                scopes.dropped,
                scopes.pendingLeases.underWay(),
                scopes.pendingLeases.waiting(),
                scopes.pendingLeases.refused());
    }

    /** Licenses that are remembered. */
    int licenses() {
        return scopes.licenses.size();
    }

    /** Time that requests ran beyond what was authorized, not charged. */
    long unbilledMillis() {
        return scopes.unbilledMillis;
    }
}
