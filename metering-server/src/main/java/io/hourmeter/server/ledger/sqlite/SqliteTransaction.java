package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.server.ledger.store.ClockWatch;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.StoreException;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One transaction of the writer's connection. It begins immediate, so that what is loaded is locked: SQLite has one
 * writer. Statements run row by row, since there is no network between them and the store.
 */
final class SqliteTransaction implements LedgerStore.Transaction {

    private final SqliteWriter writer;
    private final long storeMillis;
    private final ClockWatch clockWatch;
    private final AtomicLong commits;
    private final Runnable onFailure;
    /** What is to be kept of the clock once this is committed. */
    private ClockWatch.@Nullable Seen seen;
    /** False while something is under way: a transaction closed in that state has failed. */
    private boolean intact;

    private boolean committed;

    SqliteTransaction(
            SqliteWriter writer, long storeMillis, ClockWatch clockWatch, AtomicLong commits, Runnable onFailure) {
        this.writer = writer;
        this.storeMillis = storeMillis;
        this.clockWatch = clockWatch;
        this.commits = commits;
        this.onFailure = onFailure;
    }

    SqliteWriter writer() {
        return writer;
    }

    @Override
    public UnitOfWork load(LoadRequest needs) throws StoreException {
        try {
            UnitOfWork work = new SqliteLoader(writer).load(needs, storeMillis, clockWatch.observe(storeMillis));
            intact = true;
            return work;
        } catch (SQLException e) {
            throw SqliteFailure.failure(e);
        }
    }

    @Override
    public void write(UnitOfWork work) throws StoreException {
        intact = false;
        SqliteSaver saver = new SqliteSaver(writer);
        try {
            saver.save(work);
            if (work.probed() || clockWatch.worthKeeping(ClockWatch.KEEP_MILLIS)) {
                ClockWatch.Seen now = clockWatch.seen();
                saver.write(now);
                seen = now;
            }
        } catch (SQLException e) {
            throw SqliteFailure.failure(e);
        }
    }

    @Override
    public void commit() throws StoreException {
        try {
            writer.commit();
        } catch (SQLException e) {
            throw SqliteFailure.failure(e);
        }
        committed = true;
        commits.incrementAndGet();
        if (seen != null) {
            clockWatch.kept(seen);
        }
    }

    @Override
    public void close() throws StoreException {
        if (committed) {
            return;
        }
        if (intact) {
            try {
                writer.rollback();
            } catch (SQLException e) {
                throw SqliteFailure.failure(e);
            }
        } else {
            // Closing the connection undoes what it has not committed.
            onFailure.run();
        }
    }
}
