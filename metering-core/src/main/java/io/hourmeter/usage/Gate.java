package io.hourmeter.usage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The part of a session that every request touches, without a lock.
 *
 * <p>{@code running} counts requests in flight; its sign bit says closed, and is set only by a swap from exactly 0. Where
 * threads get into each other's way, further requests are counted in {@code cells}, and whoever closes sets the bit
 * first and then looks at the cells, while a request is counted in its cell first and then looks at the bit. So a request
 * either is counted before the close and prevents it, or sees the bit and takes the slow path. {@code lastEnd} is
 * written before a count falls, so whoever reads 0 and then {@code lastEnd} sees the end of every counted request.
 *
 * <p>An object of its own, made beside the map entry that leads to it: with a million sessions a request waits for memory
 * more than for anything else, and so it waits for one place.
 */
@SuppressWarnings("UnusedVariable") // the private fields are read through their VarHandles
final class Gate {

    private static final int CLOSED = Integer.MIN_VALUE;

    /** Where a request is counted: in the gate itself, ... */
    static final byte HERE = -1;
    /** ... nowhere, since the session is closed, or in the cell of this number. */
    private static final byte NOWHERE = -2;

    /** Ends are kept to the millisecond, the unit of billing: a finer write would only contend. */
    private static final long GRAIN = Lease.MILLI;

    /** A power of two above the threads that work at once on most machines; threads that share a cell only wait. */
    private static final int CELLS = 8;

    /** Ints in a cache line: two threads that write into one line wait for each other as if they shared the count. */
    private static final int STRIDE = 16;

    private static final VarHandle RUNNING;
    private static final VarHandle LAST_END;
    private static final VarHandle QUIET;
    private static final VarHandle SPREAD;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            RUNNING = lookup.findVarHandle(Gate.class, "running", int.class);
            LAST_END = lookup.findVarHandle(Gate.class, "lastEnd", long.class);
            QUIET = lookup.findVarHandle(Gate.class, "quiet", boolean.class);
            SPREAD = lookup.findVarHandle(Gate.class, "cells", AtomicIntegerArray.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Served while now is below; {@link Long#MIN_VALUE} when there is no lease. */
    volatile long deadline = Long.MIN_VALUE;

    private long lastEnd;
    private int running;
    /** Made when two threads first meet here, which at most licenses never happens. */
    private volatile @Nullable AtomicIntegerArray cells;
    /** True when the journal saw this session at rest: the next arrival has to tell it. */
    private boolean quiet;

    final NodeHub hub;
    final Session session;

    Gate(NodeHub hub, Session session, long lastEnd) {
        this.hub = hub;
        this.session = session;
        this.lastEnd = lastEnd;
    }

    /** Counts a request in, unless the lease is over, the pause was too long, or the session is closed: then null. */
    @Nullable Usage admit(long now) {
        if (!admits(now)) {
            return null;
        }
        byte cell = countIn();
        if (cell == NOWHERE) {
            return null;
        }
        arrived(now);
        return new Usage(this, now, cell);
    }

    /** The same as {@link #admit} for a request that is noted later. */
    boolean enter(long now) {
        return admits(now) && count(1);
    }

    /** Whether the lease covers this moment and the pause before it was not too long. */
    boolean admits(long now) {
        return now < deadline
                && ((int) RUNNING.getAcquire(this) != 0
                        || now - (long) LAST_END.getOpaque(this) <= hub.gapNanos
                        || inCells() > 0);
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

    private byte countIn() {
        AtomicIntegerArray spread = cells;
        if (spread == null) {
            int seen = (int) RUNNING.getAcquire(this);
            if (seen < 0) {
                return NOWHERE;
            }
            if (RUNNING.compareAndSet(this, seen, seen + 1)) {
                wake();
                return HERE;
            }
            spread = spread();
        }
        byte cell = (byte) (Thread.currentThread().getId() & (CELLS - 1));
        spread.getAndIncrement(place(cell));
        if ((int) RUNNING.getVolatile(this) < 0) {
            spread.getAndDecrement(place(cell));
            return NOWHERE;
        }
        wake();
        return cell;
    }

    /** Not at the ends of the array, where something else begins. */
    private static int place(int cell) {
        return (1 + cell) * STRIDE;
    }

    /** From now on requests are counted in cells. */
    AtomicIntegerArray spread() {
        AtomicIntegerArray made = new AtomicIntegerArray((CELLS + 2) * STRIDE);
        return SPREAD.compareAndSet(this, null, made) ? made : (AtomicIntegerArray) SPREAD.getVolatile(this);
    }

    /** Counts requests in whatever the deadline says; false when the session is closed. */
    boolean count(int requests) {
        if ((int) RUNNING.getAndAdd(this, requests) < 0) {
            RUNNING.getAndAdd(this, -requests);
            return false;
        }
        wake();
        return true;
    }

    private void wake() {
        if ((boolean) QUIET.getOpaque(this) && QUIET.compareAndSet(this, true, false)) {
            hub.awoke(session);
        }
    }

    /** Counts a request out where it was counted in: it was active through {@code end}. */
    void exit(long end, byte cell) {
        touch(end);
        if (cell == HERE) {
            RUNNING.getAndAdd(this, -1);
        } else {
            ((AtomicIntegerArray) SPREAD.getVolatile(this)).getAndDecrement(place(cell));
        }
    }

    /** Notes activity at a moment. */
    void touch(long at) {
        long seen = (long) LAST_END.getOpaque(this);
        while (at - seen >= GRAIN && !LAST_END.compareAndSet(this, seen, at)) {
            seen = (long) LAST_END.getVolatile(this);
        }
    }

    /** Closes the session if nothing runs. Returns false when something does. */
    boolean closeIfIdle() {
        if (!RUNNING.compareAndSet(this, 0, CLOSED)) {
            return false;
        }
        if (inCells() == 0) {
            return true;
        }
        // Added once more, the bit is gone again.
        RUNNING.getAndAdd(this, CLOSED);
        return false;
    }

    /** Requests in flight. */
    int running() {
        return ((int) RUNNING.getAcquire(this) & ~CLOSED) + inCells();
    }

    private int inCells() {
        AtomicIntegerArray spread = cells;
        int sum = 0;
        for (int cell = 0; spread != null && cell < CELLS; cell++) {
            sum += spread.get(place(cell));
        }
        return sum;
    }

    /** The end of the last request; read {@link #running()} first. */
    long lastEnd() {
        return (long) LAST_END.getVolatile(this);
    }

    /** Whether nothing runs and the pause has become longer than the idle gap. */
    boolean idle(long now) {
        return running() == 0 && now - lastEnd() > hub.gapNanos;
    }

    /** Marks the session as seen at rest; the next request wakes the journal. */
    void rest() {
        QUIET.setVolatile(this, true);
        if (running() > 0) {
            QUIET.setVolatile(this, false);
        }
    }
}
