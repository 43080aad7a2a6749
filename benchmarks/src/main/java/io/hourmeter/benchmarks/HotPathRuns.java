package io.hourmeter.benchmarks;

import static io.hourmeter.benchmarks.Table.Wanted.AT_LEAST;
import static io.hourmeter.benchmarks.Table.Wanted.AT_MOST;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The contestants of {@link HotPath} in turns, each turn a JVM of its own; a turn of all of them is one alternation, so
 * that a busy minute of the machine strikes all alike.
 */
final class HotPathRuns {

    private static final List<String> ALONE = List.of("floor", "arrival", "wholeFloor", "admitAndClose", "bucket4j");
    private static final List<String> ALL = List.of(
            "floor",
            "arrival",
            "wholeFloor",
            "admitAndClose",
            "admitTellAndClose",
            "bucket4j",
            "bucket4jProxy",
            "resilience4j",
            "guava");

    /** Their bytes are not worth a line. */
    private static final Set<String> FREE_OF_GARBAGE = Set.of("floor", "arrival", "wholeFloor");

    private final Plan plan;
    private final Map<String, List<Double>> nanos = new LinkedHashMap<>();
    private final Map<String, List<Double>> bytes = new LinkedHashMap<>();

    HotPathRuns(Plan plan) {
        this.plan = plan;
    }

    void run(Table table) {
        for (int i = 0; i < plan.alternations(); i++) {
            ALONE.forEach(name -> turn(name, 1, 1));
            ALL.forEach(name -> turn(name, plan.few(), 1));
            ALL.forEach(name -> turn(name, plan.many(), 1));
            ALL.forEach(name -> turn(name, 1, 2));
        }
        compare(table, ALONE, 1, 1);
        compare(table, ALL, plan.few(), 1);
        compare(table, ALL, plan.many(), 1);
        compare(table, ALL, 1, 2);
    }

    private void turn(String name, int keys, int threads) {
        TimeValue iteration = TimeValue.milliseconds(plan.iteration().toMillis());
        Options options = new OptionsBuilder()
                .include(HotPath.class.getName().replace(".", "\\.") + "\\." + name + "$")
                .param("keys", Integer.toString(keys))
                .threads(threads)
                .forks(plan.forks())
                .jvmArgs(Heap.flags(Heap.LARGE_MEGABYTES, plan.many()).toArray(String[]::new))
                .warmupIterations(1)
                .warmupTime(TimeValue.milliseconds(plan.warmUp().toMillis()))
                .measurementIterations(plan.iterations())
                .measurementTime(iteration)
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();
        try {
            RunResult result = new Runner(options).runSingle();
            add(nanos, id(name, keys, threads), result.getPrimaryResult().getScore());
            Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
            add(bytes, id(name, keys, threads), allocated.getScore());
        } catch (RunnerException e) {
            throw new IllegalStateException(name + " failed", e);
        }
    }

    private static String id(String name, int keys, int threads) {
        return name + " " + keys + " " + threads;
    }

    private static void add(Map<String, List<Double>> figures, String id, double value) {
        figures.computeIfAbsent(id, any -> new ArrayList<>()).add(value);
    }

    private void compare(Table table, List<String> names, int keys, int threads) {
        boolean shared = threads > 1;
        table.title(String.format(
                Locale.ROOT,
                "Hot path, %,d key%s, %d thread%s",
                keys,
                keys == 1 ? "" : "s",
                threads,
                shared ? "s" : ""));
        for (String name : names) {
            table.report(name, nanos(name, keys, threads), " ns");
        }
        Samples arrival = nanos("arrival", keys, threads);
        Samples whole = nanos("admitAndClose", keys, threads);
        Samples wholeFloor = nanos("wholeFloor", keys, threads);
        Samples bucket4j = nanos("bucket4j", keys, threads);
        // With a million keys each look-up waits for memory, and runs differ by more than a floor could allow for.
        boolean held = keys != plan.many();
        boolean alone = keys == 1 && !shared;
        line(
                table,
                held,
                "arrival / floor",
                arrival.over(nanos("floor", keys, threads)),
                RATIO,
                AT_MOST,
                shared ? 0.7 : 1.2);
        line(table, held && !alone, "bucket4j / arrival", bucket4j.over(arrival), RATIO, AT_LEAST, shared ? 4 : 1.8);
        if (!alone) {
            Samples proxy = nanos("bucket4jProxy", keys, threads);
            line(table, held, "bucket4jProxy / arrival", proxy.over(arrival), RATIO, AT_LEAST, 4);
            Samples resilience4j = nanos("resilience4j", keys, threads);
            line(table, held, "resilience4j / arrival", resilience4j.over(arrival), RATIO, AT_LEAST, 1.5);
            table.report("guava / arrival", nanos("guava", keys, threads).over(arrival), RATIO);
        }
        // On one key nothing waits, and a limiter does a part of the work only: the least for all of it is the measure.
        line(table, alone, "admitAndClose / wholeFloor", whole.over(wholeFloor), RATIO, AT_MOST, 1.35);
        table.report("wholeFloor / bucket4j", wholeFloor.over(bucket4j), RATIO);
        line(table, held && !alone, "admitAndClose / bucket4j", whole.over(bucket4j), RATIO, AT_MOST, 1);
        line(table, held, "arrival, allocated", bytes("arrival", keys, threads), " B", AT_MOST, ROUNDING);
        for (String name : names) {
            if (!FREE_OF_GARBAGE.contains(name)) {
                table.report(name + ", allocated", bytes(name, keys, threads), " B");
            }
        }
    }

    private static final String RATIO = " x";

    private static void line(
            Table table, boolean held, String what, Samples figure, String unit, Table.Wanted wanted, double floor) {
        if (held) {
            table.hold(what, figure, unit, wanted, floor);
        } else {
            table.report(what, figure, unit);
        }
    }

    /** What the profiler itself and the threads of the JVM allocate shows as a fraction of a byte for each request. */
    private static final double ROUNDING = 0.5;

    private Samples nanos(String name, int keys, int threads) {
        return Samples.of(nanos.get(id(name, keys, threads)));
    }

    private Samples bytes(String name, int keys, int threads) {
        return Samples.of(bytes.get(id(name, keys, threads)));
    }
}
