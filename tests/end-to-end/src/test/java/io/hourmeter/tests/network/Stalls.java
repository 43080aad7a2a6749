package io.hourmeter.tests.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Notes when the machine or the JVM stood still: a collection of garbage, a neighbour on the same processors, a virtual
 * machine that was not run. As many threads as there are processors do nothing but sleep for a moment, again and again;
 * whatever one of them oversleeps, the whole process may have lost.
 */
final class Stalls implements AutoCloseable {

    private static final long SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /** Less is the coarseness of the system's timer. */
    private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** From when to when each thread overslept. */
    private final List<Queue<long[]>> stalls = new ArrayList<>();

    private final CountDownLatch closed = new CountDownLatch(1);

    Stalls() {
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            Queue<long[]> own = new ConcurrentLinkedQueue<>();
            stalls.add(own);
            Thread thread = new Thread(() -> watch(own), "stalls-" + i);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void watch(Queue<long[]> own) {
        try {
            long before = System.nanoTime();
            while (!closed.await(SLEEP_NANOS, TimeUnit.NANOSECONDS)) {
                long now = System.nanoTime();
                if (now - before - SLEEP_NANOS > LEAST_NANOS) {
                    own.add(new long[] {before + SLEEP_NANOS, now});
                }
                before = now;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** For how much of a stretch of time the sleepiest of the threads overslept. */
    long nanosWithin(long from, long to) {
        return stalls.stream()
                .mapToLong(own -> own.stream()
                        .mapToLong(stall -> Math.max(0, Math.min(stall[1], to) - Math.max(stall[0], from)))
                        .sum())
                .max()
                .orElse(0);
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
