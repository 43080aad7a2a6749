package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.hourmeter.Billing;
import io.hourmeter.LicenseRef;
import io.hourmeter.internal.TimeOrderedIds;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The licenses, sessions and leases of a node and the legal moves between their states. Owned by {@link NodeCore}; pure
 * like it.
 *
 * <p>A session has one of: a live {@code lease}; a {@code pending} lease that requests wait for; neither, while requests outlive
 * a lease or the pause lasts. A live lease may have a {@code next} that is going to replace it.
 */
final class Scopes {

    /*
     * The rules are those of docs/protocol.md, "The node". All moves are made here, under the engine's lock.
     *
     * Lease (Lease.Phase)
     *
     * from      to        by                                     when
     * --------  --------  -------------------------------------  -----------------------------------------------------
     * (new)     PENDING   begin, newLease, newLeaseWithout-      a request arrives that no lease covers; requests have
     *                     Session                                outlived theirs; a lease is 30 minutes old; metering
     *                                                            itself failed
     * (new)     DONE      replay                                 a journal of an earlier start held it
     * PENDING   LIVE      grant, serve                           the server said OK for longer than the answer took, or
     *                                                            it is away and the outage policy lets the license run
     * PENDING   DONE      abandon                                the server may know it, and nobody waits for it any more
     * PENDING   DONE      finish                                 it served while metering had failed
     * PENDING   GONE      gone                                   refused with nothing authorized, or never sent
     * LIVE      DONE      endLease, finish                       idle for longer than the timeout; authorization over;
     *                                                            refused; replaced by its successor; the machine slept;
     *                                                            the session was ended; the node stops
     * DONE      GONE      gone                                   the server has acknowledged that it is done
     * any       GONE      gone                                   the server will never accept it (INVALID, TOO_LATE)
     *
     * DONE is reported until it is GONE, with the same "used" each time. What was used is fixed before the phase changes.
     *
     * Session
     *
     * state                           lease  pending  reopenAt  awaitsServer  overrunFrom   leaves it by
     * ------------------------------  -----  -------  --------  ------------  ------------  ---------------------------
     * waits for its first lease       -      set      never     no            never         grant; refuse ends it
     * served                          LIVE   -        never     no            never         endLease
     * served, successor asked for     LIVE   - (next  never     no            never         swap (AnswerRules), endLease
     *                                        is set)
     * runs on, new lease to be asked  -      -        a moment  any           never or set  begin, by Housekeeper
     * runs on, new lease asked for    -      set      any       any           never or set  grant, refuse
     * runs on unbilled (UNBILLED)     -      -        never     no            set           a later request, a credit
     * runs on until the server is     -      -        never     yes           set           serverBack (Housekeeper), a
     *   back (AWAITING_SERVER)                                                              later request
     * at rest in its pause            any    -        any       any           never         endIdle; a later request
     * ended                           -      -        -         -             -             never: closed for good
     */

    /** What becomes of requests that run when their lease ends. */
    enum After {
        /** They get a new lease at once: the old one ended for a reason that is not the customer's. */
        REOPEN,
        /** They get a new lease if they still run in a second: the session was ended, as a rule by one of them. */
        REOPEN_LATER,
        /** They finish unbilled: the time is up. */
        UNBILLED,
        /** They run unbilled until the server is back: it could not be asked for more. */
        AWAITING_SERVER
    }

    private static final long REOPEN_PAUSE = SECONDS.toNanos(1);
    /** Above every number that the node that wrote a journal can have used. */
    private static final long REPLAY_SEQ = 1L << 40;

    final NodeSettings settings;
    final NodeHub hub;
    final HotSessions hot;
    final ServerContact contact;
    final Dispatch dispatch;
    final Refusals refusals;

    final KnownLicenses licenses = new KnownLicenses();
    final Outage outage;

    private final RandomGenerator random;

    final Roster<Session> sessions = new Roster<>();
    final Index<SessionId, Session> byId = new Index<>(Session::id);
    /** Every lease that is not gone. */
    final Roster<Lease> leases = new Roster<>();

    final PendingLeases pendingLeases = new PendingLeases();
    final Deque<TrackerEvent> events = new ArrayDeque<>();

    /** No request is admitted any more. */
    boolean closed;
    /** Requests that wait for pending leases. */
    int waiters;
    /** Time that requests ran beyond what was authorized. */
    long unbilledMillis;
    /** Leases that the server will never accept. */
    long dropped;
    /** Requests that ran into the limit on how long one may bill. */
    long endless;

