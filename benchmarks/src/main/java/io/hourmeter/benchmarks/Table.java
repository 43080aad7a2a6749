package io.hourmeter.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The result of a run: one line for each figure, with its spread over the alternations and the floor it is held to. */
final class Table {

    /** Which side of a floor is the good one. */
    enum Wanted {
        AT_MOST("<="),
        AT_LEAST(">=");

        private final String sign;

        Wanted(String sign) {
            this.sign = sign;
        }

        boolean met(double value, double floor) {
            return this == AT_MOST ? value <= floor : value >= floor;
        }
    }

    private static final String FORMAT = "%-66s %10s  %-21s %9s  %s%n";

    private final List<String> lines = new ArrayList<>();
    private int missed;

    /** A group of lines. */
    void title(String title) {
        lines.add(String.format(Locale.ROOT, "%n%s%n", title));
    }

    /** A figure without a floor. */
    void report(String what, Samples samples, String unit) {
        add(what, samples, unit, "", "");
    }

    /** A figure whose median is held to a floor. */
    void hold(String what, Samples samples, String unit, Wanted wanted, double floor) {
        boolean met = wanted.met(samples.median(), floor);
        if (!met) {
            missed++;
        }
        add(what, samples, unit, wanted.sign + " " + number(floor), met ? "pass" : "FAIL");
    }

    private void add(String what, Samples samples, String unit, String floor, String verdict) {
        String spread = number(samples.least()) + " .. " + number(samples.most());
        lines.add(String.format(Locale.ROOT, FORMAT, what, number(samples.median()) + unit, spread, floor, verdict));
    }

    private static String number(double value) {
        String format = Math.abs(value) >= 100 ? "%.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }

    /** Prints everything. Returns how many floors were missed. */
    int print(PrintStream out) {
        out.printf(Locale.ROOT, FORMAT, "", "median", "spread", "floor", "");
        lines.forEach(out::print);
        out.printf(Locale.ROOT, "%n%s%n", missed == 0 ? "All floors are met." : missed + " floors are missed.");
        return missed;
    }
}
