package io.hourmeter.tests.containers;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * An asynchronous request whose end races the return of the servlet, and its time-out, in an order drawn from a seed: it
 * is completed or dispatched by the servlet's thread, by another one, by a listener, or by nobody.
 */
final class Race implements Handler {

    private static final int MAX_SPINS = 20_000;

    private static final int MIN_TIMEOUT_MILLIS = 20;

    private static final int MAX_TIMEOUT_MILLIS = 60;

    /** Far longer than any container takes to notice a time-out. */
    private static final long LOST_AFTER_MILLIS = 5_000;

    /** Time-outs that the container has not acted upon: Jetty loses some, filter or not. The race ends such a request. */
    static final AtomicInteger LOST = new AtomicInteger();

    /** Tomcat looks once a second for requests whose time is out, so that each takes a second. */
    private static final int ONE_IN_SO_MANY_TIMES_OUT = 40;

    /** Not the container's: some run what is given to {@code AsyncContext.start} only after the servlet has returned. */
    private static final ScheduledExecutorService ELSEWHERE = Executors.newScheduledThreadPool(4, task -> {
        Thread thread = new Thread(task, "race");
        thread.setDaemon(true);
        return thread;
    });

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response) {
        if (request.getAttribute("raced") != null) {
            return;
        }
        request.setAttribute("raced", true);
        SplittableRandom random = new SplittableRandom(Long.parseLong(request.getParameter("seed")));
        AsyncContext async = request.startAsync();
        if (random.nextInt(ONE_IN_SO_MANY_TIMES_OUT) == 0) {
            int millis = random.nextInt(MIN_TIMEOUT_MILLIS, MAX_TIMEOUT_MILLIS);
            async.setTimeout(millis);
            boolean complete = random.nextBoolean();
            if (random.nextBoolean()) {
                async.addListener(Ending.onTimeout(context -> end(context, complete)));
            }
            Watch watch = new Watch();
            async.addListener(watch);
            var unused = ELSEWHERE.schedule(() -> endIfLost(async, watch), LOST_AFTER_MILLIS, TimeUnit.MILLISECONDS);
            if (random.nextBoolean()) {
                elsewhere(async, random.split(), TimeUnit.MILLISECONDS.toNanos(millis));
            }
        } else {
            async.setTimeout(Patience.LIMIT.toMillis());
            if (random.nextInt(4) == 0) {
                end(async, random.nextBoolean());
            } else {
                elsewhere(async, random.split(), 0);
            }
        }
        spin(random);
    }

    /** An ended request must not be touched: the container may have used its objects again. */
    private static void endIfLost(AsyncContext async, Watch watch) {
        if (!watch.ended) {
            LOST.incrementAndGet();
            end(async, true);
        }
    }

    /** Whether the container has told of the end. */
    private static final class Watch implements AsyncListener {

        private volatile boolean ended;

        @Override
        public void onComplete(AsyncEvent event) {
            ended = true;
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {
            ended = true;
        }

        /** The second dispatch of the race starts nothing. */
        @Override
        public void onStartAsync(AsyncEvent event) {}
    }

    private static void elsewhere(AsyncContext async, SplittableRandom random, long afterNanos) {
        ELSEWHERE.execute(() -> {
            LockSupport.parkNanos(afterNanos);
            spin(random);
            end(async, random.nextBoolean());
        });
    }

    private static void end(AsyncContext async, boolean complete) {
        try {
            if (complete) {
                async.complete();
            } else {
                async.dispatch();
            }
        } catch (RuntimeException e) {
            // The time-out was first.
        }
    }

    private static void spin(SplittableRandom random) {
        int spins = random.nextBoolean() ? 0 : random.nextInt(MAX_SPINS);
        for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
        }
    }
}
