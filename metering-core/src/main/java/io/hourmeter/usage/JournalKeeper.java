package io.hourmeter.usage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the crash journal up to date: all leases each interval, and a lease at once when its session becomes active after
 * a checkpoint at which it was at rest. Runs on one thread of its own, except for the bell.
 */
final class JournalKeeper {

    /** Single records appended until the journal is written anew, beyond twice the number of live leases. */
    private static final int APPENDED_AT_LEAST = 1_000;

    private final Journal journal;
    private final long intervalNanos;
    private final Ticker ticker;
    private final SeldomLog seldom;
    private final Semaphore bell = new Semaphore(0);
    private final Map<String, JournalRecord> written = new HashMap<>();
    private int appended;
    private long nextCheckpoint;
    private volatile boolean stopped;

    JournalKeeper(Journal journal, long intervalMillis, Ticker ticker, SeldomLog seldom) {
        this.journal = journal;
        this.intervalNanos = intervalMillis * Lease.MILLI;
        this.ticker = ticker;
        this.seldom = seldom;
        for (JournalRecord left : journal.leftovers()) {
            written.put(left.lease(), left);
        }
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
    void keepUntilStopped(Engine engine) {
        while (!stopped) {
            try {
                long pause = nextCheckpoint - ticker.nanos();
                bell.tryAcquire(Math.max(1, pause), TimeUnit.NANOSECONDS);
                bell.drainPermits();
                if (!stopped) {
                    keep(engine);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                seldom.error("journal", "The crash journal failed; metering goes on without it", e);
            }
        }
    }

    /** Writes what is due now. */
    void keep(Engine engine) {
        try {
            List<JournalRecord> awake = engine.awake();
            if (!awake.isEmpty()) {
                append(awake);
            }
            if (ticker.nanos() >= nextCheckpoint) {
                nextCheckpoint = ticker.nanos() + intervalNanos;
                checkpoint(engine.checkpoint());
            }
        } catch (IOException e) {
            seldom.warn(
                    "journal",
                    "The crash journal could not be written; a crash now loses use since the last report",
                    e);
        }
    }

    /** Writes the journal anew with what nobody has acknowledged; the keeper's thread must have ended. */
    void finish(List<JournalRecord> left) {
        try {
            writeAll(left);
        } catch (IOException e) {
            seldom.warn("journal end", "The crash journal could not be written at the end", e);
        }
        journal.close();
    }

    private void checkpoint(List<JournalRecord> all) throws IOException {
        List<JournalRecord> changed = new ArrayList<>();
        for (JournalRecord now : all) {
            if (!now.equals(written.get(now.lease()))) {
                changed.add(now);
            }
        }
        boolean nothingLeft = all.isEmpty() && !written.isEmpty();
        if (nothingLeft || appended + changed.size() > 2 * all.size() + APPENDED_AT_LEAST) {
            writeAll(all);
        } else if (!changed.isEmpty()) {
            append(changed);
        }
    }

    private void append(List<JournalRecord> records) throws IOException {
        journal.append(records);
        appended += records.size();
        for (JournalRecord now : records) {
            written.put(now.lease(), now);
        }
    }

    private void writeAll(List<JournalRecord> all) throws IOException {
        journal.checkpoint(all);
        appended = 0;
        written.clear();
        for (JournalRecord now : all) {
            written.put(now.lease(), now);
        }
    }
}
