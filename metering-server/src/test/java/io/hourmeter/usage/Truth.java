package io.hourmeter.usage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is true about one scope: when requests ran, on whichever node, and when the customer was refused. */
final class Truth {

    private record Span(long from, long to) {}

    private final List<Span> spans = new ArrayList<>();
    private final List<Long> serverRefusals = new ArrayList<>();
    private final List<Long> nodeRefusals = new ArrayList<>();

    void active(long from, long to) {
        spans.add(new Span(from, to));
    }

    /** The server refused: the pause up to here may be charged as far as the balance goes, none goes over it. */
    void refusedByServer(long at) {
        spans.add(new Span(at, at));
        serverRefusals.add(at);
    }

    /** A node refused by itself. */
    void refusedByNode(long at) {
        nodeRefusals.add(at);
    }

    /** Requests and pauses; none over a refusal, whoever gave it. */
    long strict(long gap) {
        List<Long> all = new ArrayList<>(serverRefusals);
        all.addAll(nodeRefusals);
        return measure(gap, all);
    }

    /** The same where a refusal by one node is unknown to the others. */
    long lenient(long gap) {
        return measure(gap, serverRefusals);
    }

    /** Requests and pauses, whatever was refused in them. */
    long anyPause(long gap) {
        return measure(gap, List.of());
    }

    private long measure(long gap, List<Long> breaks) {
        List<Span> sorted = new ArrayList<>(spans);
        sorted.sort(Comparator.comparingLong(Span::from).thenComparingLong(Span::to));
        long total = 0;
        long end = Long.MIN_VALUE;
        for (Span span : sorted) {
            long from = span.from;
            if (end != Long.MIN_VALUE && from > end && from - end <= gap && !broken(breaks, end, from)) {
                from = end;
            }
            from = Math.max(from, end);
            total += Math.max(0, span.to - from);
            end = Math.max(end, span.to);
        }
        return total;
    }

    private static boolean broken(List<Long> breaks, long end, long from) {
        return breaks.stream().anyMatch(at -> at >= end && at < from);
    }
}
