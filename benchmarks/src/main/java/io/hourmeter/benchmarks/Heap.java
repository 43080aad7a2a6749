package io.hourmeter.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.List;

/** The heap of a process that holds many sessions. */
final class Heap {

    /**
     * Enough for a million sessions of any contestant; fixed, so that growing is no part of a measurement, and touched
     * beforehand, so that neither is how the system finds pages: when the collector lets the young generation grow,
     * some seconds after the start, whatever allocates would take two to four times as long for a while.
     */
    static final List<String> FLAGS = List.of("-Xms5g", "-Xmx5g", "-XX:+UseG1GC", "-XX:+AlwaysPreTouch");

    private static final int COLLECTIONS = 3;

    private Heap() {}

    /** Bytes in use after everything unreachable has gone. */
    static long used() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
