package io.hourmeter.servlet;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which bodies a key search may wait for on the threads of their requests. A servlet filter that reads ahead has no other
 * way to hand a body on, so their number is bounded: whoever sends a key in a body slowly can keep others who do the same
 * waiting, and nobody else. No address has more than half of the places. Thread-safe.
 */
final class BodyWaits {

    /** From the beginning of the search to the last byte of a body. */
    static final Duration DEADLINE = Duration.ofSeconds(10);

    /** Half of the threads that the container with the fewest has: Undertow has eight for each processor, of at least two. */
    static final int MOST = 4 * Math.max(2, Runtime.getRuntime().availableProcessors());

    private final int most;
    private final LongSupplier nanoTime;

    // Guarded by this; at most as many addresses as there are places.
    private final Map<String, Integer> byAddress = new HashMap<>();
    private int waiting;

    /** For the bodies of requests that are refused without a key. */
    static BodyWaits bounded(LongSupplier nanoTime) {
        return new BodyWaits(MOST, nanoTime);
    }

    /** For requests that reach the application in any case, which would wait for their bodies instead. */
    static BodyWaits unbounded(LongSupplier nanoTime) {
        return new BodyWaits(Integer.MAX_VALUE, nanoTime);
    }

    BodyWaits(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
    }

    /** The turn of one request; who has it ends it. */
    Turn turn(@Nullable String address) {
        return new Turn(address == null ? "" : address);
    }

    private synchronized boolean enter(String address) {
        if (most == Integer.MAX_VALUE) {
            return true;
        }
        int own = byAddress.getOrDefault(address, 0);
        if (waiting >= most || own >= most / 2) {
            return false;
        }
        waiting++;
        byAddress.put(address, own + 1);
        return true;
    }

    private synchronized void leave(String address) {
        if (most == Integer.MAX_VALUE) {
            return;
        }
        waiting--;
        byAddress.computeIfPresent(address, (any, own) -> own > 1 ? own - 1 : null);
    }

    /** Bodies that are waited for, of those that are counted. */
    synchronized int waiting() {
        return waiting;
    }

    /** One body. Known to one thread. */
    final class Turn implements AutoCloseable {

        private final String address;
        private final long start = nanoTime.getAsLong();
        private boolean entered;
        private boolean turnedAway;

        private Turn(String address) {
            this.address = address;
        }

        /** Whether the next byte may be waited for. */
        boolean mayWait() {
            if (!entered) {
                entered = enter(address);
                turnedAway = !entered;
            }
            return entered && nanoTime.getAsLong() - start < DEADLINE.toNanos();
        }

        /** Whether there was no place, so that asking again is worth it. */
        boolean turnedAway() {
            return turnedAway;
        }

        @Override
        public void close() {
            if (entered) {
                entered = false;
                leave(address);
            }
        }
    }
}
