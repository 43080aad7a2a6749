package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The part of a session that every request touches, without a lock: what admits it, counts it in and out, and tells its
 * answer what is left. Thread-safe.
 *
 * <p>An object of its own, made beside the map entry that leads to it: with many sessions a request waits for memory more
 * than for anything else, and so it waits for one place.
 */
@SuppressWarnings("UnusedVariable") // the private fields are read through their VarHandles
public final class ActiveSession {

    /*
     * "The node" is any method of NodeCore; its caller holds the engine's lock, so the node never writes against itself.
     * "Requests" are the threads of the application, many at once, with no lock. These are all fields that both sides
     * touch, with those of other classes that a request reads on its way.
     *
     * field             written by                    read by         why that is safe
     * ----------------  ----------------------------  --------------  ----------------------------------------------------
     * running           requests and the node, by     both            One atomic word holds the count, CLOSED and QUIET.
     *                   atomic add and swap                           CLOSED is set only by a swap from a count of 0: a
     *                                                                 request is either counted before, and prevents the
     *                                                                 close, or sees a negative word, takes its count back
     *                                                                 and goes to the node. QUIET is cleared by whoever
     *                                                                 sees it first, so the journal is told once.
     * lastEnd           requests and the node, by     both            exit() writes it before the count falls: whoever
     *                   swap (touch); requests,                       reads a count of 0 and then lastEnd sees the end of
     *                   plainly (arrived)                             every counted request. arrived() may overwrite only
     *                                                                 ends that lie before the end of its own request,
     *                                                                 which is still counted: nobody goes by lastEnd before
     *                                                                 that has ended as well.
     * deadline          the node                      both            Volatile. A request that reads an old value is
     *                                                                 admitted or sent to the node as it would have been a
     *                                                                 moment earlier; the lease bounds what it is charged.
     * emptyAt           the node (LicenseSnapshot)    requests        Volatile, for display only. UNKNOWN, an old value or
     *                                                                 deadline passed: the request asks the snapshot.
     * third             the node (renamed)            requests        Volatile. Session.otherId is written before it, so
     *                                                                 whoever reads RENAMED finds the other id.
     * first, second,    nobody after the constructor  requests        Final.
     * hub, session
     *
     * Session.active    the node (renewActive)        both            Volatile; replaced once, before the first request is
     *                                                                 admitted, while nobody else knows the old one.
     * Session           the node                      requests        Volatile; says whether the time is up. An old value
     *   .overrunFrom                                                  delays keepAlive's answer by one look.
     * Session.lease,    the node                      requests, when  Volatile (Session.minimumAt is written before its
     * Lease.*, License-                               emptyAt does    lease is served). Read one after the other, so that
     * Snapshot.*                                      not tell        the sum may be that of two neighbouring moments; it
     *                                                                 is shown, never charged.
     * NodeHub.awake     both (markDirty)              the node        A concurrent queue, which the node empties.
     * NodeHub.requests  requests, and the node for    both            See RunningRequests: whoever moves a ticket on has
     *                   requests beyond the limit                     ended that request, alone.
     */

    /** Nobody can foresee when the balance will be used up. */
    static final long UNKNOWN = Long.MAX_VALUE;

    /** {@link #third} of a session that was renamed. */
    private static final long RENAMED = 0;

    /** The sign bit of {@link #running}: no request is counted in any more. */
    private static final int CLOSED = Integer.MIN_VALUE;
    /** A bit of {@link #running}: the journal saw this session at rest, and the next arrival has to tell it. */
    private static final int QUIET = 1 << 30;

    private static final int COUNT = QUIET - 1;

    /** Ends are kept to the millisecond, the unit of billing: a finer write would only contend. */
    private static final long GRAIN = MILLISECONDS.toNanos(1);

    private static final long NANOS_PER_MILLI = MILLISECONDS.toNanos(1);

