package io.hourmeter.server.ledger;

import io.hourmeter.server.ledger.rules.LeaseRow;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;

/**
 * Counts used time once more, from the rows of one scope alone and by other means than the rules: the protocol's sentence
 * taken literally, over all leases there ever were.
 */
final class Recount {

    private record Span(long from, long end, long gap, long after) {}

    private Recount() {}

    /** The length of what is covered, as reported. */
    static long actual(Collection<LeaseRow> rows) {
        Span[] spans = new Span[rows.size()];
        int count = 0;
        for (LeaseRow row : rows) {
            if (row.usedMillis() >= 0) {
                spans[count++] = span(row, row.fromMillis() + row.usedMillis());
            }
        }
        return length(Arrays.copyOf(spans, count));
    }

    /** The length of what would be covered if every open lease were used through its authorization. */
    static long worst(Collection<LeaseRow> rows) {
        Span[] spans = new Span[rows.size()];
        int count = 0;
        for (LeaseRow row : rows) {
            boolean window = !row.closed() && !row.lapsed() && row.authorizedMillis() > 0;
            if (window || row.usedMillis() >= 0) {
                long through = window ? Math.max(row.authorizedMillis(), row.usedMillis()) : row.usedMillis();
                spans[count++] = span(row, row.fromMillis() + through);
            }
        }
        return length(Arrays.copyOf(spans, count));
    }

    private static Span span(LeaseRow row, long end) {
        return new Span(row.fromMillis(), end, row.gapMillis(), row.breakMillis());
    }

    private static long length(Span[] spans) {
        Arrays.sort(spans, Comparator.comparingLong(Span::from));
        long[] ends = new long[spans.length];
        for (int i = 0; i < spans.length; i++) {
            ends[i] = spans[i].end;
        }
        Arrays.sort(ends);
        long[][] filled = new long[spans.length][];
        int before = 0;
        for (int i = 0; i < spans.length; i++) {
            Span span = spans[i];
            while (before < ends.length && ends[before] < span.from) {
                before++;
            }
            long begin = span.from;
            for (int e = before - 1; e >= 0 && ends[e] >= span.from - span.gap && ends[e] > span.after; e--) {
                begin = ends[e];
            }
            filled[i] = new long[] {begin, span.end};
        }
        Arrays.sort(filled, Comparator.comparingLong(interval -> interval[0]));
        long length = 0;
        long reached = Long.MIN_VALUE;
        for (long[] interval : filled) {
            long begin = Math.max(interval[0], reached);
            if (interval[1] > begin) {
                length += interval[1] - begin;
                reached = interval[1];
            }
        }
        return length;
    }
}
