package io.hourmeter.tests.crash;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The one clock of the load generator's record: monotonic milliseconds. */
final class Clock {

    private static final long ORIGIN = System.nanoTime();

    private Clock() {}

    static long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - ORIGIN);
    }

    /** Lets time pass: real time is the subject of this test. */
    static void pause(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
