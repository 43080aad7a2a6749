package io.hourmeter.tests;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a server's customers notice that strangers hold something of it. For one resource after the other it
 * opens {@link SlowClients}, asks as each {@link Probe} meanwhile, closes the clients and waits until the resource is as it
 * was; each is a line of a table.
 *
 * <p>Not thread-safe. Rows are asserted by {@link Row#check}.
 */
public final class ResourceHarness {

    /** How often each probe asks while the clients are there. */
    public static final int QUESTIONS = 20;

    /** The slowest answer that a customer does not take for a failure. */
    public static final long SLOWEST_MILLIS = 2_000;

    /** A question that takes longer counts as not answered. */
    private static final int LIMIT_MILLIS = 5_000;

    /** As many questions without an answer tell enough. */
    private static final int MOST_FAILURES = 3;

    /** For the clients to connect and send what they send first; a server may take no more of it sooner. */
    private static final Duration TO_BEGIN = Duration.ofSeconds(3);

    /** For a resource to be as before when the clients have gone. */
    private static final long TO_RECOVER_MILLIS = 10_000;

    private static final long TICK_MILLIS = 20;

    private static final int ROUNDS = 3;

    private final String component;
    private final String container;
    private final int port;
    private final List<Probe> probes;
    private final int limitMillis;
    private final List<Resource> watched = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();

    /**
     * Begins a table.
     *
     * @param component what is tried, for example {@code license server}
     * @param container what it runs in, for example {@code Tomcat 11.0.25}
     * @param port on loopback
     * @param probes who has to be served, the customer first
     */
    public ResourceHarness(String component, String container, int port, Probe... probes) {
        this(component, container, port, LIMIT_MILLIS, probes);
    }

    ResourceHarness(String component, String container, int port, int limitMillis, Probe... probes) {
        this.component = component;
        this.container = container;
        this.port = port;
        this.limitMillis = limitMillis;
        this.probes = List.of(probes);
    }

    /**
     * Watches more than what the clients of a row are after: each row says how much of it was in use, and has recovered only
     * when all of it has.
     *
     * @param resources each a column of the table
     * @return this harness
     */
    public ResourceHarness watching(Resource... resources) {
        watched.addAll(List.of(resources));
        return this;
    }

    /**
     * What a resource is and how much of it is in use.
     *
     * @param name for the table, with the unit, for example {@code threads}
     * @param inUse as it is now
     * @param slack how much more than before still counts as before
     */
    public record Resource(String name, LongSupplier inUse, long slack) {}

    /**
     * How much of a resource was in use.
     *
     * @param resource its name
     * @param before how much before the clients came
     * @param peak the most seen while they were there
     * @param after at the end
     * @param backMillis until it was as before; -1 when it was not within ten seconds
     */
    public record Use(String resource, long before, long peak, long after, long backMillis) {

        private String text() {
            return before + " > " + peak + " > " + after;
        }
    }

    /**
     * How one probe fared.
     *
     * @param name of the probe
     * @param answered how many of {@link #QUESTIONS} questions
     * @param slowestMillis the longest that an answer took; that of a question without one when there was none
     * @param trouble the first failure; empty for none
     */
    public record Served(String name, int answered, long slowestMillis, String trouble) {}

    /**
     * A line of the table.
     *
     * @param resource its name
     * @param clients who held it
     * @param component what was tried
     * @param container what it ran in
     * @param held connections that the server still had at the end of the questions
     * @param before how much of the resource was in use before
     * @param peak the most seen while the clients were there
     * @param after in use at the end
     * @param served how each probe fared
     * @param backMillis until the resource was as before; -1 when it was not within ten seconds
     * @param watched what else was looked at
     */
    public record Row(
            String resource,
            String clients,
            String component,
            String container,
            int held,
            long before,
            long peak,
            long after,
            List<Served> served,
            long backMillis,
            List<Use> watched) {

        /**
         * Fails unless every question was answered in time and the resource is as before.
         *
         * @throws AssertionError with the whole line
         */
        public void check() {
            String wrong = wrong();
            if (wrong != null) {
                throw new AssertionError(wrong);
            }
        }

        private @Nullable String wrong() {
            for (Served each : served) {
                if (each.answered() < QUESTIONS || each.slowestMillis() > SLOWEST_MILLIS) {
                    return each.name() + " was not served while " + clients + ": " + this;
                }
            }
            for (Use each : watched) {
                if (each.backMillis() < 0) {
                    return each.resource() + " did not recover: " + this;
                }
            }
            return backMillis < 0 ? resource + " did not recover: " + this : null;
        }
    }

    /**
     * Tries one resource, and tries it again when a customer was not served: a machine that does other work stands still now
     * and then, but what clients do to a server they do each time. Each round is a line of the table.
     *
     * @param resource what is watched
     * @param count how many clients
     * @param behaviour what each does
     * @return the first line in which everybody was served, or else the last
     */
    public Row run(Resource resource, int count, SlowClient behaviour) {
        Row row = once(resource, count, behaviour);
        for (int round = 1; round < ROUNDS && row.wrong() != null; round++) {
            row = once(resource, count, behaviour);
        }
        return row;
    }

    private Row once(Resource resource, int count, SlowClient behaviour) {
        List<Sample> samples = new ArrayList<>(List.of(new Sample(resource)));
        watched.forEach(each -> samples.add(new Sample(each)));
        int held;
        List<Served> served = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(probes.size());
        try (SlowClients clients = SlowClients.open(port, count, behaviour)) {
            clients.awaitBegun(TO_BEGIN);
            List<Future<Served>> asked = new ArrayList<>();
            for (Probe probe : probes) {
                asked.add(threads.submit(() -> ask(probe)));
            }
            while (!asked.stream().allMatch(Future::isDone)) {
                samples.forEach(Sample::take);
                sleep();
            }
            held = clients.held();
            for (Future<Served> each : asked) {
                served.add(result(each));
            }
        } finally {
            threads.shutdownNow();
        }
        long gone = System.nanoTime();
        List<Use> uses = new ArrayList<>();
        samples.forEach(each -> uses.add(each.awaitRecovery(gone)));
        Use use = uses.remove(0);
        Row row = new Row(
                resource.name(),
                count + " x " + behaviour.name(),
                component,
                container,
                held,
                use.before(),
                use.peak(),
                use.after(),
                List.copyOf(served),
                use.backMillis(),
                List.copyOf(uses));
        rows.add(row);
        return row;
    }

    /** What is seen of one resource in one row. */
    private static final class Sample {

        private final Resource resource;
        private final long before;
        private long peak;

        Sample(Resource resource) {
            this.resource = resource;
            this.before = resource.inUse().getAsLong();
            this.peak = before;
        }

        long take() {
            long now = resource.inUse().getAsLong();
            peak = Math.max(peak, now);
            return now;
        }

        /** Waits from the moment on at which the clients went. */
        Use awaitRecovery(long goneNanos) {
            while (true) {
                long now = take();
                long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - goneNanos);
                boolean asBefore = now <= before + resource.slack();
                if (asBefore || millis > TO_RECOVER_MILLIS) {
                    return new Use(resource.name(), before, peak, now, asBefore ? millis : -1);
                }
                sleep();
            }
        }
    }

    private Served ask(Probe probe) {
        int answered = 0;
        int failed = 0;
        long slowest = 0;
        String trouble = "";
        for (int i = 0; i < QUESTIONS && failed < MOST_FAILURES; i++) {
            long start = System.nanoTime();
            try {
                slowest = Math.max(slowest, probe.ask(limitMillis));
                answered++;
            } catch (IOException e) {
                failed++;
                slowest = Math.max(slowest, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
                trouble = trouble.isEmpty() ? e.toString() : trouble;
            }
        }
        return new Served(probe.name(), answered, slowest, trouble);
    }

    /**
     * The lines so far.
     *
     * @return one for each call of {@link #run}
     */
    public List<Row> rows() {
        return List.copyOf(rows);
    }

    /** Writes the table to standard output. */
    public void print() {
        System.out.println(table());
    }

    /**
     * The table as text.
     *
     * @return a head line and one line for each row, in columns
     */
    public String table() {
        List<List<String>> lines = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("resource", "clients", "component", "container", "held", "in use"));
        probes.forEach(probe -> head.add(probe.name() + " slowest"));
        watched.forEach(resource -> head.add(resource.name()));
        head.add("back to normal");
        lines.add(head);
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(
                    row.resource(),
                    row.clients(),
                    row.component(),
                    row.container(),
                    String.valueOf(row.held()),
                    row.before() + " > " + row.peak() + " > " + row.after()));
            for (Served each : row.served()) {
                line.add(each.slowestMillis() + " ms"
                        + (each.answered() < QUESTIONS ? ", " + each.answered() + " of " + QUESTIONS : ""));
            }
            long back = row.backMillis();
            for (Use each : row.watched()) {
                line.add(each.text());
                back = back < 0 || each.backMillis() < 0 ? -1 : Math.max(back, each.backMillis());
            }
            line.add(back < 0 ? "NO" : back + " ms");
            lines.add(line);
        }
        return text(lines);
    }

    private static String text(List<List<String>> lines) {
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            text.append('|');
            for (int column = 0; column < line.size(); column++) {
                int at = column;
                int width = lines.stream()
                        .mapToInt(each -> each.get(at).length())
                        .max()
                        .orElse(0);
                String cell = line.get(column);
                text.append(' ')
                        .append(cell)
                        .append(" ".repeat(width - cell.length()))
                        .append(" |");
            }
            text.append(System.lineSeparator());
        }
        return text.toString();
    }

    private static Served result(Future<Served> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a probe failed", e.getCause());
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(TICK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
