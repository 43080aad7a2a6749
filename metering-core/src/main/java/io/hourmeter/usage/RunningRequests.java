package io.hourmeter.usage;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Every request in flight on this node, so that one that never ends can be found. Thread-safe and lock-free: a request
 * takes a free slot near one that its thread prefers and clears it at its end. More requests than slots go to a set.
 */
final class RunningRequests {

    /** More requests at once than a container usually runs; 64 KiB. */
    private static final int SLOTS = 1 << 14;

    /** Slots tried before the set is used. */
    private static final int PROBES = 16;

    /** References in a cache line or more: neighbouring threads do not share one. */
    private static final int STRIDE = 16;

    private static final int NO_SLOT = -1;

    private final AtomicReferenceArray<@Nullable Usage> slots = new AtomicReferenceArray<>(SLOTS);
    private final Set<Usage> overflow = ConcurrentHashMap.newKeySet();

    /**
     * Requests that ever took a slot. Only who has the slot writes its count, so it needs no atomic addition, and the
     * requests of one thread stay in one cache line.
     */
    private final AtomicLongArray admitted = new AtomicLongArray(SLOTS);

    private final LongAdder overflowed = new LongAdder();

    /** Adds a request. */
    void add(Usage usage) {
        int preferred = (int) Thread.currentThread().getId() * STRIDE;
        for (int i = 0; i < PROBES; i++) {
            int slot = (preferred + i) & (SLOTS - 1);
            if (slots.getPlain(slot) == null) {
                usage.slot = slot;
                if (slots.compareAndSet(slot, null, usage)) {
                    admitted.setOpaque(slot, admitted.getPlain(slot) + 1);
                    return;
                }
            }
        }
        usage.slot = NO_SLOT;
        overflow.add(usage);
        overflowed.increment();
    }

    /** Whether a request that was added has not been removed. */
    boolean contains(Usage usage) {
        int slot = usage.slot;
        return slot == NO_SLOT ? overflow.contains(usage) : slots.get(slot) == usage;
    }

    /** Removes a request that was added. True once: whoever removes it ends it. */
    boolean remove(Usage usage) {
        int slot = usage.slot;
        return slot == NO_SLOT ? overflow.remove(usage) : slots.compareAndSet(slot, usage, null);
    }

    /**
     * Ends every request that has run for longer than a limit without saying so, at exactly the limit.
     *
     * @param limitNanos longest time of one request
     * @param now the present
     * @param ended is told each request that was ended
     * @return when the oldest request that runs on was last heard of, or {@code now}
     */
    long endLongerThan(long limitNanos, long now, Consumer<Usage> ended) {
        long oldest = now;
        for (int i = 0; i < SLOTS; i++) {
            Usage usage = slots.getAcquire(i);
            if (usage != null) {
                oldest = Math.min(oldest, endIfLonger(usage, limitNanos, now, ended));
            }
        }
        for (Usage usage : overflow) {
            oldest = Math.min(oldest, endIfLonger(usage, limitNanos, now, ended));
        }
        return oldest;
    }

    /**
     * The requests of this node.
     *
     * @param count how many are in flight
     * @param oldestAlive when the oldest of them was last heard of, or the present
     * @param admitted how many there ever were
     */
    record Snapshot(int count, long oldestAlive, long admitted) {}

    /** Looks at all requests. */
    Snapshot snapshot(long now) {
        int count = 0;
        long oldest = now;
        long ever = overflowed.sum();
        for (int i = 0; i < SLOTS; i++) {
            Usage usage = slots.getAcquire(i);
            ever += admitted.getOpaque(i);
            if (usage != null) {
                count++;
                oldest = Math.min(oldest, usage.alive());
            }
        }
        for (Usage usage : overflow) {
            count++;
            oldest = Math.min(oldest, usage.alive());
        }
        return new Snapshot(count, oldest, ever);
    }

    /** How many requests are in flight; a snapshot. */
    int count() {
        return snapshot(0).count();
    }

    private static long endIfLonger(Usage usage, long limitNanos, long now, Consumer<Usage> ended) {
        long alive = usage.alive();
        if (now - alive < limitNanos) {
            return alive;
        }
        if (usage.end(alive + limitNanos)) {
            ended.accept(usage);
        }
        return now;
    }
}
