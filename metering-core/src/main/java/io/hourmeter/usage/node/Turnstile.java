package io.hourmeter.usage.node;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counts the requests of a session in and out, without a lock.
 *
 * <p>{@code running} counts requests in flight. Its sign bit says closed, and is set only by a swap from a count of 0, so
 * a request either is counted before the close and prevents it, or sees the bit and takes the slow path. Its
 * {@link #QUIET} bit says that the journal saw this session at rest: the next arrival has to tell it. {@code lastEnd} is
 * written before a count falls, so whoever reads 0 and then {@code lastEnd} sees the end of every counted request.
 */
@SuppressWarnings("UnusedVariable") // the private fields are read through their VarHandles
abstract class Turnstile {

    private static final int CLOSED = Integer.MIN_VALUE;
    private static final int QUIET = 1 << 30;
    private static final int COUNT = QUIET - 1;

    /** Ends are kept to the millisecond, the unit of billing: a finer write would only contend. */
    private static final long GRAIN = Lease.MILLI;

    private static final VarHandle RUNNING;
    private static final VarHandle LAST_END;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            RUNNING = lookup.findVarHandle(Turnstile.class, "running", int.class);
            LAST_END = lookup.findVarHandle(Turnstile.class, "lastEnd", long.class);
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

    Turnstile(NodeHub hub, Session session, long lastEnd) {
        this.hub = hub;
        this.session = session;
        this.lastEnd = lastEnd;
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
