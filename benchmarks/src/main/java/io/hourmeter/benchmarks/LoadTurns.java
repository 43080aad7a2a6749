package io.hourmeter.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What one web server did in its turns. */
final class LoadTurns {

    private static final double P99 = 99;
    private static final double NANOS_A_MILLISECOND = 1_000_000.0;
    private static final double NANOS_A_MICROSECOND = 1_000.0;

    private final List<Double> rates = new ArrayList<>();
    private final List<Double> p99s = new ArrayList<>();
    private final List<Double> costs = new ArrayList<>();
    private final List<Double> timesInFilter = new ArrayList<>();

    /**
     * Adds a turn.
     *
     * @param nanos how long each request took
     * @param slice how long the turn was
     * @param processorTime what the server needed
     */
    void add(Histogram nanos, Duration slice, Duration processorTime) {
        rates.add(nanos.getTotalCount() * 1_000.0 / slice.toMillis());
        p99s.add(nanos.getValueAtPercentile(P99) / NANOS_A_MILLISECOND);
        costs.add(processorTime.toNanos() / NANOS_A_MICROSECOND / nanos.getTotalCount());
    }

    /** Adds what the filter of a turn took, in nanoseconds. */
    void addTimeInFilter(double nanos) {
        timesInFilter.add(nanos / NANOS_A_MICROSECOND);
    }

    /** Microseconds. */
    Samples timesInFilter() {
        return Samples.of(timesInFilter);
    }

    /** Requests a second. */
    Samples rates() {
        return Samples.of(rates);
    }

    /** In milliseconds. */
    Samples p99s() {
        return Samples.of(p99s);
    }

    /** Microseconds of processor time a request. */
    Samples costs() {
        return Samples.of(costs);
    }
}
