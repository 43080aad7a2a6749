package io.hourmeter.usage;

import io.hourmeter.Hours;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One scope that this node serves: the single object that a request touches.
 *
 * <p>The upper fields are written by request threads without a lock. {@code running} counts requests in flight; its
 * sign bit says closed, and is set only by a swap from exactly 0, so that a request either is counted before the close
 * and prevents it, or sees the bit and takes the slow path. {@code lastEnd} is written before {@code running} falls, so
 * whoever reads 0 and then {@code lastEnd} sees the end of every counted request. All other fields belong to
 * {@link NodeCore} and are touched only by it.
 */
@SuppressWarnings("UnusedVariable") // the private fields are read through their VarHandles
final class Session {

    private static final int CLOSED = Integer.MIN_VALUE;

    /** Ends are kept to the millisecond, the unit of billing: a finer write would only contend. */
    private static final long GRAIN = Lease.MILLI;

    /** How often the text of the remaining hours is renewed. */
    private static final long TEXT_RENEWAL = 1000 * Lease.MILLI;

    /** Spellings of one key that are found without parsing it; more are possible only on purpose. */
    private static final int MAX_SPELLINGS = 8;

    private static final VarHandle RUNNING;
    private static final VarHandle LAST_END;
    private static final VarHandle TEXT_AT;
    private static final VarHandle QUIET;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            RUNNING = lookup.findVarHandle(Session.class, "running", int.class);
            LAST_END = lookup.findVarHandle(Session.class, "lastEnd", long.class);
            TEXT_AT = lookup.findVarHandle(Session.class, "textAt", long.class);
            QUIET = lookup.findVarHandle(Session.class, "quiet", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Served while now is below; {@link Long#MIN_VALUE} when there is no lease. */
    volatile long deadline = Long.MIN_VALUE;

    private long lastEnd;
    private int running;
    /** True when the journal saw this session at rest: the next arrival has to tell it. */
    private boolean quiet;

    private long textAt = Long.MIN_VALUE;
    private volatile String text = "";

    final NodeHub hub;
    final KnownLicense license;
    final String scope;
    volatile String id;

    // Owned by NodeCore.
    final List<String> spellings = new ArrayList<>(1);

    @Nullable volatile Lease lease;
    /** The lease that will take over from {@link #lease}; it is pending. */
    @Nullable Lease next;

    @Nullable Opening opening;
    /** When the minimum of this session is reached; leases of it count at least up to there. */
    long minimumAt = Long.MIN_VALUE;
    /** When requests that outlived their lease get a new one; {@link Long#MAX_VALUE}: not on their own. */
    long reopenAt = Long.MAX_VALUE;
    /** The last lease ended because the server could not be asked: it is asked when it is back. */
    boolean stranded;
    /** Since when requests run without being billed; {@link Long#MAX_VALUE}: they are not. Read by any thread. */
    volatile long overrunFrom = Long.MAX_VALUE;
    /** When a refused rotation may be tried again. */
    long rotateAt = Long.MIN_VALUE;
    /** Whether the listener was told that this session started. */
    boolean announced;
    /** The id was ended while requests ran: they are metered on, but no request joins. */
    boolean detached;
    /** This node made the id, so that the minimum counts here. */
    boolean made;

    Session(NodeHub hub, KnownLicense license, String scope, String id, long now) {
        this.hub = hub;
        this.license = license;
        this.scope = scope;
        this.id = id;
        this.lastEnd = now;
    }

    /** Counts a request in, unless the lease is over, the pause was too long, or the session is closed. */
    boolean enter(long now) {
        if (now >= deadline) {
            return false;
        }
        if ((int) RUNNING.getAcquire(this) == 0 && now - (long) LAST_END.getOpaque(this) > hub.gapNanos) {
            return false;
        }
        return count(1);
    }

    /** Counts requests in whatever the deadline says; false when the session is closed. */
    boolean count(int requests) {
        if ((int) RUNNING.getAndAdd(this, requests) < 0) {
            RUNNING.getAndAdd(this, -requests);
            return false;
        }
        if ((boolean) QUIET.getOpaque(this) && QUIET.compareAndSet(this, true, false)) {
            hub.awoke(this);
        }
        return true;
    }

    /** Counts a request out: it was active through {@code end}. */
    void exit(long end) {
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

    /** Closes the session if nothing runs. Returns false when something does. */
    boolean closeIfIdle() {
        return RUNNING.compareAndSet(this, 0, CLOSED);
    }

    /** Requests in flight. */
    int running() {
        return (int) RUNNING.getAcquire(this) & ~CLOSED;
    }

    /** The end of the last request; read {@link #running()} first. */
    long lastEnd() {
        return (long) LAST_END.getVolatile(this);
    }

    /** Whether nothing runs and the pause has become longer than the idle gap. */
    boolean idle(long now) {
        return running() == 0 && now - lastEnd() > hub.gapNanos;
    }

    /** Whether requests wait for a lease of this session. */
    boolean hasWaiters() {
        Opening current = opening;
        return current != null && current.waiters > 0;
    }

    /** Marks the session as seen at rest; the next request wakes the journal. */
    void rest() {
        QUIET.setVolatile(this, true);
        if (running() > 0) {
            QUIET.setVolatile(this, false);
        }
    }

    long remainingMillis(long now) {
        return Math.max(0, license.remainingMillis(now));
    }

    /** The remaining hours as a header shows them, at most a second old. */
    String hoursRemaining(long now) {
        long at = (long) TEXT_AT.getOpaque(this);
        if ((at == Long.MIN_VALUE || now - at >= TEXT_RENEWAL) && TEXT_AT.compareAndSet(this, at, now)) {
            text = Hours.formatForHeader(remainingMillis(now));
        }
        String current = text;
        // Only for an instant after the very first request: another thread is just writing the first text.
        return current.isEmpty() ? Hours.formatForHeader(remainingMillis(now)) : current;
    }

    /** Makes the next {@link #hoursRemaining} compute anew. */
    void renewText() {
        TEXT_AT.setVolatile(this, Long.MIN_VALUE);
    }

    /** Remembers a spelling of the key under which requests find this session. False when there are too many. */
    boolean addSpelling(String spelling) {
        return spellings.size() < MAX_SPELLINGS && !spellings.contains(spelling) && spellings.add(spelling);
    }
}
