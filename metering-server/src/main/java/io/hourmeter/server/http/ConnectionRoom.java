package io.hourmeter.server.http;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.Connection;
import org.jspecify.annotations.Nullable;

/**
 * Keeps room for who comes next: when there are too many connections, the one that is missed least is closed. A server that
 * waits instead until one ends serves nobody while strangers hold them all. Thread-safe.
 */
final class ConnectionRoom implements Connection.Listener {

    /** What a connection is used for at the moment; those that are missed least come first. */
    enum Use {
        /** Nothing yet: no request has arrived as a whole. */
        NOTHING,
        /** Between two requests. Whoever wants to go on opens another. */
        IDLE,
        /** The body of somebody arrives for whom nothing speaks. */
        STRANGERS_BODY,
        /** The body of a caller with a token arrives. */
        BODY,
        /** Somebody waits for an answer that is being made. Never closed. */
        ANSWER
    }

    /** A request follows its connection at once; younger ones are closed only when there is nothing else. */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int most;
    private final LongSupplier nanoTime;

    // Guarded by this.
    private final Map<Connection, Use> uses = new HashMap<>();
    /** Of each use the connections and since when, the oldest first. */
    private final Map<Use, Map<Connection, Long>> since = new EnumMap<>(Use.class);

    private long closed;

    /**
     * Begins without connections.
     *
     * @param most how many there may be
     */
    ConnectionRoom(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
        for (Use use : Use.values()) {
            since.put(use, new LinkedHashMap<>());
        }
    }

    @Override
    public void onOpened(Connection connection) {
        Connection least = null;
        synchronized (this) {
            put(connection, Use.NOTHING);
            if (uses.size() > most) {
                least = leastMissed(connection);
                remove(least);
                closed++;
            }
        }
        if (least != null) {
            least.getEndPoint().close();
        }
    }

    @Override
    public synchronized void onClosed(Connection connection) {
        remove(connection);
    }

    /** Says what a connection is used for from now on; one that is not open any more is ignored. */
    synchronized void use(Connection connection, Use use) {
        if (uses.containsKey(connection)) {
            remove(connection);
            put(connection, use);
        }
    }

    private void put(Connection connection, Use use) {
        uses.put(connection, use);
        of(use).put(connection, nanoTime.getAsLong());
    }

    private void remove(Connection connection) {
        Use use = uses.remove(connection);
        if (use != null) {
            of(use).remove(connection);
        }
    }

    private Map<Connection, Long> of(Use use) {
        Map<Connection, Long> connections = since.get(use);
        if (connections == null) {
            throw new IllegalStateException("no " + use);
        }
        return connections;
    }

    /** The oldest of those that are missed least; the one that came last only when all others wait for an answer. */
    private Connection leastMissed(Connection latest) {
        long now = nanoTime.getAsLong();
        Connection oldest = oldest(latest, now - FRESH_NANOS);
        if (oldest == null) {
            oldest = oldest(latest, now);
        }
        return oldest == null ? latest : oldest;
    }

    private @Nullable Connection oldest(Connection latest, long untilNanos) {
        for (Use use : Use.values()) {
            if (use == Use.ANSWER) {
                continue;
            }
            for (Map.Entry<Connection, Long> each : of(use).entrySet()) {
                if (each.getValue() - untilNanos > 0) {
                    break;
                }
                if (each.getKey() != latest) {
                    return each.getKey();
                }
            }
        }
        return null;
    }

    /** How many connections are open. */
    synchronized int open() {
        return uses.size();
    }

    /** How many were closed to make room. */
    synchronized long closed() {
        return closed;
    }
}
