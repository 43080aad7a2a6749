package io.hourmeter.tests.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Sets of moments as lists of spans in order. */
final class Spans {

    /** From a moment up to another, the latter not included. */
    record Span(long from, long to) {}

    private Spans() {}

    /** Adds a span, unless it is empty. */
    static void add(List<Span> spans, long from, long to) {
        if (to > from) {
            spans.add(new Span(from, to));
        }
    }

    static List<Span> union(List<Span> spans) {
        List<Span> sorted = new ArrayList<>(spans);
        sorted.sort(Comparator.comparingLong(Span::from));
        List<Span> union = new ArrayList<>();
        for (Span span : sorted) {
            Span last = union.isEmpty() ? null : union.get(union.size() - 1);
            if (last != null && span.from <= last.to) {
                union.set(union.size() - 1, new Span(last.from, Math.max(last.to, span.to)));
            } else {
                union.add(span);
            }
        }
        return union;
    }

    static List<Span> intersection(List<Span> one, List<Span> other) {
        List<Span> both = new ArrayList<>();
        int j = 0;
        for (Span span : one) {
            while (j < other.size() && other.get(j).to <= span.from) {
                j++;
            }
            for (int k = j; k < other.size() && other.get(k).from < span.to; k++) {
                add(both, Math.max(span.from, other.get(k).from), Math.min(span.to, other.get(k).to));
            }
        }
        return both;
    }

    static List<Span> without(List<Span> one, List<Span> other) {
        List<Span> left = new ArrayList<>();
        for (Span span : one) {
            long from = span.from;
            for (Span out : other) {
                if (out.to <= from || out.from >= span.to) {
                    continue;
                }
                add(left, from, out.from);
                from = Math.max(from, out.to);
            }
            add(left, from, span.to);
        }
        return left;
    }
}
