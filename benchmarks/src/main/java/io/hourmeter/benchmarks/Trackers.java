package io.hourmeter.benchmarks;

import io.hourmeter.usage.Granted;
import io.hourmeter.usage.UsageTracker;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Trackers as the measurements need them: every key is served, and no report falls into a measurement. */
final class Trackers {

    private static final int OPENING_THREADS = 8;

    private Trackers() {}

    static UsageTracker start() {
        return UsageTracker.builder(new GenerousLicenseClient())
                .checkInterval(Duration.ofHours(1))
                .idleTimeout(Duration.ofHours(1))
                .lease(Duration.ofHours(24))
                .build();
    }

    /** Opens the sessions of all keys below a number; several at once, since each waits for its lease. */
    static void openAll(UsageTracker tracker, int sessions) {
        ExecutorService threads = Executors.newFixedThreadPool(OPENING_THREADS);
        AtomicInteger next = new AtomicInteger();
        for (int i = 0; i < OPENING_THREADS; i++) {
            threads.submit(() -> {
                for (int key = next.getAndIncrement(); key < sessions; key = next.getAndIncrement()) {
                    open(tracker, Keys.text(key));
                }
            });
        }
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.MINUTES)
                    || tracker.stats().sessions() < sessions) {
                throw new IllegalStateException("not all sessions were opened");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Opens the session of a key with a first request. */
    static void open(UsageTracker tracker, String key) {
        if (tracker.admit(key) instanceof Granted use) {
            use.close();
        } else {
            throw new IllegalStateException("a key was not served");
        }
    }
}
