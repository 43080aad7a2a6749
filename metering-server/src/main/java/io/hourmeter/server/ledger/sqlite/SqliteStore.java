package io.hourmeter.server.ledger.sqlite;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.server.ledger.store.ClockWatch;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.StoreClock;
import io.hourmeter.server.ledger.store.StoreException;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * The ledger in one SQLite file: write-ahead log, synchronized to disk at every commit, one connection that writes and
 * a few that read. The calendar is this process's clock, since the file has none.
 */
public final class SqliteStore implements LedgerStore {

    /** Reads are short and SQLite runs each on its caller's thread: more connections than cores bring nothing. */
    private static final int READ_CONNECTIONS = 4;

    /** How long a read waits for a free connection. */
    private static final long READ_WAIT_MILLIS = 2_000;

    /** Only an administrator's tool on the same file can make the writer wait at all. */
    private static final int BUSY_MILLIS = 5_000;

    /** 16 MiB of pages for the writer, so that the index of a large ledger stays in memory; negative means KiB. */
    private static final int WRITER_CACHE_KIB = -16_384;

    /** SQLite's own default, for each connection that reads. */
    private static final int READER_CACHE_KIB = -2_000;

    /** Connections beyond the first are kept this long after they were needed. */
    private static final long IDLE_MILLIS = 60_000;

    private static final String READERS = "hourmeter-ledger-readers";

    private static final int FULL = 2;

    private final SqliteFile file;
    private final HikariDataSource readers;
    private final SqliteReads reads;
    private final InstantSource clock;
    private final ClockWatch clockWatch;
    private final AtomicLong commits = new AtomicLong();
    /** How many commits there were when {@link #tidyWhenQuiet} looked last, and when the log was folded in last. */
    private long commitsSeen = -1;

    private long commitsFolded = -1;
    /** Used by the writer's thread alone; null after a failure, until the next transaction opens another. */
    private @Nullable SqliteWriter writer;

    private SqliteStore(
            SqliteFile file,
            SqliteWriter writer,
            HikariDataSource readers,
            InstantSource clock,
            ClockWatch clockWatch) {
        this.file = file;
        this.writer = writer;
        this.readers = readers;
        this.reads = new SqliteReads(readers, clock);
        this.clock = clock;
        this.clockWatch = clockWatch;
    }

    /**
     * Takes the file, brings the schema up to date and checks that a commit will be durable.
     *
     * @throws LicenseServerUnavailableException with one line if any of it fails
     */
    static SqliteStore open(Path path, StoreClock clock) {
        SqliteLibrary.load();
        SqliteFile file = SqliteFile.hold(path);
        SqliteWriter writer = null;
        HikariDataSource readers = null;
        try {
            upgrade(path);
            writer = openWriter(file);
            readers = readers(file.url());
            ClockWatch watch =
                    new ClockWatch(SqliteReads.clock(readers), clock.calendar().millis(), clock.nanos());
            SqliteStore store = new SqliteStore(file, writer, readers, clock.calendar(), watch);
            store.write();
            return store;
        } catch (SQLException
                | StoreException
                | HikariPool.PoolInitializationException
                | LicenseServerUnavailableException e) {
            if (readers != null) {
                readers.close();
            }
            if (writer != null) {
                writer.close();
            }
            file.close();
            throw new LicenseServerUnavailableException(
                    "the ledger " + path + " cannot be opened: " + SqliteFailure.reason(e), e);
        }
    }

    /** Writes the first row: SQLite opens a file that it may not write all the same, and says so with the first write. */
    private void write() throws StoreException {
        try (SqliteTransaction transaction = begin()) {
            UnitOfWork work = transaction.load(new LoadRequest());
            work.probe();
            transaction.write(work);
            transaction.commit();
        }
    }

    static SQLiteConfig settings(boolean readOnly) {
        SQLiteConfig config = new SQLiteConfig();
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(BUSY_MILLIS);
        config.setCacheSize(readOnly ? READER_CACHE_KIB : WRITER_CACHE_KIB);
        config.enforceForeignKeys(true);
        // On macOS a plain fsync leaves the data in the disk's cache; elsewhere this changes nothing.
        config.enableFullSync(true);
        config.setReadOnly(readOnly);
        config.setTransactionMode(
                readOnly ? SQLiteConfig.TransactionMode.DEFERRED : SQLiteConfig.TransactionMode.IMMEDIATE);
        return config;
    }

