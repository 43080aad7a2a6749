package io.hourmeter.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.List;

/** The heap of a process that holds many sessions. */
final class Heap {

    /** Enough for a million sessions of any contestant. */
    static final int LARGE_MEGABYTES = 5_120;

    /** With so few sessions no figure matters, and to touch a large heap would take longer than everything else. */
    private static final int HARDLY_ANY_SESSIONS = 1_000;

    private static final int TINY_MEGABYTES = 256;

    private static final int COLLECTIONS = 3;

    private Heap() {}

    /**
     * Of the JVM. The size is fixed, so that growing is no part of a measurement, and the heap is touched beforehand, so
     * that neither is how the system finds pages: when the collector lets the young generation grow, some seconds after
     * the start, whatever allocates would take two to four times as long for a while.
     *
     * @param megabytes its size
     * @param sessions how many there will be
     */
    static List<String> flags(int megabytes, int sessions) {
        int size = sessions < HARDLY_ANY_SESSIONS ? TINY_MEGABYTES : megabytes;
        return List.of("-Xms" + size + "m", "-Xmx" + size + "m", "-XX:+UseG1GC", "-XX:+AlwaysPreTouch");
    }

    /** Bytes in use after everything unreachable has gone. */
    static long used() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
