package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** What all sessions of a node share and request threads may touch. Thread-safe. */
public final class NodeHub {

    final long gapNanos;
    final RunningRequests requests = new RunningRequests();

    /** The node has stopped: nothing is metered any more. */
    private volatile boolean closed;

    /** Sessions that were at rest at the last checkpoint and are active again; at most one entry for each session. */
    private final ConcurrentLinkedQueue<Session> awake = new ConcurrentLinkedQueue<>();

    private final Optional<Runnable> journalBell;

    /**
     * A hub.
     *
     * @param gapMillis longest pause that counts
     * @param journalBell called by request threads when the journal has something to write, must not block; empty when
     *     there is no journal
     */
    public NodeHub(long gapMillis, Optional<Runnable> journalBell) {
        this.gapNanos = MILLISECONDS.toNanos(gapMillis);
        this.journalBell = journalBell;
    }

    public boolean closed() {
        return closed;
    }

    void close() {
        closed = true;
    }

    /** The journal has to note a session at once. */
    void markDirty(Session session) {
        if (journalBell.isPresent()) {
            awake.add(session);
            journalBell.get().run();
        }
    }

    @Nullable Session nextAwake() {
        return awake.poll();
    }
}
