package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.server.ledger.store.LedgerDatabase;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.StoreClock;
import java.nio.file.Path;
import java.util.function.Function;

/** A ledger in a SQLite file. */
public final class SqliteDatabase implements LedgerDatabase {

    private final String url;

    /**
     * A database that need not be there.
     *
     * @param url one that {@link #accepts} accepts
     */
    public SqliteDatabase(String url) {
        this.url = url;
    }

    /** Whether a URL names a database of this kind. */
    public static boolean accepts(String url) {
        return SqliteFile.isSqlite(url);
    }

    @Override
    public String name() {
        return SqliteFile.locate(url).toString();
    }

    @Override
    public LedgerStore open(StoreClock clock) {
        return SqliteStore.open(SqliteFile.locate(url), clock);
    }

    @Override
    public <T> T read(Function<LedgerStore.Reads, T> reading) {
        try (SqliteReader ledger = SqliteReader.open(SqliteFile.existing(url))) {
            return ledger.read(reading);
        }
    }

    @Override
    public <T> T backup(Path target, Function<LedgerStore.Reads, T> check) {
        return SqliteBackup.backup(SqliteFile.existing(url), target, check);
    }

    @Override
    public <T> Restored<T> restore(Path backup, boolean keep, Function<LedgerStore.Reads, T> check) {
        return SqliteBackup.restore(SqliteFile.locate(url), backup, keep, check);
    }
}
