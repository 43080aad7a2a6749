package io.hourmeter.tests.containers;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** How long the suite waits for what must come. Far longer than it takes: the machine may be busy. */
final class Patience {

    static final Duration LIMIT = Duration.ofSeconds(30);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private Patience() {}

    /** Waits until something is so. */
    static boolean await(BooleanSupplier condition) {
        return await(condition, LIMIT);
    }

    /** Waits until something is so, or for a time. */
    static boolean await(BooleanSupplier condition, Duration atMost) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > atMost.toNanos()) {
                return condition.getAsBoolean();
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return true;
    }
}
