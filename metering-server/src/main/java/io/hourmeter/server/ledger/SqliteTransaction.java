package io.hourmeter.server.ledger;

import java.sql.SQLException;

/**
 * One transaction of the writer's connection. It begins immediate, so that what is loaded is locked: SQLite has one
 * writer. Statements run row by row, since there is no network between them and the store.
 */
final class SqliteTransaction implements LedgerStore.Transaction {

    private final SqliteWriter writer;
    private final long storeMillis;
    private final Runnable onFailure;
    /** False while something is under way: a transaction closed in that state has failed. */
    private boolean intact;

    private boolean committed;

    SqliteTransaction(SqliteWriter writer, long storeMillis, Runnable onFailure) {
        this.writer = writer;
        this.storeMillis = storeMillis;
        this.onFailure = onFailure;
    }

    SqliteWriter writer() {
        return writer;
    }

    @Override
    public WorkSet load(Needs needs) throws SQLException {
        WorkSet work = new SqliteLoader(writer).load(needs, storeMillis);
        intact = true;
        return work;
    }

    @Override
    public void write(WorkSet work) throws SQLException {
        intact = false;
        new SqliteSaver(writer).save(work);
    }

    @Override
    public void commit() throws SQLException {
        writer.commit();
        committed = true;
    }

    @Override
    public void close() throws SQLException {
        if (committed) {
            return;
        }
        if (intact) {
            writer.rollback();
        } else {
            // Closing the connection undoes what it has not committed.
            onFailure.run();
        }
    }
}
