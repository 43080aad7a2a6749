package io.hourmeter.tests.simulation;

import io.hourmeter.server.simulation.Kind;
import io.hourmeter.server.simulation.Tally;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/** Runs worlds on all cores and tells what they did. */
final class Simulations {

    /** A line of progress each so many worlds. */
    private static final long PROGRESS = 5_000;

    private Simulations() {}

    /** One world; a violation names its seed. */
    static Tally one(long seed, Mutant mutant) {
        FaultPlan plan = FaultPlan.of(seed);
        try {
            return new World(plan, mutant, null).run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("-Dsimulation.seed=" + seed + " violates: " + e.getMessage(), e);
        }
    }

    /** The worlds of some seeds. Prints what happened in them, and of the failing ones each at once. */
    static Tally run(LongStream seeds) {
        long began = System.nanoTime();
        Tally all = new Tally();
        AtomicLong worlds = new AtomicLong();
        Queue<AssertionError> failures = new ConcurrentLinkedQueue<>();
        seeds.parallel().forEach(seed -> {
            try {
                all.add(one(seed, Mutant.NONE));
            } catch (AssertionError e) {
                failures.add(e);
                System.out.println(e.getMessage());
            }
            long done = worlds.incrementAndGet();
            if (done % PROGRESS == 0) {
                System.out.printf("simulation: %,d worlds, %,d s%n", done, seconds(began));
            }
        });
        if (!failures.isEmpty()) {
            AssertionError first = failures.remove();
            failures.forEach(first::addSuppressed);
            throw first;
        }
        System.out.printf(
                "simulation: %,d worlds in %,d s%n%s"
                        + "  lost 0, charged twice 0%n"
                        + "  largest loss by a crash: %s, two checkpoints%n"
                        + "  largest deviation by drifting clocks: %s that they explain%n"
                        + "  largest deviation where a bill is known to the millisecond 0 ms, in %,d worlds%n",
                worlds.get(),
                seconds(began),
                all.table(),
                all.largestLoss(),
                all.largestShift(),
                all.of(Kind.EXACT_WORLD));
        return all;
    }

    private static long seconds(long began) {
        return (System.nanoTime() - began) / 1_000_000_000;
    }
}
