package io.hourmeter.benchmarks;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param forks whether each turn on the hot path is a process of its own: 1, or 0 where figures do not matter
 * @param alternations how often the contestants take turns on the hot path
 * @param warmUp how long each turn lasts before it is measured: in a heap that was touched beforehand the pace does not
 *     change after the second second
 * @param iteration one measured stretch of a turn
 * @param iterations how many of them
 * @param few the smaller number of keys
 * @param many the larger one
 * @param processes how often the contestants take turns where each turn is a process of its own
 * @param pauses how long the collector is watched in each
 * @param warmUpSlices how many turns the web servers have to compile what they need; after 40 of a quarter of a second
 *     the compiler still took a twentieth of the time of the one with the most code
 * @param slices how often they take turns then
 * @param slice how long a turn is
 */
record Plan(
        int forks,
        int alternations,
        Duration warmUp,
        Duration iteration,
        int iterations,
        int few,
        int many,
        int processes,
        Duration pauses,
        int warmUpSlices,
        int slices,
        Duration slice) {

    /** For figures that are published. */
    static final Plan FULL = new Plan(
            1,
            5,
            Duration.ofSeconds(3),
            Duration.ofMillis(200),
            4,
            10_000,
            1_000_000,
            3,
            Duration.ofSeconds(9),
            80,
            40,
            Duration.ofMillis(250));

    /** Shows the direction after a change. */
    static final Plan QUICK = new Plan(
            1,
            1,
            Duration.ofSeconds(2),
            Duration.ofMillis(200),
            3,
            10_000,
            1_000_000,
            1,
            Duration.ofSeconds(6),
            80,
            20,
            Duration.ofMillis(250));

    /** Shows that everything starts. */
    static final Plan SMOKE = new Plan(
            0,
            1,
            Duration.ofMillis(10),
            Duration.ofMillis(10),
            1,
            10,
            100,
            1,
            Duration.ofMillis(200),
            1,
            1,
            Duration.ofMillis(100));
}
