package io.hourmeter.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import okhttp3.Dns;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Looks names up without waiting for longer than the call may last. The system's own look-up knows no time limit, cannot
 * be cancelled, and takes half a minute when the name service is silent. Here it runs in a daemon thread of its own, one
 * for a name at a time, whose answer all calls that need the name wait for. Thread-safe.
 */
final class DeadlineDns implements Dns {

    /** OkHttp asks for names in the thread of the call, and does not say for which call. Empty between calls. */
    private static final ThreadLocal<Deadline> DEADLINE = new ThreadLocal<>();

    private final Dns names;
    private final ThreadFactory threads;
    private final ConcurrentMap<String, FutureTask<List<InetAddress>>> underWay = new ConcurrentHashMap<>();

    DeadlineDns(Dns names, ThreadFactory threads) {
        this.names = names;
        this.threads = threads;
    }

    /** Executes a call whose names are to be found by then. */
    Response execute(okhttp3.Call call, Deadline by) throws IOException {
        DEADLINE.set(by);
        try {
            return call.execute();
        } finally {
            DEADLINE.remove();
        }
    }

    @Override
    public List<InetAddress> lookup(String name) throws UnknownHostException {
        @Nullable Deadline by = DEADLINE.get();
        if (by == null) {
            return names.lookup(name);
        }
        try {
            return underWay.computeIfAbsent(name, this::begin).get(by.leftNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw unknown(name + " is not known to the name service", e.getCause());
        } catch (TimeoutException e) {
            throw unknown(name + ": the name service has not answered", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unknown(name + ": interrupted", new InterruptedIOException());
        }
    }

    private FutureTask<List<InetAddress>> begin(String name) {
        FutureTask<List<InetAddress>> task = new FutureTask<>(() -> names.lookup(name)) {
            @Override
            protected void done() {
                underWay.remove(name, this);
            }
        };
        threads.newThread(task).start();
        return task;
    }

    private static UnknownHostException unknown(String text, @Nullable Throwable cause) {
        UnknownHostException unknown = new UnknownHostException(text);
        unknown.initCause(cause);
        return unknown;
    }
}
