package io.hourmeter.tests.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is true about one scope: when requests ran, on whichever node, and when the customer was refused. */
final class Truth {

    private record Span(long from, long to) {}

    private final List<Span> spans = new ArrayList<>();
    private final List<Long> serverRefusals = new ArrayList<>();
    private final List<Long> nodeRefusals = new ArrayList<>();
    /** Moments at which the server may have refused although its answer was lost. */
    private final List<Span> doubtful = new ArrayList<>();

    void active(long from, long to) {
        spans.add(new Span(from, to));
    }

    /** The server refused: the pause up to here may be charged as far as the balance goes, none goes over it. */
    void refusedByServer(long at) {
        spans.add(new Span(at, at));
        serverRefusals.add(at);
    }

    /** A node refused by itself, perhaps after it had asked in vain. */
    void refusedByNode(long at, boolean asked) {
        nodeRefusals.add(at);
        if (asked) {
            doubtful.add(new Span(at, at));
        }
    }

    /** Requests and pauses; none over a refusal, whoever gave it. */
    long least(long gap) {
        return measure(spans, gap, everyRefusal());
    }

    /** The same with pauses that the server may have charged up to a refusal whose answer was lost. */
    long strict(long gap) {
        return measure(withDoubtful(), gap, everyRefusal());
    }

    private List<Long> everyRefusal() {
        List<Long> all = new ArrayList<>(serverRefusals);
        all.addAll(nodeRefusals);
        return all;
    }

    private List<Span> withDoubtful() {
        List<Span> all = new ArrayList<>(spans);
        all.addAll(doubtful);
        return all;
    }

    /** The same where a refusal by one node is unknown to the others. */
    long lenient(long gap) {
        return measure(withDoubtful(), gap, serverRefusals);
    }

    /** Requests and pauses, whatever was refused in them. */
    long anyPause(long gap) {
        return measure(withDoubtful(), gap, List.of());
    }

    private static long measure(List<Span> of, long gap, List<Long> breaks) {
        List<Span> sorted = new ArrayList<>(of);
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
