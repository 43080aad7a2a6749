package io.hourmeter.server.ledger;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.hourmeter.LicenseServerUnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;

/**
 * A SQLite ledger that is only read, by a process that is not its license server. It takes no lock, creates no file and
 * brings no schema up to date. The two files of the write-ahead log are SQLite's own affair: where a server is at work or
 * was killed they are there and are needed, else SQLite makes empty ones.
 */
final class SqliteReader implements AutoCloseable {

    private final HikariDataSource connections;

    private SqliteReader(HikariDataSource connections) {
        this.connections = connections;
    }

    /**
     * Opens a ledger.
     *
     * @throws LicenseServerUnavailableException with one line if there is no such file, or no ledger of this version in it
     */
    static SqliteReader open(String url) {
        Path path = SqliteFile.existing(url);
        HikariDataSource connections;
        try {
            connections = SqliteStore.readers(SqliteFile.url(path));
        } catch (HikariPool.PoolInitializationException e) {
            throw new LicenseServerUnavailableException(cannotBeRead(path, SqliteFailure.firstLine(e)), e);
        }
        try (Connection connection = connections.getConnection()) {
            SchemaScripts.SQLITE.check(connection);
            return new SqliteReader(connections);
        } catch (SQLException | LicenseServerUnavailableException e) {
            connections.close();
            throw new LicenseServerUnavailableException(cannotBeRead(path, SqliteFailure.firstLine(e)), e);
        }
    }

    private static String cannotBeRead(Path path, String why) {
        return "the ledger " + path + " cannot be read: " + why;
    }

    /** Thread-safe, until this is closed. */
    LedgerStore.Reads reads() {
        return new SqliteReads(connections, InstantSource.system());
    }

    @Override
    public void close() {
        connections.close();
    }
}
