package io.hourmeter.usage;

import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.internal.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the crash journal up to date: all leases each interval, and a lease at once when its session becomes active after
 * a checkpoint at which it was at rest. Runs on one thread of its own, except for the bell.
 */
final class JournalKeeper {

    /** Where the records come from. */
    interface Source {

        /** Sessions that became active since they were last seen at rest. */
        List<JournalRecord> awake();

        /** Every live or unacknowledged lease, computed now. */
        List<JournalRecord> checkpoint();
    }

    /** A journal that takes no more is written anew, but not for each request. */
    private static final long SHORTEST_PAUSE = 1_000 * Lease.MILLI;

    private final Journal journal;
    private final long intervalNanos;
    private final Ticker ticker;
    private final RateLimitedLogger seldom;
    private final Semaphore bell = new Semaphore(0);
    private long lastCheckpoint = -SHORTEST_PAUSE;
    private long nextCheckpoint;
    private volatile boolean stopped;
    /** When the journal last had everything. */
    private volatile long complete;

    JournalKeeper(Journal journal, long intervalMillis, Ticker ticker, RateLimitedLogger seldom) {
        this.journal = journal;
        this.intervalNanos = intervalMillis * Lease.MILLI;
        this.ticker = ticker;
        this.seldom = seldom;
        this.complete = ticker.nanos();
    }

    List<JournalRecord> leftovers() {
        return journal.leftovers();
    }

    /** Called by request threads. Does not block. */
    void ring() {
        // One permit is enough: the keeper takes all sessions that are awake.
        if (bell.availablePermits() == 0) {
            bell.release();
        }
    }

    void stop() {
        stopped = true;
        bell.release();
    }

    /** The life of the keeper's thread. */
    void keepUntilStopped(Source source) {
        while (!stopped) {
            try {
                long pause = nextCheckpoint - ticker.nanos();
                bell.tryAcquire(Math.max(1, pause), TimeUnit.NANOSECONDS);
                bell.drainPermits();
                if (!stopped) {
                    keep(source);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Throwable e) {
                FatalErrors.throwIfFatal(e);
                nextCheckpoint = ticker.nanos() + intervalNanos;
                seldom.error("journal", "The crash journal failed; metering goes on without it", e);
            }
        }
    }

    /** Writes what is due now. */
    void keep(Source source) {
        try {
            boolean instead = !appended(source.awake()) && ticker.nanos() - lastCheckpoint >= SHORTEST_PAUSE;
            if (instead || ticker.nanos() >= nextCheckpoint) {
                lastCheckpoint = ticker.nanos();
                nextCheckpoint = lastCheckpoint + intervalNanos;
                journal.checkpoint(source.checkpoint());
                complete = lastCheckpoint;
            }
        } catch (IOException e) {
            seldom.warn(
                    "journal",
                    "The crash journal could not be written; a crash now loses use since the last report",
                    e);
        }
    }

    /** How old the last complete checkpoint is. */
    Duration lag() {
        return Duration.ofNanos(Math.max(0, ticker.nanos() - complete));
    }

    /** Appends records. False when only a checkpoint can help: the journal is full, or its last writing failed. */
    private boolean appended(List<JournalRecord> awake) {
        try {
            journal.append(awake);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Leaves what nobody has acknowledged to the next start; the keeper's thread must have ended. */
    void finish(List<JournalRecord> left) {
        try {
            journal.checkpoint(left);
        } catch (IOException e) {
            seldom.warn("journal end", "The crash journal could not be written at the end", e);
        }
        journal.close();
    }
}
