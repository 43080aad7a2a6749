package io.hourmeter.client;

import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * The time of one scope that has been accounted for, as a set of disjoint spans in milliseconds of a monotonic clock.
 * Because it is a set, a report that is repeated, or whose lease overlaps another, adds nothing. Not thread-safe.
 */
final class ScopeTime {

    /** Spans lie more than a pause apart, and only the latest can still be met by a report. */
    private static final int MAX_SPANS = 32;

    private final TreeMap<Long, Long> endByStart = new TreeMap<>();

    /** What lay before this was accounted for and forgotten. */
    private long forgotten = Long.MIN_VALUE;

    private long lastRefusal = Long.MIN_VALUE;

    /** A request of this scope was refused at this moment. */
    void refusedAt(long moment) {
        lastRefusal = Math.max(lastRefusal, moment);
    }

    /** Pauses that begin before this contain a refusal, and do not count. */
    long lastRefusal() {
        return lastRefusal;
    }

    /**
     * Adds a span, and the pause before it when that counts.
     *
     * @param gap longest pause that counts
     * @param after a pause counts only when it begins later than this
     * @return by how much the set grew
     */
    long add(long start, long end, long gap, long after) {
        long from = Math.max(start - pauseBefore(start, gap, after), forgotten);
        long to = Math.max(end, from);
        long known = 0;
        long mergedFrom = from;
        long mergedTo = to;
        for (Iterator<Map.Entry<Long, Long>> spans = endByStart.entrySet().iterator(); spans.hasNext(); ) {
            Map.Entry<Long, Long> span = spans.next();
            if (span.getValue() >= from && span.getKey() <= to) {
                known += Math.min(span.getValue(), to) - Math.max(span.getKey(), from);
                mergedFrom = Math.min(mergedFrom, span.getKey());
                mergedTo = Math.max(mergedTo, span.getValue());
                spans.remove();
            }
        }
        endByStart.put(mergedFrom, mergedTo);
        if (endByStart.size() > MAX_SPANS) {
            forgotten = endByStart.pollFirstEntry().getValue();
        }
        return to - from - known;
    }

    /**
     * Through which offset a lease that begins at {@code start} costs nothing more, because that time is accounted for
     * already. Negative when its first activity will also cost the pause before it.
     */
    long paidThrough(long start, long gap, long after) {
        return Math.max(end(), start) - start - pauseBefore(start, gap, after);
    }

    /** The end of the latest span. */
    long end() {
        return endByStart.isEmpty() ? Long.MIN_VALUE : endByStart.lastEntry().getValue();
    }

    private long pauseBefore(long start, long gap, long after) {
        Map.Entry<Long, Long> before = endByStart.floorEntry(start);
        if (before == null || before.getValue() >= start) {
            return 0;
        }
        long pause = start - before.getValue();
        return pause <= gap && before.getValue() > after ? pause : 0;
    }
}
