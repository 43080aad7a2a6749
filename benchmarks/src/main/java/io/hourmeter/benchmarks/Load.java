package io.hourmeter.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/**
 * Whole requests over HTTP: one web server without the filter and one with it, each a process of its own, both running
 * all the time and asked in turns.
 */
final class Load {

    private static final int CONNECTIONS = 8;
    private static final double P99 = 99;
    private static final double NANOS_A_MILLISECOND = 1_000_000.0;

    /** Both servers have compiled what they need after so many slices. */
    private static final int WARM_UP_SLICES = 10;

    private final Duration slice;
    private final byte[][] keys;
    private final int[] order;
    private final SplittableRandom random = new SplittableRandom(1);
    private final ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);

    private Load(Duration slice, int sessions) {
        this.slice = slice;
        keys = new byte[sessions][];
        for (int i = 0; i < sessions; i++) {
            keys[i] = Keys.text(i).getBytes(StandardCharsets.US_ASCII);
        }
        order = Keys.shuffled(sessions);
    }

    static void run(Plan plan, Table table) {
        compare(plan, table, plan.few(), 0.95);
        compare(plan, table, plan.many(), 0.90);
    }

    private static void compare(Plan plan, Table table, int sessions, double leastRate) {
        Load load = new Load(plan.slice(), sessions);
        Turns plain = new Turns();
        Turns metered = new Turns();
        try (Child without = new Child(LoadServer.class, Heap.FLAGS, "plain", sessions);
                Child with = new Child(LoadServer.class, Heap.FLAGS, "metered", sessions)) {
            int plainPort = (int) without.number();
            int meteredPort = (int) with.number();
            for (int i = 0; i < WARM_UP_SLICES; i++) {
                load.slice(plainPort);
                load.slice(meteredPort);
            }
            for (int i = 0; i < plan.slices(); i++) {
                // Each in front once: what a turn leaves behind strikes both alike.
                if (i % 2 == 0) {
                    plain.add(load.slice(plainPort), plan.slice());
                    metered.add(load.slice(meteredPort), plan.slice());
                } else {
                    metered.add(load.slice(meteredPort), plan.slice());
                    plain.add(load.slice(plainPort), plan.slice());
                }
            }
        } finally {
            load.threads.shutdownNow();
        }
        table.title("Jetty, " + sessions + " sessions, " + CONNECTIONS + " connections");
        table.report("without filter", plain.rates(), " /s");
        table.report("with filter", metered.rates(), " /s");
        table.report("without filter, 99th percentile", plain.p99s(), " ms");
        table.report("with filter, 99th percentile", metered.p99s(), " ms");
        table.hold(
                "requests a second, with / without",
                metered.rates().over(plain.rates()),
                " x",
                Table.Wanted.AT_LEAST,
                leastRate);
        table.hold(
                "99th percentile, with / without", metered.p99s().over(plain.p99s()), " x", Table.Wanted.AT_MOST, 1.5);
    }

    /** The slices of one server. */
    private static final class Turns {

        private final List<Double> rates = new ArrayList<>();
        private final List<Double> p99s = new ArrayList<>();

        void add(Histogram nanos, Duration slice) {
            rates.add(nanos.getTotalCount() * 1_000.0 / slice.toMillis());
            p99s.add(nanos.getValueAtPercentile(P99) / NANOS_A_MILLISECOND);
        }

        Samples rates() {
            return Samples.of(rates);
        }

        Samples p99s() {
            return Samples.of(p99s);
        }
    }

    private Histogram slice(int port) {
        long until = System.nanoTime() + slice.toNanos();
        List<Future<Histogram>> connections = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            int from = random.nextInt(order.length);
            connections.add(threads.submit(() -> ask(port, from, until)));
        }
        Histogram all = new Histogram(3);
        try {
            for (Future<Histogram> connection : connections) {
                all.add(connection.get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("the web server does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
        return all;
    }

    private Histogram ask(int port, int from, long until) throws IOException {
        try (LoadClient client = new LoadClient(port)) {
            return client.ask(keys, order, from, until);
        }
    }
}
