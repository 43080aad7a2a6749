package io.hourmeter.tests.crash;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * The union of spans, with short pauses between them filled in. Written a second time here, and more simply than in the
 * license server, so that one does not confirm the other's mistake.
 *
 * @param millis how long all stretches are together
 * @param count how many there are
 */
record Intervals(long millis, int count) {

    /** From a moment up to another one, which lies before it where it is not known that there was anything in between. */
    record Span(long from, long to) {}

    /**
     * The union of spans in any order.
     *
     * @param pause longest pause that is filled
     * @param breaks a pause in which one of these lies, or a part of it, is not filled
     */
    static Intervals of(Collection<Span> spans, long pause, Collection<Span> breaks) {
        List<Span> sorted = new ArrayList<>(spans);
        sorted.sort(Comparator.comparingLong(Span::from));
        long millis = 0;
        int count = 0;
        long begin = 0;
        long end = 0;
        for (Span span : sorted) {
            if (count > 0 && (span.from() <= end || fills(end, span.from(), pause, breaks))) {
                end = Math.max(end, span.to());
            } else {
                millis += Math.max(0, end - begin);
                begin = span.from();
                end = span.to();
                count++;
            }
        }
        return new Intervals(millis + Math.max(0, end - begin), count);
    }

    private static boolean fills(long end, long from, long pause, Collection<Span> breaks) {
        return from - end <= pause && breaks.stream().noneMatch(each -> each.from() <= from && each.to() >= end);
    }
}