    /** What to add to the monotonic clock, in milliseconds, for the wall clock of the last tick. */
    long wallOffsetMillis;

    /** A stop that is longer was none: the wall clock is wrong, as after its battery was empty. */
    private static final long LONGEST_STOP_MILLIS = TimeUnit.DAYS.toMillis(365);

    private long serial;

    Scopes(NodeSettings settings, NodeHub hub, HotSessions hot, String node, RandomGenerator random) {
        this.settings = settings;
        this.hub = hub;
        this.hot = hot;
        this.random = random;
        this.contact = new ServerContact(random);
        this.dispatch = new Dispatch(settings, node, contact, random);
        this.refusals = new Refusals(hub.gapNanos);
        this.outage = new Outage(settings, contact);
    }

    /** A session that is not served yet. */
    Session newSession(KnownLicense known, String scope, SessionId id, long now) {
        Session session = new Session(hub, known, scope, id, now);
        sessions.add(session);
        byId.add(session);
        known.add(session);
        return session;
    }

    /** A pending lease that begins now. */
    Lease newLease(Session session, boolean bridge, long now) {
        return addLease(new Lease(
                serial++,
                TimeOrderedIds.make(wallMillis(now), random),
                session.license,
                session.scope,
                session.id(),
                session,
                now,
                bridge));
    }

    /** A lease that begins now and is served without a session; whoever asks for it finishes it. */
    Lease newLeaseWithoutSession(KnownLicense known, String scope, SessionId id, long now) {
        boolean bridge = takeBridge(known, scope, now);
        return addLease(
                new Lease(serial++, TimeOrderedIds.make(wallMillis(now), random), known, scope, id, null, now, bridge));
    }

    /** A lease of an earlier start, to be reported as done. */
    void replay(LeaseRecord record, KnownLicense known, long now) {
        long age = wallMillis(now) - record.startWallMillis();
        Long used = record.usedMillis();
        long least = used == null ? 0 : used;
        // A lease is never younger than what it used, and no process stands still for a year. Where the wall clock says
        // so,
        // it is or was wrong, and the lease counts as one that has just ended.
        age = age > LONGEST_STOP_MILLIS ? least : Math.max(age, least);
        Lease lease = addLease(new Lease(
                serial++,
                record.lease(),
                known,
                record.scope(),
                record.session(),
                null,
                now - MILLISECONDS.toNanos(age),
                record.bridge()));
        lease.seq = REPLAY_SEQ;
        lease.used = used == null ? Lease.NONE : used;
        lease.authorized = record.authorizedMillis();
        lease.offline = record.offline();
        lease.become(Lease.Phase.DONE);
        dispatch.want(lease);
    }

    private Lease addLease(Lease lease) {
        leases.add(lease);
        lease.license.add(lease);
        return lease;
    }

    /** This machine's calendar. */
    long wallMillis(long now) {
        return NANOSECONDS.toMillis(now) + wallOffsetMillis;
    }

    /**
     * When a lease began, by the wall clock as it is now: one that was wrong for a moment, when the lease began or at a
     * checkpoint, is forgotten with the next checkpoint.
     */
    long startWallMillis(Lease lease, long now) {
        return wallMillis(now) - NANOSECONDS.toMillis(now - lease.start);
    }

    /**
     * Asks for a lease for a session that has none.
     *
     * @param address of the client whose request waits for it; null for one that no request waits for
     */
    PendingLease begin(Session session, @Nullable String address, long now) {
        boolean bridge = takeBridge(session.license, session.scope, now);
        PendingLease pending = new PendingLease(
                session, newLease(session, bridge, now), session.license.seenGood(), address == null ? "" : address);
        session.pending = pending;
        if (address != null) {
            bringToFront(pending, now);
        } else {
            dispatch.want(pending.lease);
        }
        return pending;
    }

    /** Whether the pause before a lease that begins now may be charged. */
    private boolean takeBridge(KnownLicense known, String scope, long now) {
        boolean bridge = refusals.takeBridge(known.credential, scope, now);
        for (KnownLicense other : known.snapshot.credentials()) {
            // A refusal lies in the pause of the license, whichever credential was refused.
            bridge &= other == known || refusals.mayBridge(other.credential, scope, now);
        }
        return bridge;
    }

