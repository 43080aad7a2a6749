package io.hourmeter.server.ledger;

import io.hourmeter.internal.DaemonThreads;
import io.hourmeter.internal.UncaughtErrors;
import io.hourmeter.server.ledger.calls.LapseCall;
import io.hourmeter.server.ledger.calls.ProbeCall;
import io.hourmeter.server.ledger.store.LedgerDatabase;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.StoreClock;
import io.hourmeter.server.ledger.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open database: its store, its writer, and the reaper that ends the leases of silent nodes. Shared by all
 * {@link Ledger}s of this process on that database and closed by the last of them. Thread-safe.
 */
final class LedgerEngine {

    private static final Logger LOG = LoggerFactory.getLogger(LedgerEngine.class);

    /** What a hold outlives its end by at most; a longer wait keeps other nodes refused, a shorter one costs scans. */
    private static final long REAP_SECONDS = 10;

    /** A ledger that nobody writes is written so often all the same: when it was open last says whether a clock is right. */
    private static final long HEARTBEAT_MILLIS = TimeUnit.HOURS.toMillis(1);

    /** Licenses of one pass; the rest is found by the next one. */
    private static final int REAP_LIMIT = 200;

    private static final long REAP_WAIT_SECONDS = 10;

    /** The open ones by database; guarded by itself. */
    private static final Map<String, LedgerEngine> OPEN = new HashMap<>();

    /** More than any call waits for its turn: what a step of the calendar meanwhile can count for. */
    private static final long LONGEST_WAIT_MILLIS = 10_000;

    private final String database;
    private final InstantSource clock;
    private final LedgerStore store;
    private final GroupCommit writer;
    private final LedgerProbe probe;
    private final ScheduledExecutorService reaper;
    /** Guarded by {@link #OPEN}. */
    private int users = 1;

    private LedgerEngine(String database, LedgerStore store, InstantSource clock) {
        this.database = database;
        this.clock = clock;
        this.store = store;
        this.writer = new GroupCommit(store, GroupCommit.DEFAULT_QUEUE);
        this.probe = new LedgerProbe(store, writer, System::nanoTime);
        this.reaper = Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("hourmeter-ledger-reaper"));
        // The executor swallows what a task throws and never runs it again; reapQuietly therefore throws nothing.
        var unused = reaper.scheduleWithFixedDelay(this::reapQuietly, REAP_SECONDS, REAP_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * The engine of a database, opened if it is not open yet. The clock counts only for the one that opens it.
     *
     * @throws io.hourmeter.LicenseServerUnavailableException with one line if it cannot be opened
     */
    static LedgerEngine acquire(String url, StoreClock clock) {
        // Opening under the lock makes two threads that open the same database share it; it happens at start only.
        synchronized (OPEN) {
            LedgerDatabase place = LedgerDatabases.of(url);
            String database = place.name();
            LedgerEngine engine = OPEN.get(database);
            if (engine == null) {
                engine = new LedgerEngine(database, place.open(clock), clock.calendar());
                OPEN.put(database, engine);
                LOG.info("ledger open: {}", database);
            } else {
                engine.users++;
            }
            return engine;
        }
    }

    /** Gives the engine back; the last user closes it. */
    void release() {
        synchronized (OPEN) {
            users--;
            if (users > 0) {
                return;
            }
            OPEN.remove(database);
            reaper.shutdownNow();
            writer.close();
            store.close();
            LOG.info("ledger closed: {}", database);
        }
    }

    /** How long ago, whenever it is asked, a message came that was under way here for so long until now. */
    LongSupplier waitingSince(Duration underWay) {
        long arrived = clock.millis() - Math.max(0, underWay.toMillis());
        return () -> Math.min(Math.max(0, clock.millis() - arrived), LONGEST_WAIT_MILLIS);
    }

    GroupCommit writer() {
        return writer;
    }

    LedgerProbe probe() {
        return probe;
    }

    LedgerStore.Reads reads() {
        return store.reads();
    }

    /** Ends the leases whose nodes have been silent for too long; returns for how many licenses. */
    int reap() throws StoreException, InterruptedException, ExecutionException, TimeoutException {
        List<Long> overdue = store.reads().overdue(REAP_LIMIT);
        if (overdue.isEmpty()) {
            return 0;
        }
        return writer.submit(new LapseCall(overdue)).get(REAP_WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private void reapQuietly() {
        try {
            if (store.clockWorthKeeping(HEARTBEAT_MILLIS)) {
                writer.submit(new ProbeCall()).get(REAP_WAIT_SECONDS, TimeUnit.SECONDS);
            }
            store.tidyWhenQuiet();
            int licenses = reap();
            if (licenses > 0) {
                LOG.info("leases of silent nodes ended on {} licenses", licenses);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            // The next pass tries again; what lapsed is also seen by any transaction on the license.
            UncaughtErrors.tell(e);
            LOG.warn("the leases of silent nodes could not be ended, trying again in {} s", REAP_SECONDS, e);
        }
    }
}
