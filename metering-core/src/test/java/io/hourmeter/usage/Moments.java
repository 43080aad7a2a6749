package io.hourmeter.usage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The oracle: a set of moments, kept as spans of milliseconds, with pauses filled in unless a refusal lies in them. */
final class Moments {

    private record Span(long from, long to) {}

    private final List<Span> spans = new ArrayList<>();
    private final List<Long> breaks = new ArrayList<>();

    void active(long from, long to) {
        spans.add(new Span(from, to));
    }

    /** The customer was refused: no pause is filled over this moment. */
    void refused(long at) {
        breaks.add(at);
    }

    /** The measure of the set, pauses up to a gap filled. */
    long measure(long gap) {
        List<Span> sorted = new ArrayList<>(spans);
        sorted.sort(Comparator.comparingLong(Span::from));
        long total = 0;
        long end = Long.MIN_VALUE;
        for (Span span : sorted) {
            long from = span.from;
            if (end != Long.MIN_VALUE && from > end && from - end <= gap && !brokenBetween(end, from)) {
                from = end;
            }
            from = Math.max(from, end);
            total += Math.max(0, span.to - from);
            end = Math.max(end, span.to);
        }
        return total;
    }

    private boolean brokenBetween(long from, long to) {
        return breaks.stream().anyMatch(at -> at >= from && at <= to);
    }
}