    private static final VarHandle RUNNING;
    private static final VarHandle LAST_END;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            RUNNING = lookup.findVarHandle(ActiveSession.class, "running", int.class);
            LAST_END = lookup.findVarHandle(ActiveSession.class, "lastEnd", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Served while now is below; {@link Long#MIN_VALUE} when there is no lease. */
    volatile long deadline = Long.MIN_VALUE;

    private long lastEnd;
    private int running;

    final NodeHub hub;
    final Session session;

    /**
     * When the balance of the license will be used up if requests of this session never pause and nothing else uses it;
     * {@link #UNKNOWN} when something else may. Written by {@link LicenseSnapshot}.
     */
    volatile long emptyAt = UNKNOWN;

    // The id that the session was made with.
    private final long first;
    private final long second;
    private volatile long third;

    ActiveSession(NodeHub hub, Session session, SessionId id, long lastEnd) {
        this.hub = hub;
        this.session = session;
        this.lastEnd = lastEnd;
        first = id.first();
        second = id.second();
        third = id.third();
    }

    /**
     * Counts a request in that found this session, and notes its arrival; whoever gets true begins a {@link RunningRequest}.
     * False when the lease is over, the pause was too long, or the session is closed.
     */
    boolean admit(long now) {
        if (!enter(now)) {
            return false;
        }
        arrived(now);
        return true;
    }

    /** The id that the session was made with, unless it has another one. */
    SessionId firstId() {
        return new SessionId(first, second, third);
    }

    /**
     * A number that tells this session from every other of its node. Ids are random; that of a session which was ended on
     * purpose may come back while requests of it still run, and then the objects differ.
     */
    long mark() {
        return first ^ (long) System.identityHashCode(this) << Integer.SIZE;
    }

    /** The session has another id from now on, and knows it already. */
    void renamed() {
        third = RENAMED;
    }

    /** The text of the session's id. */
    String sessionId() {
        long last = third;
        return last == RENAMED ? session.id().toString() : SessionId.text(first, second, last);
    }

    /** What is left of the license: where possible without a look at it, since every answer says so. */
    long remainingMillis(long now) {
        long end = emptyAt;
        boolean foreseen = end != UNKNOWN && now < deadline && running() > 0;
        // Rounded up, since elapsed milliseconds are rounded down.
        long left = foreseen ? -Math.floorDiv(now - end, NANOS_PER_MILLI) : session.license.remainingMillis(now);
        return Math.max(0, left);
    }

    /** Counts a request in, unless the lease is over, the pause was too long, or the session is closed. */
    boolean enter(long now) {
        return admits(now) && count(1);
    }

    /** Whether the lease covers this moment and the pause before it was not too long. */
    boolean admits(long now) {
        return now < deadline && (running() != 0 || now - (long) LAST_END.getOpaque(this) <= hub.gapNanos);
    }

    /**
     * Notes that a request that is counted arrived, so that it need not be noted again if it ends within the grain. A
     * plain write is enough: what it may overwrite ended before this request will.
     */
    void arrived(long now) {
        if (now - (long) LAST_END.getOpaque(this) >= GRAIN) {
            LAST_END.setOpaque(this, now);
        }
    }

    /** Counts requests in whatever the deadline says; false when the session is closed. */
    boolean count(int requests) {
        int before = (int) RUNNING.getAndAdd(this, requests);
        if (before < 0) {
            RUNNING.getAndAdd(this, -requests);
            return false;
        }
        if ((before & QUIET) != 0 && ((int) RUNNING.getAndBitwiseAnd(this, ~QUIET) & QUIET) != 0) {
            hub.markDirty(session);
        }
        return true;
    }

    /** Counts a request out: it was active through {@code end}. */
    public void exit(long end) {
        touch(end);
        RUNNING.getAndAdd(this, -1);
    }

    /** Notes activity at a moment. */
    void touch(long at) {
        long seen = (long) LAST_END.getOpaque(this);
        while (at - seen >= GRAIN && !LAST_END.compareAndSet(this, seen, at)) {
            seen = (long) LAST_END.getVolatile(this);
        }
    }

    /**
     * Closes the session if nothing runs. Returns false when something does. One that is closed stays so, and its end can be
     * gone through again if that failed half-way.
     */
    boolean closeIfIdle() {
        return RUNNING.compareAndSet(this, 0, CLOSED)
                || RUNNING.compareAndSet(this, QUIET, CLOSED)
                || (int) RUNNING.getVolatile(this) == CLOSED;
    }

    /** Requests in flight. */
    int running() {
        return (int) RUNNING.getAcquire(this) & COUNT;
    }

    /** The end of the last request; read {@link #running()} first. */
    long lastEnd() {
        return (long) LAST_END.getVolatile(this);
    }

    /** Whether nothing runs and the pause has become longer than the idle gap. */
    boolean idle(long now) {
        return running() == 0 && now - lastEnd() > hub.gapNanos;
    }

    /** Marks the session as seen at rest, unless a request runs; the next request wakes the journal. */
    void markClean() {
        RUNNING.compareAndSet(this, 0, QUIET);
    }
}
