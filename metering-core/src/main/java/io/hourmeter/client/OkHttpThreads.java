package io.hourmeter.client;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import kotlin.jvm.internal.DefaultConstructorMarker;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * The threads in which OkHttp opens connections and closes idle ones. By default all clients of a class loader share
 * them and they outlive the last client by a minute, which a servlet container reports as a leak when it stops an
 * application. Here a client gets threads of its own that end with it.
 *
 * <p>OkHttp offers that to its own tests only, hence the reflection. Where it is refused (on the module path, or in
 * another version of OkHttp) the shared threads are used: daemons that end by themselves after that minute.
 */
final class OkHttpThreads {

    private static final String TASK_RUNNER = "okhttp3.internal.concurrent.TaskRunner";

    /** More calls at once than this go on with connections that are not kept. */
    private static final int MAX_IDLE_CONNECTIONS = 8;

    /** Below the time after which servers close idle connections, so that a call seldom meets a dying one. */
    private static final long KEEP_ALIVE_SECONDS = 20;

    /** Tells Kotlin to fill in its default for the second parameter, the logger. */
    private static final int DEFAULT_SECOND = 1 << 1;

    /** The same for the fifth, the connection listener. */
    private static final int DEFAULT_FIFTH = 1 << 4;

    private final ConnectionPool connections;
    private final @Nullable ThreadPoolExecutor own;

    private OkHttpThreads(ConnectionPool connections, @Nullable ThreadPoolExecutor own) {
        this.connections = connections;
        this.own = own;
    }

    /** Gives a client that is being built a connection pool, on threads of its own where that can be had. */
    static OkHttpThreads install(OkHttpClient.Builder builder, ThreadFactory factory) {
        try {
            return installOwn(builder, factory);
        } catch (ReflectiveOperationException | LinkageError e) {
            ConnectionPool shared = new ConnectionPool(MAX_IDLE_CONNECTIONS, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
            builder.connectionPool(shared);
            return new OkHttpThreads(shared, null);
        }
    }

    private static OkHttpThreads installOwn(OkHttpClient.Builder builder, ThreadFactory factory)
            throws ReflectiveOperationException {
        Class<?> runnerType = Class.forName(TASK_RUNNER);
        Class<?> backendType = Class.forName(TASK_RUNNER + "$Backend");
        Class<?> realBackendType = Class.forName(TASK_RUNNER + "$RealBackend");
        Class<?> listenerType = Class.forName("okhttp3.internal.connection.ConnectionListener");
        Object backend = realBackendType.getConstructor(ThreadFactory.class).newInstance(factory);
        ThreadPoolExecutor executor =
                (ThreadPoolExecutor) realBackendType.getMethod("getExecutor").invoke(backend);
        try {
            Class<?> loggerType = Class.forName("java.util.logging.Logger");
            Object runner = runnerType
                    .getConstructor(backendType, loggerType, int.class, DefaultConstructorMarker.class)
                    .newInstance(backend, null, DEFAULT_SECOND, null);
            ConnectionPool pool = ConnectionPool.class
                    .getConstructor(
                            int.class,
                            long.class,
                            TimeUnit.class,
                            runnerType,
                            listenerType,
                            int.class,
                            DefaultConstructorMarker.class)
                    .newInstance(
                            MAX_IDLE_CONNECTIONS,
                            KEEP_ALIVE_SECONDS,
                            TimeUnit.SECONDS,
                            runner,
                            null,
                            DEFAULT_FIFTH,
                            null);
            OkHttpClient.Builder.class
                    .getMethod("setTaskRunner$okhttp", runnerType)
                    .invoke(builder, runner);
            builder.connectionPool(pool);
            return new OkHttpThreads(pool, executor);
        } catch (InvocationTargetException e) {
            executor.shutdownNow();
            throw e;
        }
    }

    /** Closes idle connections and ends the threads. Calls that are still running must have been cancelled before. */
    void close() {
        connections.evictAll();
        if (own != null) {
            own.shutdownNow();
        }
    }
}
