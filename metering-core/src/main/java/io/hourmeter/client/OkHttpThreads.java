package io.hourmeter.client;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.internal.concurrent.TaskRunner;
import okhttp3.internal.connection.ConnectionListener;

/**
 * The threads in which OkHttp opens connections and closes idle ones. By default all clients of a class loader share
 * them and they outlive the last client by a minute, which a servlet container reports as a leak when it stops an
 * application. Here a client gets threads of its own that end with it.
 *
 * <p>OkHttp keeps the classes that this needs internal. They can be used here because this module's jar contains the one
 * OkHttp that it was compiled against, in a package of its own.
 */
final class OkHttpThreads {

    /** More calls at once than this go on with connections that are not kept. */
    private static final int MAX_IDLE_CONNECTIONS = 8;

    /** Below the time after which servers close idle connections, so that a call seldom meets a dying one. */
    private static final long KEEP_ALIVE_SECONDS = 20;

    private final ConnectionPool connections;
    private final TaskRunner.RealBackend threads;

    private OkHttpThreads(ConnectionPool connections, TaskRunner.RealBackend threads) {
        this.connections = connections;
        this.threads = threads;
    }

    /** Gives a client that is being built a connection pool, on threads of its own. */
    static OkHttpThreads install(OkHttpClient.Builder builder, ThreadFactory factory) {
        TaskRunner.RealBackend threads = new TaskRunner.RealBackend(factory);
        TaskRunner runner = new TaskRunner(threads, Logger.getLogger(TaskRunner.class.getName()));
        ConnectionPool connections = new ConnectionPool(
                MAX_IDLE_CONNECTIONS,
                KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS,
                runner,
                ConnectionListener.Companion.getNONE());
        builder.taskRunner$okhttp(runner).connectionPool(connections);
        return new OkHttpThreads(connections, threads);
    }

    /** Closes idle connections and ends the threads. Calls that are still running must have been cancelled before. */
    void close() {
        connections.evictAll();
        threads.getExecutor().shutdownNow();
    }
}