    /** Sends the question of a pending lease: as soon as it has its turn where requests wait for it. */
    void ask(PendingLease pending, long now) {
        if (!pending.foreground) {
            dispatch.want(pending.lease);
        } else if (pending.place == PendingLease.Place.UNDER_WAY) {
            pendingLeases.askAgain(pending);
        } else if (pending.lease.underWay > 0) {
            pendingLeases.begin(pending);
        } else {
            PendingLease pushedOut = pendingLeases.add(pending);
            if (pushedOut != null) {
                pendingLeases.countRefused();
                refuseByItself(pushedOut, now);
                abandon(pushedOut.lease);
            }
        }
    }

    /** This node refuses a scope without the server: the pause around this moment is not to be charged. */
    void noteOwnRefusal(Credential credential, String scope, long now) {
        KnownLicense known = licenses.find(credential);
        refusals.refusedByItself(credential, scope, known != null && known.seenGood(), now);
    }

    /** From now on requests wait for this pending lease. */
    void bringToFront(PendingLease pending, long now) {
        pending.foreground = true;
        pending.deadline = now + MILLISECONDS.toNanos(settings.timeoutMillis());
    }

    void addWaiter(PendingLease pending) {
        pending.waiters++;
        waiters++;
    }

    private void conclude(PendingLease pending) {
        pending.session.pending = null;
        waiters -= pending.waiters;
        pendingLeases.end(pending);
    }

    /** The lease of a pending lease may be served: its requests are in. The lease's watermarks are set already. */
    void grant(PendingLease pending, long now) {
        conclude(pending);
        Session session = pending.session;
        Lease lease = pending.lease;
        session.renewActive();
        session.count(pending.waiters);
        if (pending.foreground) {
            // The arrival itself is activity, also of a request that takes no time.
            session.touch(lease.start);
        }
        boolean counted = lease.bridge && lease.start - session.overrunFrom <= hub.gapNanos;
        // A short excess is a pause before the new lease, and paid for as such.
        settleOverrun(session, counted ? session.overrunFrom : lease.start);
        session.reopenAt = Long.MAX_VALUE;
        session.awaitsServer = false;
        serve(session, lease, now);
        if (!session.announced) {
            session.announced = true;
            tell(
                    TrackerEvent.Kind.SESSION_STARTED,
                    session.license,
                    session.id().toString(),
                    0);
        }
        if (!session.detached) {
            hot.publish(session);
        }
        pending.result.complete(Optional.empty());
    }

    /** Makes a lease the one that a session is served under. */
    void serve(Session session, Lease lease, long now) {
        lease.become(Lease.Phase.LIVE);
        session.lease = lease;
        session.rotateAt = lease.start + Housekeeper.ROTATE_AFTER;
        hub.markDirty(session);
        dispatch.rearm(session, lease, now);
    }

    /** Answers the requests of a pending lease with a refusal; what becomes of its lease is up to the caller. */
    void refuse(PendingLease pending, Arrival.Rejected answer) {
        conclude(pending);
        pending.result.complete(Optional.of(answer));
        Session session = pending.session;
        if (!session.announced && session.lease == null && session.closeIfIdle()) {
            remove(session);
        }
    }

    /** Refuses the requests of a pending lease without an answer by the server. */
    void refuseByItself(PendingLease pending, long now) {
        noteOwnRefusal(pending.session.license.credential, pending.session.scope, now);
        refuse(pending, outage.unavailable(now));
    }

    /** Whether the server could not be asked for more. */
    boolean unreachable(Lease lease) {
        return lease.unanswered || contact.failing();
    }

    /** Goes on beyond the authorization if the outage policy lets it. */
    boolean prolong(Session session, Lease lease, long now) {
        long deadline = lease.deadline();
        long until = outage.until(lease, deadline, now);
        if (lease.last || !unreachable(lease) || until <= now) {
            return false;
        }
        outage.serve(lease, deadline, until);
        dispatch.rearm(session, lease, now);
        return true;
    }

    /** Serves a pending lease that got no answer if the outage policy lets it. */
    boolean startOffline(PendingLease pending, long now) {
        Lease lease = pending.lease;
        long until = outage.until(lease, lease.start, now);
        if (until <= now) {
            return false;
        }
        outage.serve(lease, lease.start, until);
        dispatch.want(lease);
        grant(pending, now);
        return true;
    }

