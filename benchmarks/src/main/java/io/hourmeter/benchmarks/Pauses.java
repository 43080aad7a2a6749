package io.hourmeter.benchmarks;

import io.github.bucket4j.Bucket;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long the collector stops an application that holds many sessions while a tenth of them is in use. All contestants
 * get the same requests at the same pace, each with the same garbage of the application's own, and the figures come from
 * the collector's log.
 */
final class Pauses {

    /** Far below what any contestant can do, so that all do the same. */
    private static final int REQUESTS_A_MILLISECOND = 400;

    /** A modest request of a web application. */
    private static final int GARBAGE_BYTES = 2_048;

    private static final int ACTIVE_SHARE = 10;

    private static final Pattern YOUNG =
            Pattern.compile("\\[(\\d+\\.\\d+)s].*Pause Young.* (\\d+\\.\\d+)ms$", Pattern.MULTILINE);

    /** Where the garbage goes, so that no compiler leaves it out. */
    private static volatile byte[] garbage = new byte[0];

    private Pauses() {}

    static void run(Plan plan, Table table) {
        List<Double> none = new ArrayList<>();
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        for (int i = 0; i < plan.processes(); i++) {
            none.add(median(plan, "none"));
            ours.add(median(plan, "hourmeter"));
            theirs.add(median(plan, "bucket4j"));
        }
        table.title("G1 young pauses, " + plan.many() + " sessions, " + plan.many() / ACTIVE_SHARE + " of them in use");
        table.report("application alone", Samples.of(none), " ms");
        table.report("hourmeter", Samples.of(ours), " ms");
        table.report("bucket4j", Samples.of(theirs), " ms");
        table.hold(
                "hourmeter / bucket4j", Samples.of(ours).over(Samples.of(theirs)), " x", Table.Wanted.AT_MOST, 1.0 / 6);
    }

    private static double median(Plan plan, String contestant) {
        try {
            Path log = Files.createTempFile("pauses", ".log");
            try {
                List<String> flags = new ArrayList<>(Heap.flags(Heap.LARGE_MEGABYTES, plan.many()));
                flags.add("-Xlog:gc:file=" + log + ":uptime");
                double from;
                double to;
                try (Child child = new Child(
                        Pauses.class,
                        flags,
                        contestant,
                        plan.many(),
                        plan.pauses().toMillis())) {
                    from = child.number();
                    to = child.number();
                }
                return median(Files.readString(log), from, to);
            } finally {
                Files.delete(log);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the collector's log cannot be read", e);
        }
    }

    private static double median(String log, double fromSeconds, double toSeconds) {
        List<Double> pauses = new ArrayList<>();
        for (Matcher pause = YOUNG.matcher(log); pause.find(); ) {
            double at = Double.parseDouble(pause.group(1));
            if (at >= fromSeconds && at <= toSeconds) {
                pauses.add(Double.parseDouble(pause.group(2)));
            }
        }
        return pauses.isEmpty() ? Double.NaN : Samples.of(pauses).median();
    }

    /** The child. */
    public static void main(String... arguments) {
        int sessions = Integer.parseInt(arguments[1]);
        long millis = Long.parseLong(arguments[2]);
        switch (arguments[0]) {
            case "hourmeter" -> {
                UsageTracker tracker = Trackers.start();
                Trackers.openAll(tracker, sessions);
                watch(sessions, millis, key -> metered(tracker, key));
            }
            case "bucket4j" -> {
                ConcurrentHashMap<String, Bucket> buckets = Peers.buckets(sessions);
                watch(sessions, millis, key -> limited(buckets, key));
            }
            default -> watch(sessions, millis, key -> {});
        }
    }

    /** What the filter does, the text of the header included. */
    private static void metered(UsageTracker tracker, String key) {
        try (Granted use = (Granted) tracker.admit(key)) {
            if (use.hoursRemaining().isEmpty()) {
                throw new IllegalStateException("nothing told");
            }
        }
    }

    private static void limited(ConcurrentHashMap<String, Bucket> buckets, String key) {
        if (!buckets.get(key).tryConsume(1)) {
            throw new IllegalStateException("not served");
        }
    }

    private static void watch(int sessions, long millis, Consumer<String> request) {
        String[] keys = new String[sessions];
        for (int i = 0; i < sessions; i++) {
            keys[i] = Keys.text(i);
        }
        int[] order = Keys.shuffled(sessions);
        int active = Math.max(1, sessions / ACTIVE_SHARE);
        System.gc();
        // The first seconds warm up.
        load(keys, order, active, millis / 3, request);
        Child.answer(uptimeSeconds());
        load(keys, order, active, millis, request);
        Child.answerAndEnd(uptimeSeconds());
    }

    private static double uptimeSeconds() {
        return ManagementFactory.getRuntimeMXBean().getUptime() / 1_000.0;
    }

    private static void load(String[] keys, int[] order, int active, long millis, Consumer<String> request) {
        long start = System.nanoTime();
        int next = 0;
        for (long elapsed = 0; elapsed < millis; elapsed++) {
            for (int i = 0; i < REQUESTS_A_MILLISECOND; i++) {
                request.accept(keys[order[next]]);
                garbage = new byte[GARBAGE_BYTES];
                next = next + 1 == active ? 0 : next + 1;
            }
            long wait = start + (elapsed + 1) * 1_000_000 - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            }
        }
    }
}
