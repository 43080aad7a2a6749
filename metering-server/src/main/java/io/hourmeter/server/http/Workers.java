package io.hourmeter.server.http;

import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.internal.UncaughtErrors;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Jetty's threads. Where no more of them can be made, those that are there go on. */
final class Workers extends QueuedThreadPool {

    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

    /** Each thread waits for at most one commit; many waiting at once are what one commit then takes together. */
    private static final int MOST = 200;

    /** Enough to take connections, to read and to answer. Without them the server does not start. */
    private static final int LEAST = 8;

    /** A thread that made itself useful for a burst only is not kept: each has a stack of a megabyte. */
    private static final int IDLE_MILLIS = 5_000;

    private final RateLimitedLogger troubles = new RateLimitedLogger(LOG, Duration.ofMinutes(1), System::nanoTime);

    private final Scheduler pauses;

    Workers(Scheduler pauses) {
        super(MOST, LEAST, IDLE_MILLIS);
        this.pauses = pauses;
        setName("license-server");
        // All of them, where Jetty would end one a minute.
        setMaxEvictCount(MOST);
    }

    /**
     * Does what has to be done before a connection's next request, at once or, where others wait for a thread, after them.
     * Otherwise a client that sends requests without waiting for their answers keeps a thread for as long as it likes, and a
     * few hundred of them keep all.
     */
    void inTurn(Runnable next) {
        if (getQueueSize() == 0) {
            next.run();
            return;
        }
        try {
            execute(next);
        } catch (RejectedExecutionException e) {
            // The server is stopping.
            next.run();
        }
    }

    /** Does something after a pause, in which it takes no thread. */
    void later(Runnable next, long millis) {
        try {
            pauses.schedule(() -> execute(next), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The server is stopping.
            next.run();
        }
    }

    @Override
    protected void startThread() {
        try {
            super.startThread();
        } catch (OutOfMemoryError e) {
            // What the Java machine throws when the system gives it no thread. The work is queued already.
            int threads = getThreads();
            if (threads < LEAST) {
                throw e;
            }
            troubles.warn(
                    "threads", "no more threads can be made (" + e.getMessage() + "); " + threads + " serve", null);
        }
    }

    @Override
    protected void runJob(Runnable job) {
        try {
            super.runJob(job);
        } catch (Throwable e) {
            UncaughtErrors.tell(e);
            throw e;
        }
    }
}
