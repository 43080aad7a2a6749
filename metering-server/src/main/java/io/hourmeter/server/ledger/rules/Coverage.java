package io.hourmeter.server.ledger.rules;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Used time as a set of moments: the union of spans, with the pauses before them filled in. Immutable.
 *
 * <p>A span is the half-open interval [from, end); one of no length covers nothing but still has an end. Of each span,
 * the pause before it is filled back to the earliest end e of any span with {@code from − gap ≤ e < from} and
 * {@code e > break}. Earliest, because then the set only grows when spans are added or prolonged, in whatever order:
 * with the latest end, a new end in the middle of a filled pause would take its first part away again.
 */
public final class Coverage {

    /**
     * Activity, and how far back the pause before it counts.
     *
     * @param fromMillis first moment
     * @param endMillis the moment after the last one, not before {@code fromMillis}
     * @param gapMillis longest pause that is filled, at least 0
     * @param breakMillis ends at or before this moment do not count
     */
    public record Span(long fromMillis, long endMillis, long gapMillis, long breakMillis) {

        public Span {
            if (endMillis < fromMillis || gapMillis < 0) {
                throw new IllegalArgumentException(
                        "span from " + fromMillis + " to " + endMillis + " with gap " + gapMillis);
            }
        }

        /** The earliest end to which the pause before this span is filled. */
        private long earliestEnd() {
            return Math.max(fromMillis - gapMillis, breakMillis + 1);
        }
    }

    /** Intervals in order, disjoint and not touching: the i-th is [starts[i], ends[i]). */
    private final long[] starts;

    private final long[] ends;

    /** All spans, for the question what an end would bridge. */
    private final List<Span> spans;

    private Coverage(long[] starts, long[] ends, List<Span> spans) {
        this.starts = starts;
        this.ends = ends;
        this.spans = spans;
    }

    /** The coverage of spans in any order. */
    public static Coverage of(Collection<Span> given) {
        List<Span> spans = List.copyOf(given);
        long[] spanEnds = spans.stream().mapToLong(Span::endMillis).sorted().toArray();
        long[][] filled = new long[spans.size()][];
        for (int i = 0; i < filled.length; i++) {
            Span span = spans.get(i);
            filled[i] = new long[] {filledFrom(span, spanEnds), span.endMillis()};
        }
        Arrays.sort(filled, Comparator.comparingLong(interval -> interval[0]));
        return union(filled, spans);
    }

    private static long filledFrom(Span span, long[] sortedEnds) {
        int index = Arrays.binarySearch(sortedEnds, span.earliestEnd());
        int first = index >= 0 ? index : -index - 1;
        // Equal ends: any of them is the same moment.
        return first < sortedEnds.length ? Math.min(sortedEnds[first], span.fromMillis()) : span.fromMillis();
    }

    private static Coverage union(long[][] byStart, List<Span> spans) {
        long[] starts = new long[byStart.length];
        long[] ends = new long[byStart.length];
        int count = 0;
        for (long[] interval : byStart) {
            if (interval[0] == interval[1]) {
                continue;
            }
            if (count > 0 && interval[0] <= ends[count - 1]) {
                ends[count - 1] = Math.max(ends[count - 1], interval[1]);
            } else {
                starts[count] = interval[0];
                ends[count] = interval[1];
                count++;
            }
        }
        return new Coverage(Arrays.copyOf(starts, count), Arrays.copyOf(ends, count), spans);
    }

    /** How much time it is. */
    public long measureMillis() {
        long sum = 0;
        for (int i = 0; i < starts.length; i++) {
            sum += ends[i] - starts[i];
        }
        return sum;
    }

    /** Whether the millisecond that begins at this moment is covered. */
    boolean covers(long momentMillis) {
        int index = Arrays.binarySearch(starts, momentMillis);
        int last = index >= 0 ? index : -index - 2;
        return last >= 0 && momentMillis < ends[last];
    }

    /**
     * How far a span of this coverage may be prolonged within a budget: the latest moment y, at most {@code limit}, such
     * that with the span's end moved to y the measure is at most {@code allowance} larger.
     *
     * <p>Prolonging to y adds [end, y); and where y comes within reach of a later span, at once the whole pause before
     * that one. So the cost of y is what [end, r) adds, r being the latest beginning of a span that y bridges, or y
     * itself. What is affordable in this sense ends at one point p; y may not bridge to anything beyond it.
     *
     * @param endMillis the end of one of the spans, or a moment within one
     * @param limitMillis not before {@code endMillis}
     * @param allowanceMillis at least 0
     * @return between {@code endMillis} and {@code limitMillis}
     */
    long farthest(long endMillis, long limitMillis, long allowanceMillis) {
        long affordable = affordableFrom(endMillis, allowanceMillis);
        long farthest = Math.min(affordable, limitMillis);
        for (Span span : spans) {
            if (span.fromMillis() > affordable) {
                farthest = Math.min(farthest, span.earliestEnd() - 1);
            }
        }
        return farthest;
    }

    /** The latest p for which [start, p) adds at most {@code allowance}. */
    private long affordableFrom(long start, long allowance) {
        long reached = start;
        long left = allowance;
        for (int i = 0; i < starts.length; i++) {
            if (ends[i] < reached) {
                continue;
            }
            long uncovered = Math.max(0, starts[i] - reached);
            if (uncovered > left) {
                break;
            }
            left -= uncovered;
            reached = ends[i];
        }
        return reached > Long.MAX_VALUE - left ? Long.MAX_VALUE : reached + left;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Coverage[");
        for (int i = 0; i < starts.length; i++) {
            text.append(i == 0 ? "" : ", ").append(starts[i]).append("..").append(ends[i]);
        }
        return text.append(']').toString();
    }
}
