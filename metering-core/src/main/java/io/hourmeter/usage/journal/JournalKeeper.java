package io.hourmeter.usage.journal;

import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.internal.Ticker;
import io.hourmeter.usage.node.LeaseRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the crash journal up to date: all leases each interval, and a lease at once when its session becomes active after
 * a checkpoint at which it was at rest. Runs on one thread of its own, except for the bell.
 */
public final class JournalKeeper {

    /** Where the records come from. */
    public interface Source {

        /** Sessions that became active since they were last seen at rest. */
        List<LeaseRecord> awake();

        /** Every live or unacknowledged lease, computed now. */
        List<LeaseRecord> checkpoint();
    }

    /** A journal that takes no more is written anew, but not for each request. */
    private static final long SHORTEST_PAUSE = TimeUnit.SECONDS.toNanos(1);

    private final Journal journal;
    private final long intervalNanos;
    private final Ticker ticker;
    private final RateLimitedLogger limitedLog;
    private final Semaphore bell = new Semaphore(0);
    private long lastCheckpoint = -SHORTEST_PAUSE;
    private long nextCheckpoint;
    private volatile boolean stopped;
    /** When the journal last had everything. */
    private volatile long complete;

    public JournalKeeper(Journal journal, long intervalMillis, Ticker ticker, RateLimitedLogger limitedLog) {
        this.journal = journal;
        this.intervalNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
        this.ticker = ticker;
        this.limitedLog = limitedLog;
        this.complete = ticker.nanos();
    }

    public List<LeaseRecord> leftovers() {
        return journal.leftovers();
    }

    /** Called by request threads. Does not block. */
    public void ring() {
        // One permit is enough: the keeper takes all sessions that are awake.
        if (bell.availablePermits() == 0) {
            bell.release();
        }
    }

    public void stop() {
        stopped = true;
        bell.release();
    }

    /** The life of the keeper's thread. */
    public void keepUntilStopped(Source source) {
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
                limitedLog.error("journal", "The crash journal failed; metering goes on without it", e);
            }
        }
    }

    /** Writes what is due now. */
    public void keep(Source source) {
        try {
            boolean instead = !appended(source.awake()) && ticker.nanos() - lastCheckpoint >= SHORTEST_PAUSE;
            if (instead || ticker.nanos() >= nextCheckpoint) {
                lastCheckpoint = ticker.nanos();
                nextCheckpoint = lastCheckpoint + intervalNanos;
                journal.checkpoint(source.checkpoint());
                complete = lastCheckpoint;
            }
        } catch (IOException e) {
            limitedLog.warn(
                    "journal",
                    "The crash journal could not be written; a crash now loses use since the last report",
                    e);
        }
    }

    /** How old the last complete checkpoint is. */
    public Duration lag() {
        return Duration.ofNanos(Math.max(0, ticker.nanos() - complete));
    }

    /** Appends records. False when only a checkpoint can help: the journal is full, or its last writing failed. */
    private boolean appended(List<LeaseRecord> awake) {
        try {
            journal.append(awake);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Leaves what nobody has acknowledged to the next start; the keeper's thread must have ended. */
    public void finish(List<LeaseRecord> left) {
        try {
            journal.checkpoint(left);
        } catch (IOException e) {
            limitedLog.warn("journal end", "The crash journal could not be written at the end", e);
        }
        journal.close();
    }
}
