package io.hourmeter.examples.webapp;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Wakes asynchronous requests. */
final class Ticker implements AutoCloseable {

    /** A stream whose client does not read may block one thread until the connection times out. */
    private static final int THREADS = 4;

    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(THREADS, task -> {
        Thread thread = new Thread(task, "webapp-ticker");
        thread.setDaemon(true);
        return thread;
    });

    Ticker() {
        executor.setRemoveOnCancelPolicy(true);
    }

    void after(int seconds, Runnable task) {
        CompletableFuture.delayedExecutor(seconds, TimeUnit.SECONDS, executor).execute(task);
    }

    ScheduledFuture<?> everySecond(Runnable task) {
        return executor.scheduleAtFixedRate(task, 1, 1, TimeUnit.SECONDS);
    }

    /** Wakes nobody any more; requests still open end with their connections. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
