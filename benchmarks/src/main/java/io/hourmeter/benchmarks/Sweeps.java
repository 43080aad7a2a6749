package io.hourmeter.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** How long it takes to look for sessions that have become idle. */
final class Sweeps {

    private static final int WARM_UP = 10;
    private static final int MEASURED = 21;

    private Sweeps() {}

    static void run(Plan plan, Table table) {
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < plan.processes(); i++) {
            try (Child child = new Child(Sweeps.class, Heap.flags(Heap.LARGE_MEGABYTES, plan.many()), plan.many())) {
                values.add(child.number());
            }
        }
        table.title("Sweep, " + plan.many() + " sessions");
        table.hold("a session", Samples.of(values), " ns", Table.Wanted.AT_MOST, 120);
    }

    /** The child: the median of several sweeps. */
    public static void main(String... arguments) {
        int sessions = Integer.parseInt(arguments[0]);
        MeasuredNode node = new MeasuredNode(new GenerousLicenseClient());
        for (int i = 0; i < sessions; i++) {
            node.open(Keys.text(i));
        }
        System.gc();
        List<Double> sweeps = new ArrayList<>();
        for (int i = 0; i < WARM_UP + MEASURED; i++) {
            long start = System.nanoTime();
            node.sweep();
            double each = (System.nanoTime() - start) / (double) sessions;
            if (i >= WARM_UP) {
                sweeps.add(each);
            }
        }
        Child.answerAndEnd(Samples.of(sweeps).median());
    }
}
