package io.hourmeter.tests.network;

import io.hourmeter.LicenseServerUnavailableException;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes the time of requests before and behind the metering filter, and what the machine adds to a wait of known length.
 *
 * <p>A request's wait is what lies between the two filters, or, when it was refused, all of it. On a machine that has
 * other work a thread also waits for a processor. That part is measured, not guessed, and taken off: the system says for
 * how long it kept the request's own thread waiting although it could run, and {@link Stalls} say when everything stood
 * still. A request that waits for anything else is late.
 */
final class Stopwatch implements AutoCloseable {

    /** Of the thread that opens it: time on a processor, time waiting for one, in nanoseconds. Linux only. */
    private static final Path SCHEDULED = Path.of("/proc/thread-self/schedstat");

    private static final String INSIDE = Stopwatch.class.getName() + ".inside";

    private final Queue<Visit> visits = new ConcurrentLinkedQueue<>();
    private final Stalls stalls = new Stalls();

    /** One request or call; the inner times are 0 when it did not reach the application. */
    record Visit(
            @Nullable String key, int status, long arrived, long entered, long returned, long left, long unscheduled) {

        String what() {
            if (status == 0) {
                return "call of the client";
            }
            return entered == 0 ? "refused with " + status : "served";
        }

        long entryOrEnd() {
            return entered == 0 ? left : entered;
        }
    }

    /** Without the time for which there was no processor. */
    private long waitedMillis(Visit visit) {
        long wait = visit.entryOrEnd() - visit.arrived();
        long machine = visit.unscheduled() + stalls.nanosWithin(visit.arrived(), visit.entryOrEnd());
        return TimeUnit.NANOSECONDS.toMillis(wait - machine);
    }

    /** The outermost filter. */
    Filter outside() {
        return (request, response, chain) -> {
            HttpServletRequest http = (HttpServletRequest) request;
            Inside inside = new Inside();
            http.setAttribute(INSIDE, inside);
            long unscheduled = unscheduledNanos();
            long arrived = System.nanoTime();
            try {
                chain.doFilter(request, response);
            } finally {
                long left = System.nanoTime();
                if (http.getRequestURI().startsWith("/api/")) {
                    visits.add(new Visit(
                            http.getHeader("X-License-Key"),
                            ((HttpServletResponse) response).getStatus(),
                            arrived,
                            inside.entered,
                            inside.returned,
                            left,
                            (inside.entered == 0 ? unscheduledNanos() : inside.unscheduled) - unscheduled));
                }
            }
        };
    }

    /** What the inner filter tells the outer one; both run in the thread of the request. */
    private static final class Inside {
        private long entered;
        private long returned;
        private long unscheduled;
    }

    /** The filter next to the application. */
    Filter inside() {
        return (request, response, chain) -> {
            Inside inside = (Inside) request.getAttribute(INSIDE);
            inside.entered = System.nanoTime();
            inside.unscheduled = unscheduledNanos();
            try {
                chain.doFilter(request, response);
            } finally {
                inside.returned = System.nanoTime();
            }
        };
    }

    private static long unscheduledNanos() {
        try {
            return Long.parseLong(Files.readString(SCHEDULED).split(" ")[1]);
        } catch (IOException e) {
            return 0;
        }
    }

    /** Does something that may wait no longer than a request may, and may fail. */
    void call(Runnable call) {
        long unscheduled = unscheduledNanos();
        long start = System.nanoTime();
        try {
            call.run();
        } catch (LicenseServerUnavailableException e) {
            // What the fault is for; here only the time counts.
        }
        long end = System.nanoTime();
        visits.add(new Visit(null, 0, start, 0, 0, end, unscheduledNanos() - unscheduled));
    }

    /** The longest wait of all, with and without the machine's part. */
    String longestWait() {
        long longest = visits.stream().mapToLong(this::waitedMillis).max().orElse(0);
        long onTheClock = visits.stream()
                .mapToLong(visit -> visit.entryOrEnd() - visit.arrived())
                .max()
                .orElse(0);
        return longest + " ms (" + TimeUnit.NANOSECONDS.toMillis(onTheClock) + " ms on the clock)";
    }

    /** What has waited for longer than this, the machine's own delays aside. */
    List<String> waitsBeyond(Duration bound) {
        return visits.stream()
                .filter(visit -> waitedMillis(visit) > bound.toMillis())
                .map(visit -> visit.what() + " after " + waitedMillis(visit) + " ms")
                .toList();
    }

    /** The least and the most that may be charged for a key, in milliseconds: what was served, seen from both sides. */
    long[] servedMillis(String key, Duration gap) {
        List<long[]> inner = new ArrayList<>();
        List<long[]> outer = new ArrayList<>();
        for (Visit visit : visits) {
            if (key.equals(visit.key()) && visit.entered() != 0) {
                inner.add(new long[] {visit.entered(), visit.returned()});
                outer.add(new long[] {visit.arrived(), visit.left()});
            }
        }
        return new long[] {coveredMillis(inner, gap), coveredMillis(outer, gap) + 1};
    }

    /** The length of a union of spans, pauses up to the gap filled in. */
    private static long coveredMillis(List<long[]> spans, Duration gap) {
        spans.sort((one, other) -> Long.compare(one[0], other[0]));
        long covered = 0;
        long end = Long.MIN_VALUE;
        for (long[] span : spans) {
            boolean joins = end != Long.MIN_VALUE && span[0] - end <= gap.toNanos();
            covered += joins ? Math.max(0, span[1] - end) : span[1] - span[0];
            end = Math.max(end, span[1]);
        }
        return covered / 1_000_000;
    }

    @Override
    public void close() {
        stalls.close();
    }
}
