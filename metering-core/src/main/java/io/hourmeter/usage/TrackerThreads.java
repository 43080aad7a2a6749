package io.hourmeter.usage;

import io.hourmeter.internal.DaemonThreads;
import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.usage.node.NodeCore;
import io.hourmeter.usage.node.TrackerEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of a tracker, all daemons: senders of reports, a pool for what a request waits for, the ticker, and one
 * that tells the listener and those whose time is up. Thread-safe.
 */
final class TrackerThreads implements Workers {

    /** As many as there can be pending leases, and some for reports before a balance. */
    private static final int MAX_ASIDE = NodeCore.MAX_PENDING + 16;

    /** Two, so that one slow message does not delay the renewal of other leases. */
    private static final int SENDERS = 2;

    /** A listener this far behind loses events rather than memory. */
    private static final int MAX_EVENTS = 10_000;

    /** Wakes the thread that waits for events, so that it sees that it shall stop. */
    private static final TrackerEvent WAKE = new TrackerEvent(TrackerEvent.Kind.SERVER_BACK, null, "nobody", "stop", 0);

    private static final long TICK_MILLIS = 1_000;

    /** How often somebody looks whose time is up: far below the second that is promised, far above what it costs. */
    private static final long LOOK_MILLIS = 200;

    private static final long IDLE_SECONDS = 10;

    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final BlockingQueue<TrackerEvent> events = new ArrayBlockingQueue<>(MAX_EVENTS);
    private final AtomicInteger numbers = new AtomicInteger();
    private final ThreadPoolExecutor pool;
    private final RateLimitedLogger limitedLog;

    TrackerThreads(RateLimitedLogger limitedLog) {
        this.limitedLog = limitedLog;
        this.pool = new ThreadPoolExecutor(
                0, MAX_ASIDE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> thread("call", task));
    }

    private Thread thread(String name, Runnable task) {
        return DaemonThreads.make("hourmeter-" + name + "-" + numbers.incrementAndGet(), task);
    }

    void start(Engine engine, EventPublisher publisher, TimeUpActions timeUp) {
        for (int i = 0; i < SENDERS; i++) {
            add("sender", engine::sendUntilStopped);
        }
        add("ticker", () -> tickUntilStopped(engine));
        add("listener", () -> publishUntilStopped(publisher, timeUp));
    }

    /** Starts one more thread, which must end when interrupted. */
    Thread add(String name, Runnable task) {
        Thread thread = thread(name, task);
        synchronized (threads) {
            threads.add(thread);
        }
        thread.start();
        return thread;
    }

    private void tickUntilStopped(Engine engine) {
        try {
            while (!stop.await(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
                try {
                    engine.tick();
                } catch (Throwable e) {
                    FatalErrors.throwIfFatal(e);
                    limitedLog.error("ticker", "Looking after the sessions failed; it goes on in a second", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void publishUntilStopped(EventPublisher publisher, TimeUpActions timeUp) {
        long looked = System.nanoTime();
        try {
            while (stop.getCount() > 0 || !events.isEmpty()) {
                TrackerEvent event = events.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                if (event != null && !event.equals(WAKE)) {
                    publisher.publish(event);
                }
                if (System.nanoTime() - looked >= TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS)) {
                    timeUp.runDue(limitedLog);
                    looked = System.nanoTime();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean aside(Runnable task) {
        try {
            pool.execute(() -> run(task));
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            limitedLog.error(
                    "call", "A call to the license server could not be evaluated; it counts as not answered", e);
        }
    }

    @Override
    public void tell(TrackerEvent event) {
        if (!events.offer(event)) {
            limitedLog.warn("events", "The metering listener is too slow; events are lost", null);
        }
    }

    /** Ends all threads, waiting at most so long. Returns how many are still there. */
    int stop(Engine engine, long atMostMillis) {
        stop.countDown();
        if (!events.offer(WAKE)) {
            limitedLog.warn("events", "The metering listener is too slow; its last events are lost", null);
        }
        engine.stop();
        pool.shutdownNow();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(atMostMillis);
        List<Thread> all;
        synchronized (threads) {
            all = List.copyOf(threads);
        }
        int left = 0;
        for (Thread thread : all) {
            left += ended(thread, end) ? 0 : 1;
        }
        try {
            pool.awaitTermination(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return left + pool.getPoolSize();
    }

    private static boolean ended(Thread thread, long end) {
        if (thread == Thread.currentThread()) {
            return true;
        }
        try {
            // First in peace: an interrupt would break off a call that is about to succeed.
            long half = Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()) / 2);
            thread.join(half);
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(half);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