    static SQLiteDataSource dataSource(String url, SQLiteConfig settings) {
        SQLiteDataSource source = new SQLiteDataSource(settings);
        source.setUrl(url);
        return source;
    }

    /** Before the write-ahead log is switched on, which is written into the file: it may turn out to be no ledger. */
    static void upgrade(Path path) throws SQLException {
        try (Connection connection =
                dataSource(SqliteFile.url(path), settings(false)).getConnection()) {
            connection.setAutoCommit(false);
            SchemaScripts.SQLITE.upgrade(connection);
        }
    }

    private static SqliteWriter openWriter(SqliteFile file) throws SQLException {
        SQLiteConfig settings = settings(false);
        // Kept in the file itself, so that connections that read find it so.
        settings.setJournalMode(SQLiteConfig.JournalMode.WAL);
        Connection connection = dataSource(file.url(), settings).getConnection();
        try {
            refuseUnlessDurable(connection);
            connection.setAutoCommit(false);
            return new SqliteWriter(connection);
        } catch (SQLException | LicenseServerUnavailableException e) {
            connection.close();
            throw e;
        }
    }

    /** Connections that only read. */
    static HikariDataSource readers(String url) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(READERS);
        config.setDataSource(dataSource(url, settings(true)));
        config.setReadOnly(true);
        config.setAutoCommit(false);
        config.setMaximumPoolSize(READ_CONNECTIONS);
        config.setConnectionTimeout(READ_WAIT_MILLIS);
        // A connection to a file does not go stale.
        config.setMaxLifetime(0);
        config.setMinimumIdle(1);
        config.setIdleTimeout(IDLE_MILLIS);
        StandbyThreads threads = new StandbyThreads(READERS);
        config.setThreadFactory(threads);
        try {
            return new HikariDataSource(config) {
                @Override
                public void close() {
                    super.close();
                    threads.close();
                }
            };
        } catch (RuntimeException | Error e) {
            threads.close();
            throw e;
        }
    }

    /** What a driver's default, an older file or a network drive may have made of the settings above is read back. */
    static void refuseUnlessDurable(Connection connection) throws SQLException {
        String journal = pragma(connection, "journal_mode");
        String synchronous = pragma(connection, "synchronous");
        String foreignKeys = pragma(connection, "foreign_keys");
        if (!"wal".equalsIgnoreCase(journal) || Integer.parseInt(synchronous) < FULL || !"1".equals(foreignKeys)) {
            throw new LicenseServerUnavailableException(
                    "the ledger would not be durable here: journal_mode=" + journal + ", synchronous=" + synchronous
                            + ", foreign_keys=" + foreignKeys + "; needed are wal, at least 2 and 1",
                    null);
        }
    }

    private static String pragma(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA " + name)) {
            return result.next() ? result.getString(1) : "";
        }
    }

    /** One of the connections that read. */
    Connection readConnection() throws SQLException {
        return readers.getConnection();
    }

    /**
     * Begins a transaction, on a new connection if the one before has failed: after an error such as a full disk the
     * driver's statements are unusable, and it is not worth knowing which.
     */
    @Override
    public SqliteTransaction begin() throws StoreException {
        SqliteWriter current = writer;
        if (current == null) {
            try {
                current = openWriter(file);
            } catch (SQLException e) {
                throw SqliteFailure.failure(e);
            }
            writer = current;
        }
        return new SqliteTransaction(current, clock.millis(), clockWatch, commits, this::dropWriter);
    }

    private void dropWriter() {
        if (writer != null) {
            writer.close();
            writer = null;
        }
    }

    @Override
    public boolean clockWorthKeeping(long afterMillis) {
        clockWatch.observe(clock.millis());
        return clockWatch.worthKeeping(afterMillis);
    }

    /**
     * Folds the write-ahead log into the file, so that a plain copy of the file has nearly everything in it. Under load
     * SQLite does so by itself every thousand pages, and once more would only cost the callers time.
     */
    @Override
    public void tidyWhenQuiet() throws StoreException {
        long now = commits.get();
        boolean quiet = now == commitsSeen;
        commitsSeen = now;
        if (quiet && now != commitsFolded) {
            // On a connection of its own, passively: neither the writer nor a reader ever waits for it.
            try (Connection connection = dataSource(file.url(), settings(false)).getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
            } catch (SQLException e) {
                throw SqliteFailure.failure(e);
            }
            commitsFolded = now;
        }
    }

    @Override
    public Reads reads() {
        return reads;
    }

    @Override
    public void close() {
        readers.close();
        dropWriter();
        file.close();
    }
}
