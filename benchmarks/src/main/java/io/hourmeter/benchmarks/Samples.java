package io.hourmeter.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;

/**
 * What one figure was in each alternation, in their order.
 *
 * @param values one for each alternation
 */
record Samples(double[] values) {

    static Samples of(List<Double> values) {
        return new Samples(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Alternation by alternation: what disturbed one run disturbed its neighbour as well. */
    Samples over(Samples others) {
        return pairwise(others, (one, other) -> one / other);
    }

    Samples plus(Samples others) {
        return pairwise(others, Double::sum);
    }

    private Samples pairwise(Samples others, ToDoubleBiFunction<Double, Double> function) {
        int pairs = Math.min(values.length, others.values.length);
        return new Samples(IntStream.range(0, pairs)
                .mapToDouble(i -> function.applyAsDouble(values[i], others.values[i]))
                .toArray());
    }

    double median() {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double least() {
        return Arrays.stream(values).min().orElse(Double.NaN);
    }

    double most() {
        return Arrays.stream(values).max().orElse(Double.NaN);
    }
}
