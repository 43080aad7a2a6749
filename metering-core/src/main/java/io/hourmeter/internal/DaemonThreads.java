package io.hourmeter.internal;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes threads that keep no process alive, with names by which an operator finds them. */
public final class DaemonThreads {

    private DaemonThreads() {}

    /**
     * Makes one thread.
     *
     * @param name of it
     * @param task what it runs
     * @return not started yet
     */
    public static Thread make(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Makes threads of one name; for an executor that has a single one.
     *
     * @param name of each
     * @return the factory
     */
    public static ThreadFactory named(String name) {
        return task -> make(name, task);
    }

    /**
     * Makes threads with numbers, from 1 on, behind a name.
     *
     * @param name of all
     * @return the factory
     */
    public static ThreadFactory numbered(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> make(name + "-" + count.incrementAndGet(), task);
    }
}
