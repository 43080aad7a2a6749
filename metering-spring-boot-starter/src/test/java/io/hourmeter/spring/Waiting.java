package io.hourmeter.spring;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what other threads do. */
final class Waiting {

    /** Far beyond what anything here takes on a busy machine; only a failure waits so long. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final long TICK_MILLIS = 20;

    private Waiting() {}

    static void until(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("still not: " + what);
            }
            try {
                Thread.sleep(TICK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }
}
