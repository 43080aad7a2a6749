package io.hourmeter.usage.node;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Every request in flight on this node, so that one that never ends can be found. Thread-safe and lock-free: a request
 * takes a free slot near one that its thread prefers and gives it back at its end. More requests than slots go to a map.
 *
 * <p>A slot is three numbers and no reference: this is as old as the node, and to write a reference to something young
 * into something old is what the collector charges for. The first number is the ticket, which only grows: 4n is free,
 * 4n + 1 is being filled in, 4n + 2 is a request, and whoever moves it from there to 4n + 4 has ended that request,
 * alone. So the ticket also counts the requests that ever took the slot. The others are when the request was last heard
 * of, and the {@link ActiveSession#mark()} of its session; they may be believed when the ticket is the same before and after.
 */
final class RunningRequests {

    /** More requests at once than a container usually runs; 256 KiB. */
    private static final int SLOTS = 1 << 13;

    /** Slots tried before the map is used. */
    private static final int PROBES = 16;

    /** Slots in a cache line: neighbouring threads do not share one. */
    private static final int STRIDE = 2;

    private static final int NO_SLOT = -1;

    /** Places of a slot; a power of two above the three that are used. */
    private static final int PLACES = 4;

    private static final int ALIVE = 1;
    private static final int MARK = 2;

    private static final int FREE = 0;
    private static final int IN_USE = 2;
    private static final int TURN = 4;

    private final AtomicLongArray slots = new AtomicLongArray(SLOTS * PLACES);

    /** When each was last heard of. */
    private final Map<RunningRequest, Long> overflow = new ConcurrentHashMap<>();

    private final LongAdder overflowed = new LongAdder();

    /** Adds a request that began at a moment. */
    void add(RunningRequest request, long begun) {
        // Before a slot is taken: one that is never filled in would be lost.
        long mark = request.active().mark();
        int preferred = (int) Thread.currentThread().getId() * STRIDE;
        for (int i = 0; i < PROBES; i++) {
            int slot = ((preferred + i) & (SLOTS - 1)) * PLACES;
            long ticket = slots.getPlain(slot);
            if (state(ticket) == FREE && slots.compareAndSet(slot, ticket, ticket + 1)) {
                slots.setOpaque(slot + ALIVE, begun);
                slots.setOpaque(slot + MARK, mark);
                request.slot = slot;
                request.ticket = ticket + IN_USE;
                slots.setRelease(slot, ticket + IN_USE);
                return;
            }
        }
        request.slot = NO_SLOT;
        overflow.put(request, begun);
        overflowed.increment();
    }

    /** Whether a request that was added has not been removed. */
    boolean contains(RunningRequest request) {
        int slot = request.slot;
        return slot == NO_SLOT ? overflow.containsKey(request) : slots.get(slot) == request.ticket;
    }

    /** Removes a request that was added. True once: whoever removes it ends it. */
    boolean remove(RunningRequest request) {
        int slot = request.slot;
        return slot == NO_SLOT ? overflow.remove(request) != null : leave(slot, request.ticket);
    }

    private boolean leave(int slot, long ticket) {
        return slots.compareAndSet(slot, ticket, ticket - IN_USE + TURN);
    }

    /** A request says that it goes on. */
    void touch(RunningRequest request, long now) {
        int slot = request.slot;
        if (slot == NO_SLOT) {
            overflow.computeIfPresent(request, (any, before) -> now);
        } else if (contains(request)) {
            // If it is ended just now, whoever has the slot next began just now.
            slots.setOpaque(slot + ALIVE, now);
        }
    }

    /**
     * Ends every request that has run for longer than a limit without saying so, at exactly the limit.
     *
     * @param limitNanos longest time of one request
     * @param now the present
     * @param sessions by their marks; a request has been counted in by its session as long as it is here
     * @param ended is told the session of each request that was ended
     * @return when the oldest request that runs on was last heard of, or {@code now}
     */
    long endLongerThan(
            long limitNanos, long now, LongFunction<@Nullable ActiveSession> sessions, Consumer<ActiveSession> ended) {
        long oldest = now;
        for (int slot = 0; slot < slots.length(); slot += PLACES) {
            long ticket = slots.getAcquire(slot);
            if (state(ticket) != IN_USE) {
                continue;
            }
            long alive = slots.getAcquire(slot + ALIVE);
            ActiveSession active = now - alive < limitNanos ? null : sessions.apply(slots.getAcquire(slot + MARK));
            if (active == null) {
                oldest = slots.get(slot) == ticket ? Math.min(oldest, alive) : oldest;
            } else if (leave(slot, ticket)) {
                active.exit(alive + limitNanos);
                ended.accept(active);
            }
        }
        for (Map.Entry<RunningRequest, Long> entry : overflow.entrySet()) {
            long alive = entry.getValue();
            if (now - alive < limitNanos) {
                oldest = Math.min(oldest, alive);
            } else if (entry.getKey().end(alive + limitNanos)) {
                ended.accept(entry.getKey().active());
            }
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
        for (int slot = 0; slot < slots.length(); slot += PLACES) {
            long ticket = slots.getAcquire(slot);
            ever += (ticket + TURN - 1) / TURN;
            if (state(ticket) != FREE) {
                count++;
            }
            if (state(ticket) == IN_USE) {
                long alive = slots.getAcquire(slot + ALIVE);
                oldest = slots.get(slot) == ticket ? Math.min(oldest, alive) : oldest;
            }
        }
        for (long alive : overflow.values()) {
            count++;
            oldest = Math.min(oldest, alive);
        }
        return new Snapshot(count, oldest, ever);
    }

    /** How many requests are in flight; a snapshot. */
    int count() {
        return snapshot(0).count();
    }

    private static int state(long ticket) {
        return (int) ticket & (TURN - 1);
    }
}
