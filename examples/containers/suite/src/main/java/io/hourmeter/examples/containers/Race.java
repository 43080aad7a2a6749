package io.hourmeter.examples.containers;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * An asynchronous request whose end races the return of the servlet, and its time-out, in an order drawn from a seed: it
 * is completed or dispatched by the servlet's thread, by another one, by a listener, or by nobody.
 */
final class Race implements Handler {

    private static final int MAX_SPINS = 20_000;

    /** Jetty loses one time-out in ten of a few milliseconds, filter or not; the request then never ends. */
    private static final int MIN_TIMEOUT_MILLIS = 20;

    private static final int MAX_TIMEOUT_MILLIS = 60;

    /** Tomcat looks once a second for requests whose time is out, so that each takes a second. */
    private static final int ONE_IN_SO_MANY_TIMES_OUT = 40;

    /** Not the container's: some run what is given to {@code AsyncContext.start} only after the servlet has returned. */
    private static final ExecutorService ELSEWHERE = Executors.newFixedThreadPool(4, task -> {
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
