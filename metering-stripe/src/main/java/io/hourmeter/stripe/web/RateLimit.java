package io.hourmeter.stripe.web;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * At most so many in a period, for each address and for all together. Counts in windows that begin with the first use;
 * remembers a bounded number of addresses. Thread-safe.
 */
final class RateLimit {

    private final Duration window;
    private final int perAddress;
    private final int overall;
    private final LongSupplier nanoTime;
    private final Map<String, Integer> used = new HashMap<>();
    private int usedOverall;
    private long windowStart;
    private long refused;

    /** {@code overall} also bounds how many addresses are remembered. */
    RateLimit(Duration window, int perAddress, int overall, LongSupplier nanoTime) {
        this.window = window;
        this.perAddress = perAddress;
        this.overall = overall;
        this.nanoTime = nanoTime;
        this.windowStart = nanoTime.getAsLong();
    }

    /**
     * Takes one of what an address may use; false when nothing is left of its share, or of that of all. {@code network} is
     * {@link io.hourmeter.internal.ForwardedRequest#clientNetwork()}.
     */
    synchronized boolean take(String network) {
        long now = nanoTime.getAsLong();
        if (now - windowStart >= window.toNanos()) {
            windowStart = now;
            used.clear();
            usedOverall = 0;
        }
        int before = used.getOrDefault(network, 0);
        if (before >= perAddress || usedOverall >= overall) {
            refused++;
            return false;
        }
        // No more entries than uses, and those are bounded.
        used.put(network, before + 1);
        usedOverall++;
        return true;
    }

    /** How often nothing was left, since the start. */
    synchronized long refused() {
        return refused;
    }

    /** Whole seconds until there is room again, at least one. */
    synchronized long secondsLeft() {
        Duration left = window.minusNanos(nanoTime.getAsLong() - windowStart);
        return Math.max(1, left.toSeconds() + 1);
    }
}
