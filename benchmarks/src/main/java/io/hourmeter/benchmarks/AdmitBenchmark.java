package io.hourmeter.benchmarks;

import io.hourmeter.usage.Granted;
import io.hourmeter.usage.UsageTracker;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What metering adds to a request: admit and close on a running session, beside the floor of the same run, which is a
 * map look-up, a reading of the clock and one write.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class AdmitBenchmark {

    /** A tracker that serves every key, and the floor over the same keys. */
    @State(Scope.Benchmark)
    public static class Licenses {

        /** How many licenses are in use. */
        @Param({"1", "10000"})
        public int keys;

        UsageTracker tracker;
        String[] texts;
        final ConcurrentHashMap<String, Cell> floor = new ConcurrentHashMap<>();

        /** Opens one session for each key. */
        @Setup(Level.Trial)
        public void open() {
            tracker = UsageTracker.builder(new GenerousLicenseClient())
                    .checkInterval(Duration.ofHours(1))
                    .lease(Duration.ofHours(24))
                    .build();
            texts = new String[keys];
            SplittableRandom random = new SplittableRandom(keys);
            for (int i = 0; i < keys; i++) {
                texts[i] = "RL-%08d-%08d-%08d".formatted(i, random.nextInt(100_000_000), random.nextInt(100_000_000));
                floor.put(texts[i], new Cell());
                try (Granted use = (Granted) tracker.admit(texts[i])) {
                    if (use.remainingMillis() <= 0) {
                        throw new IllegalStateException("not served");
                    }
                }
            }
        }

        /** Stops the tracker's threads. */
        @TearDown(Level.Trial)
        public void close() {
            tracker.close();
        }
    }

    /** A thread's way through the keys; padded, so that its counter shares no cache line with a session. */
    @State(Scope.Thread)
    public static class Walk {
        long p1;
        long p2;
        long p3;
        long p4;
        long p5;
        long p6;
        long p7;
        long p8;
        int next;
        long q1;
        long q2;
        long q3;
        long q4;
        long q5;
        long q6;
        long q7;
        long q8;

        String key(Licenses licenses) {
            int index = next;
            next = index + 1 == licenses.keys ? 0 : index + 1;
            return licenses.texts[index];
        }
    }

    static final class Cell {
        volatile long lastSeen;
    }

    /** The floor: look up, read the clock, write. */
    @Benchmark
    public long floor(Licenses licenses, Walk walk) {
        Cell cell = licenses.floor.get(walk.key(licenses));
        long now = System.nanoTime();
        cell.lastSeen = now;
        return now;
    }

    /** A metered request: admitted and ended. */
    @Benchmark
    public String admitAndClose(Licenses licenses, Walk walk) {
        try (Granted use = (Granted) licenses.tracker.admit(walk.key(licenses))) {
            return use.sessionId();
        }
    }
}
