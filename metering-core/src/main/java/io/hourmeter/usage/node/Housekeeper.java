package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What time does: deadlines, idleness, rotation, requests that never end, a machine that slept. Owned by
 * {@link NodeCore}; pure like it.
 */
final class Housekeeper {

    /** Bounds how far the clock of a lease can drift from the server's. */
    static final long ROTATE_AFTER = MINUTES.toNanos(30);

    /** The wall clock may run ahead of the monotonic one by so much between two ticks; more is a suspended machine. */
    private static final long SUSPENDED_MILLIS = 5_000;

    private static final long SHORTEST_SWEEP_PAUSE = SECONDS.toNanos(1);
    private static final long LONGEST_SWEEP_PAUSE = SECONDS.toNanos(5);
    private static final long FORGET_PAUSE = MINUTES.toNanos(1);

    /** A thread that was granted a lease may be held up for so long before its request is noted as running. */
    private static final long LATE = SECONDS.toNanos(10);

    private final NodeSettings settings;
    private final NodeHub hub;
    private final Scopes scopes;
    private final Arrivals arrivals;
    private final AnswerRules answers;
    private final ServerContact contact;
    private final Dispatch dispatch;

    private boolean ticked;
    private long tickedAt;
    private long wallAtTick;
    private long nextSweep = Long.MIN_VALUE;
    private long sweptAt = Long.MIN_VALUE;
    private long nextLimitCheck = Long.MIN_VALUE;
    private long nextForget = Long.MIN_VALUE;

    Housekeeper(NodeSettings settings, Scopes scopes, Arrivals arrivals, AnswerRules answers) {
        this.settings = settings;
        this.hub = scopes.hub;
        this.scopes = scopes;
        this.arrivals = arrivals;
        this.answers = answers;
        this.contact = scopes.contact;
        this.dispatch = scopes.dispatch;
    }

    /** Time passes. To be called about once a second. */
    void tick(long now, long wallMillis) {
        long ahead = (wallMillis - wallAtTick) - NANOSECONDS.toMillis(now - tickedAt);
        boolean suspended = ticked && ahead > SUSPENDED_MILLIS;
        ticked = true;
        tickedAt = now;
        wallAtTick = wallMillis;
        scopes.wallOffsetMillis = wallMillis - NANOSECONDS.toMillis(now);
        endLongRequests(now);
        if (suspended) {
            resume(now, ahead);
        }
        if (now >= nextSweep) {
            long pause = Math.min(Math.max(hub.gapNanos / 10, SHORTEST_SWEEP_PAUSE), LONGEST_SWEEP_PAUSE);
            nextSweep = now + pause;
            sweep(now);
        }
        if (now >= nextForget) {
            nextForget = now + FORGET_PAUSE;
            scopes.licenses.forgetUnused(now);
        }
    }

    /** The machine slept: nobody knows what the server did with the leases meanwhile, so each begins anew. */
    private void resume(long now, long sleptMillis) {
        scopes.tell(TrackerEvent.Kind.SUSPENDED, null, "", sleptMillis);
        contact.tryNow();
        for (Session session : scopes.sessions.snapshot()) {
            Lease lease = session.lease;
            if (lease != null) {
                lease.used = lease.usedAt(now);
                lease.authorized = Math.min(lease.authorized, lease.elapsedMillis(now));
                scopes.endLease(session, now, Scopes.After.REOPEN);
                reopenIfRunning(session, now);
            }
        }
    }

    /** Ends requests that have run for longer than one may bill; to be called before anything used is computed. */
    void endLongRequests(long now) {
        if (now < nextLimitCheck) {
            return;
        }
        long limit = MILLISECONDS.toNanos(settings.requestLimitMillis());
        long oldest = hub.requests.endLongerThan(limit, now, new Busy(scopes.sessions), this::tellLimit);
        // A request that is noted later arrived at most so long before.
        nextLimitCheck = Math.min(oldest, now - MILLISECONDS.toNanos(settings.timeoutMillis()) - LATE) + limit;
    }

