package io.hourmeter.stripe.web;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * At most so many in an hour, for each address and for all together. Counts in windows of an hour that begin with the
 * first use; remembers a bounded number of addresses. Thread-safe.
 */
final class RateLimit {

    static final Duration WINDOW = Duration.ofHours(1);

    /** Of an address, more than a family or an office behind one address needs. */
    static final int MOST_PER_ADDRESS = 10;

    /** Of all: what a robot with many addresses can do to the license server in an hour. */
    static final int MOST_OVERALL = 300;

    private final LongSupplier nanoTime;
    private final Map<String, Integer> used = new LinkedHashMap<>();
    private int usedOverall;
    private long windowStart;

    RateLimit(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.windowStart = nanoTime.getAsLong();
    }

    /** Takes one of what an address may use; false when nothing is left of its share, or of that of all. */
    synchronized boolean take(String address) {
        long now = nanoTime.getAsLong();
        if (now - windowStart >= WINDOW.toNanos()) {
            windowStart = now;
            used.clear();
            usedOverall = 0;
        }
        String network = network(address);
        int before = used.getOrDefault(network, 0);
        if (before >= MOST_PER_ADDRESS || usedOverall >= MOST_OVERALL) {
            return false;
        }
        // No more entries than uses, and those are bounded.
        used.put(network, before + 1);
        usedOverall++;
        return true;
    }

    /** Whole seconds until there is room again, at least one. */
    synchronized long secondsLeft() {
        Duration left = WINDOW.minusNanos(nanoTime.getAsLong() - windowStart);
        return Math.max(1, left.toSeconds() + 1);
    }

    /** One customer has 2^64 addresses of version 6, which share the first four groups. */
    private static String network(String address) {
        String[] groups = address.split(":", -1);
        if (groups.length < 3) {
            return address;
        }
        // "::" within the first four groups stands for zeros; the text before it is then the whole network.
        int shortened = address.indexOf("::");
        String prefix = String.join(":", Arrays.asList(groups).subList(0, Math.min(4, groups.length)));
        return shortened >= 0 && shortened < prefix.length() ? address.substring(0, shortened) + "::" : prefix;
    }
}
