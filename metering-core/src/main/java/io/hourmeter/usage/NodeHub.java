package io.hourmeter.usage;

import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** What all sessions of a node share and request threads may touch. Thread-safe. */
final class NodeHub {

    final Ticker ticker;
    final long gapNanos;
    final RunningRequests requests = new RunningRequests();
    final TimeUpActions timeUp = new TimeUpActions();

    /** The node has stopped: nothing is metered any more. */
    volatile boolean closed;

    /** Sessions that were at rest at the last checkpoint and are active again; at most one entry for each session. */
    private final ConcurrentLinkedQueue<Session> awake = new ConcurrentLinkedQueue<>();

    private final Optional<Runnable> journalBell;

    /**
     * A hub.
     *
     * @param ticker the clocks
     * @param gapMillis longest pause that counts
     * @param journalBell called by request threads when the journal has something to write, must not block; empty when
     *     there is no journal
     */
    NodeHub(Ticker ticker, long gapMillis, Optional<Runnable> journalBell) {
        this.ticker = ticker;
        this.gapNanos = gapMillis * Lease.MILLI;
        this.journalBell = journalBell;
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