    /** The sessions with requests in flight, by their marks; gone through once, and only if one is asked for. */
    private static final class Busy implements LongFunction<@Nullable ActiveSession> {

        private final Roster<Session> sessions;
        private final Map<Long, ActiveSession> byMark = new HashMap<>();

        Busy(Roster<Session> sessions) {
            this.sessions = sessions;
        }

        @Override
        public @Nullable ActiveSession apply(long mark) {
            if (byMark.isEmpty()) {
                for (int i = 0; i < sessions.size(); i++) {
                    ActiveSession active = sessions.get(i).active();
                    if (active.running() > 0) {
                        byMark.put(active.mark(), active);
                    }
                }
            }
            return byMark.get(mark);
        }
    }

    private void tellLimit(ActiveSession active) {
        Session session = active.session;
        scopes.endless++;
        scopes.tell(
                TrackerEvent.Kind.REQUEST_LIMIT,
                session.license,
                session.id().toString(),
                settings.requestLimitMillis());
    }

    private void sweep(long now) {
        // From the back: a session that ends leaves its place to the last one, which was looked at already.
        for (int i = scopes.sessions.size() - 1; i >= 0; i--) {
            sweep(scopes.sessions.get(i), now);
        }
        sweptAt = now;
    }

    private void sweep(Session session, long now) {
        PendingLease pending = session.pending;
        if (pending != null && pending.foreground && now >= pending.deadline + LATE) {
            // Whoever waited has gone, and the call hangs.
            arrivals.timedOut(pending, now);
        }
        if (session.hasWaiters()) {
            return;
        }
        if (session.idle(now) && scopes.endIdle(session, now)) {
            return;
        }
        Lease lease = session.lease;
        if (lease == null) {
            if (session.running() == 0) {
                scopes.settleOverrun(session, session.lastEnd());
            } else if (pending == null && session.reopenAt == Long.MAX_VALUE) {
                // It slipped in while the lease ended.
                scopes.overrun(session, now, session.awaitsServer);
            }
            reopenIfRunning(session, now);
            return;
        }
        // What did not run since the last time used nothing, and its license lies elsewhere in memory.
        if (session.running() > 0 || session.lastEnd() >= sweptAt || session.minimumAt >= sweptAt) {
            answers.warnIfLow(session.license, now);
        }
        if (now >= session.rotateAt && session.next == null && !lease.last && !lease.offline && !contact.failing()) {
            Lease next = scopes.newLease(session, true, now);
            session.next = next;
            dispatch.want(next);
        }
    }

    /** Asks for a new lease for requests that outlived theirs, when it is time. */
    void reopenIfRunning(Session session, long now) {
        boolean without = session.lease == null && session.pending == null;
        if (!scopes.closed && without && now >= session.reopenAt && session.running() > 0) {
            scopes.begin(session, null, now);
        }
    }

    /** The time of a lease on the agenda has come. */
    void review(Lease lease, long now) {
        Session session = lease.session;
        if (lease.phase() == Lease.Phase.LIVE && session != null && now >= lease.deadline()) {
            expire(session, lease, now);
            return;
        }
        if (now >= lease.nextSync) {
            dispatch.want(lease);
        }
        dispatch.schedule(lease, now);
    }

    private void expire(Session session, Lease lease, long now) {
        if (dispatch.awaited(lease, now)) {
            dispatch.schedule(lease, now);
            return;
        }
        lease.unanswered |= lease.underWay > 0;
        if (!scopes.prolong(session, lease, now)) {
            scopes.endLease(session, now, after(lease));
            reopenIfRunning(session, now);
        }
    }

    private Scopes.After after(Lease lease) {
        if (lease.last) {
            return Scopes.After.UNBILLED;
        }
        return scopes.unreachable(lease) ? Scopes.After.AWAITING_SERVER : Scopes.After.REOPEN;
    }

    /** The server answers again: requests that ran out of time meanwhile get a new lease. */
    void serverBack(long now) {
        for (Session session : scopes.sessions.snapshot()) {
            if (session.awaitsServer) {
                session.awaitsServer = false;
                session.reopenAt = now;
                reopenIfRunning(session, now);
            }
        }
    }
}