    /** Ends the lease of a session: its use is fixed now, and reported until the server has acknowledged it. */
    void endLease(Session session, long now, After after) {
        Lease lease = session.lease;
        if (lease == null) {
            return;
        }
        long over = Math.min(now, lease.deadline());
        finish(lease, lease.usedFinally(now), now);
        session.lease = null;
        session.serveUntil(Long.MIN_VALUE);
        Lease next = session.next;
        if (next != null) {
            session.next = null;
            abandon(next);
        }
        switch (after) {
            case REOPEN -> session.reopenAt = now;
            case REOPEN_LATER -> session.reopenAt = now + REOPEN_PAUSE;
            case UNBILLED -> overrun(session, over, false);
            case AWAITING_SERVER -> overrun(session, over, true);
        }
        boolean outlived = after == After.UNBILLED || after == After.AWAITING_SERVER;
        if (outlived && session.running() == 0 && session.overrunFrom == Long.MAX_VALUE) {
            // Ended beyond the deadline, while a report that might have moved it was awaited.
            unbilledMillis += NANOSECONDS.toMillis(Math.max(0, session.lastEnd() - over));
        }
    }

    /** From a moment on the requests of a session run without being billed. */
    void overrun(Session session, long from, boolean awaitsServer) {
        session.reopenAt = Long.MAX_VALUE;
        session.awaitsServer = awaitsServer;
        if (session.running() > 0 && session.overrunFrom == Long.MAX_VALUE) {
            session.overrunFrom = from;
            tell(TrackerEvent.Kind.OVERRUN, session.license, session.id().toString(), 0);
        }
    }

    /** Fixes what a lease used and wants it reported; not before the moment it used up to. */
    void finish(Lease lease, long used, long now) {
        lease.used = used;
        lease.become(Lease.Phase.DONE);
        long end = lease.start + MILLISECONDS.toNanos(Math.max(used, 0));
        if (end > now) {
            lease.nextSync = end;
            dispatch.drop(lease);
            dispatch.at(lease, end);
        } else {
            dispatch.at(lease, Long.MAX_VALUE);
            dispatch.want(lease);
        }
    }

    /** Gives up a lease that was never served. */
    void abandon(Lease lease) {
        if (lease.seq == 0) {
            gone(lease);
        } else {
            lease.become(Lease.Phase.DONE);
            dispatch.want(lease);
        }
    }

    /** Forgets a lease: the server has acknowledged its end, or will never accept it. */
    void gone(Lease lease) {
        lease.become(Lease.Phase.GONE);
        dispatch.drop(lease);
        leases.remove(lease);
        lease.license.remove(lease);
        licenses.forgetStranger(lease.license);
    }

    /** Ends a session in which nothing runs, at its last activity. False when something does. */
    boolean endIdle(Session session, long now) {
        if (!session.closeIfIdle()) {
            return false;
        }
        PendingLease pending = session.pending;
        if (pending != null) {
            abandon(pending.lease);
            conclude(pending);
        }
        endLease(session, now, After.UNBILLED);
        settleOverrun(session, session.lastEnd());
        remove(session);
        if (session.announced) {
            tell(TrackerEvent.Kind.SESSION_ENDED, session.license, session.id().toString(), 0);
        }
        return true;
    }

    /** Counts the time that requests of a session ran without being billed, up to a moment. */
    void settleOverrun(Session session, long until) {
        if (session.overrunFrom != Long.MAX_VALUE) {
            unbilledMillis += NANOSECONDS.toMillis(Math.max(0, until - session.overrunFrom));
            session.overrunFrom = Long.MAX_VALUE;
        }
    }

    private void remove(Session session) {
        hot.remove(session);
        sessions.remove(session);
        byId.remove(session);
        session.license.remove(session);
        licenses.forgetStranger(session.license);
    }

    /** Parts a session whose requests still run from the id under which it was ended. */
    void part(Session session, SessionIds ids) {
        byId.remove(session);
        tell(TrackerEvent.Kind.SESSION_ENDED, session.license, session.id().toString(), 0);
        LicenseRef given = session.license.given();
        if (settings.billing() == Billing.LICENSE && given != null) {
            session.rename(ids.create(given));
            byId.add(session);
            session.announced = false;
        } else {
            session.detached = true;
            hot.remove(session);
        }
    }

    void tell(TrackerEvent.Kind kind, @Nullable KnownLicense known, String sessionId, long millis) {
        events.add(new TrackerEvent(
                kind, known == null ? null : known.ref(), known == null ? "" : known.masked(), sessionId, millis));
    }
}
