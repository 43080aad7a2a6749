package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.internal.DaemonThreads;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Makes the threads of a connection pool, which wants one only now and then. Where the system gives none, a standing one that
 * was made at the start does its work: otherwise a read would end with an error that a process does not outlive. Thread-safe.
 */
final class StandbyThreads implements ThreadFactory, AutoCloseable {

    private final String name;
    private final ThreadPoolExecutor standby;

    /**
     * Makes the standing thread.
     *
     * @param name of the pool
     */
    StandbyThreads(String name) {
        this.name = name;
        this.standby = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), DaemonThreads.named(name + " standby"));
        standby.prestartCoreThread();
    }

    @Override
    public Thread newThread(Runnable work) {
        return new Attempt(work);
    }

    private final class Attempt extends Thread {

        private final Runnable work;

        Attempt(Runnable work) {
            super(work, name);
            this.work = work;
            setDaemon(true);
        }

        @Override
        public synchronized void start() {
            try {
                super.start();
            } catch (OutOfMemoryError e) {
                // What the Java machine throws when the system gives it no thread.
                standby.execute(work);
            }
        }
    }

    /** Ends the standing thread. */
    @Override
    public void close() {
        standby.shutdownNow();
    }
}
