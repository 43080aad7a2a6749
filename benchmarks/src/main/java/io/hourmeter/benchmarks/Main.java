package io.hourmeter.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Measures everything and prints one table. */
public final class Main {

    private static final String USAGE = """
            usage: java -jar benchmarks.jar [--quick] [--report-only] [part ...]
              parts: path, memory, sweep, pauses, load, page, filter; all unless named
              --quick        few and short measurements: shows a direction, is not for publishing
              --report-only  ends with 0 also when a floor is missed
            """;

    private Main() {}

    /**
     * Runs what the arguments name.
     *
     * @param arguments none for everything
     */
    public static void main(String... arguments) {
        List<String> options = new ArrayList<>(List.of(arguments));
        Plan plan = options.remove("--quick") ? Plan.QUICK : Plan.FULL;
        boolean reportOnly = options.remove("--report-only");
        Set<String> parts = new TreeSet<>(options);
        Set<String> known = Set.of("path", "memory", "sweep", "pauses", "load", "page", "filter");
        if (!known.containsAll(parts)) {
            System.err.print(USAGE);
            System.exit(2);
        }
        int missed = run(plan, parts.isEmpty() ? known : parts).print(System.out);
        System.exit(missed == 0 || reportOnly ? 0 : 1);
    }

    static Table run(Plan plan, Set<String> parts) {
        Table table = new Table();
        if (parts.contains("path")) {
            new HotPathRuns(plan).run(table);
        }
        if (parts.contains("memory")) {
            Footprint.run(plan, table);
        }
        if (parts.contains("sweep")) {
            Sweeps.run(plan, table);
        }
        if (parts.contains("pauses")) {
            Pauses.run(plan, table);
        }
        if (parts.contains("load")) {
            Load.run(plan, table, Application.HELLO);
        }
        if (parts.contains("page")) {
            Load.run(plan, table, Application.PAGE);
        }
        if (parts.contains("filter")) {
            Load.timeFilters(plan, table);
        }
        return table;
    }
}
