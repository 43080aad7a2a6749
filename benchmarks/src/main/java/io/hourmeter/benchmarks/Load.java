package io.hourmeter.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/**
 * Whole requests over HTTP: a web server without a filter and others with one, each a process of its own, all running
 * all the time and asked in turns. Everything is done anew with new processes, since one differs from the next in what
 * it compiled how.
 */
final class Load {

    static final int CONNECTIONS = 8;

    /** Four servers with a large heap are what fits into one machine, so there the empty filter is left out. */
    private static final Set<Filtering> ON_LARGE_HEAPS = EnumSet.complementOf(EnumSet.of(Filtering.EMPTY));

    private static final Set<Filtering> FILTERS = EnumSet.complementOf(EnumSet.of(Filtering.NONE));

    private final Plan plan;
    private final Application application;
    private final List<String> flags;
    private final boolean timed;
    private final byte[][] keys;
    private final int[] order;
    private final SplittableRandom random = new SplittableRandom(1);
    private final ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    private final Map<Filtering, LoadTurns> turns = new EnumMap<>(Filtering.class);

    private Load(
            Plan plan,
            Application application,
            int sessions,
            Set<Filtering> filterings,
            int heapMegabytes,
            boolean timed) {
        this.plan = plan;
        this.timed = timed;
        this.application = application;
        flags = Heap.flags(heapMegabytes, sessions);
        keys = new byte[sessions][];
        for (int i = 0; i < sessions; i++) {
            keys[i] = Keys.text(i).getBytes(StandardCharsets.US_ASCII);
        }
        order = Keys.shuffled(sessions);
        for (Filtering filtering : filterings) {
            turns.put(filtering, new LoadTurns());
        }
    }

    /** Whole requests to an application. */
    static void run(Plan plan, Table table, Application application) {
        Set<Filtering> all = EnumSet.allOf(Filtering.class);
        new Load(plan, application, plan.few(), all, LoadServer.SMALL_HEAP_MEGABYTES, false).compare(table, 0.95);
        new Load(plan, application, plan.many(), ON_LARGE_HEAPS, LoadServer.LARGE_HEAP_MEGABYTES, false)
                .compare(table, 0.90);
    }

    /** How long a request is in the filter, in a web server that runs. */
    static void timeFilters(Plan plan, Table table) {
        new Load(plan, Application.HELLO, plan.few(), FILTERS, LoadServer.SMALL_HEAP_MEGABYTES, true).time(table);
        new Load(plan, Application.HELLO, plan.many(), FILTERS, LoadServer.LARGE_HEAP_MEGABYTES, true).time(table);
    }

    /** One process for each: they differ less here than in the rate of requests. */
    private void time(Table table) {
        takeTurns(1);
        table.title("In the filter, Jetty, " + application + ", " + keys.length + " sessions");
        turns.forEach((filtering, each) -> table.report(filtering + ", median time", each.timesInFilter(), " us"));
    }

    private void compare(Table table, double leastRate) {
        takeTurns(plan.processes());
        table.title("Jetty, " + application + ", " + keys.length + " sessions, " + CONNECTIONS + " connections");
        report(table, leastRate);
    }

    private void takeTurns(int processes) {
        try {
            for (int i = 0; i < processes; i++) {
                takeTurnsOnce();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a web server takes no connection", e);
        } finally {
            threads.shutdownNow();
        }
    }

    private void takeTurnsOnce() throws IOException {
        List<Seat> seats = new ArrayList<>();
        try {
            for (Filtering filtering : turns.keySet()) {
                seats.add(new Seat(
                        filtering,
                        new Child(LoadServer.class, flags, filtering.name(), application.name(), keys.length, timed)));
            }
            for (Seat seat : seats) {
                seat.port = (int) seat.server.number();
            }
            // Only now: opening a million sessions takes longer than a server keeps an idle connection.
            for (Seat seat : seats) {
                for (int i = 0; i < CONNECTIONS; i++) {
                    seat.clients.add(new LoadClient(seat.port, application));
                }
            }
            for (int i = 0; i < plan.warmUpSlices(); i++) {
                for (Seat seat : seats) {
                    slice(seat);
                }
            }
            if (timed) {
                seats.forEach(seat -> seat.server.ask());
            }
            for (int i = 0; i < plan.slices(); i++) {
                for (Seat seat : seats) {
                    Duration before = seat.server.processorTime();
                    Histogram nanos = slice(seat);
                    turns.get(seat.filtering)
                            .add(
                                    nanos,
                                    plan.slice(),
                                    seat.server.processorTime().minus(before));
                    if (timed) {
                        turns.get(seat.filtering).addTimeInFilter(seat.server.ask());
                    }
                }
                // Each in front as often as any other: what a turn leaves behind strikes all alike.
                Collections.rotate(seats, 1);
            }
        } finally {
            seats.forEach(seat -> seat.server.close());
        }
    }

    /** One server and those who ask it. */
    private static final class Seat {

        final Filtering filtering;
        final Child server;
        final List<LoadClient> clients = new ArrayList<>();
        int port;

        Seat(Filtering filtering, Child server) {
            this.filtering = filtering;
            this.server = server;
        }
    }

    private Histogram slice(Seat seat) {
        long until = System.nanoTime() + plan.slice().toNanos();
        List<Future<Histogram>> connections = new ArrayList<>();
        for (LoadClient client : seat.clients) {
            int from = random.nextInt(order.length);
            connections.add(threads.submit(() -> client.ask(keys, order, from, until)));
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

    private void report(Table table, double leastRate) {
        turns.forEach((filtering, each) -> table.report(filtering + ", requests a second", each.rates(), " /s"));
        turns.forEach((filtering, each) -> table.report(filtering + ", 99th percentile", each.p99s(), " ms"));
        turns.forEach((filtering, each) ->
                table.report(filtering + ", processor time of the server a request", each.costs(), " us"));
        for (Filtering other : turns.keySet()) {
            if (other != Filtering.NONE && other != Filtering.HOURMETER) {
                table.report("requests a second, " + other + " / none", rate(other, Filtering.NONE), " x");
            }
        }
        table.report("requests a second, hourmeter / least", rate(Filtering.HOURMETER, Filtering.LEAST), " x");
        table.hold(
                "requests a second, hourmeter / none",
                rate(Filtering.HOURMETER, Filtering.NONE),
                " x",
                Table.Wanted.AT_LEAST,
                leastRate);
        table.hold(
                "99th percentile, hourmeter / none",
                turns.get(Filtering.HOURMETER)
                        .p99s()
                        .over(turns.get(Filtering.NONE).p99s()),
                " x",
                Table.Wanted.AT_MOST,
                1.5);
    }

    private Samples rate(Filtering one, Filtering other) {
        return turns.get(one).rates().over(turns.get(other).rates());
    }
}
