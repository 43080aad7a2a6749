package io.hourmeter.server.ledger.sqlite;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.server.ledger.store.LedgerStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

/**
 * A SQLite ledger that is only read, by a process that is not its license server. It takes no lock, creates no file and
 * brings no schema up to date.
 *
 * <p>Where a server is at work or was killed there is a write-ahead log, which is read with the file. A file without one
 * was closed cleanly and is read as it is: SQLite would else create an empty log beside it, which fails in a folder that
 * may only be read, and which the server of another user could not open afterwards.
 */
final class SqliteReader implements AutoCloseable {

    private final Path path;
    private final String url;
    /** What a file that is read as it is looks like; null where its log is read with it. */
    private final @Nullable String fingerprint;

    private final boolean upToDate;
    private final HikariDataSource connections;

    private SqliteReader(Path path, boolean asItIs) throws SQLException, IOException {
        this.path = path;
        this.url = asItIs ? "jdbc:sqlite:file:" + path.toUri().getRawPath() + "?immutable=1" : SqliteFile.url(path);
        this.fingerprint = asItIs ? fingerprint(path) : null;
        // Before the pool, which would log a failure at length.
        try (Connection connection = connection()) {
            this.upToDate = SchemaScripts.SQLITE.upToDate(connection);
        }
        this.connections = SqliteStore.readers(url);
    }

    /**
     * Opens a ledger, of this version or an older one.
     *
     * @throws LicenseServerUnavailableException with one line if it cannot be read, or is no ledger
     */
    static SqliteReader open(Path path) {
        SqliteLibrary.load();
        Path log = SqliteFile.log(path);
        try {
            if (!Files.exists(log)) {
                return new SqliteReader(path, true);
            }
            try {
                return new SqliteReader(path, false);
            } catch (SQLException e) {
                if (!mayNotWrite(e)) {
                    throw e;
                }
                if (Files.size(log) == 0) {
                    return new SqliteReader(path, true);
                }
                throw cannotBeRead(
                        path,
                        "its write-ahead log " + log.getFileName()
                                + " has to be read with it, and for that this user must"
                                + " be able to write the folder; do it as the user of the license server, or with a copy"
                                + " of both files",
                        e);
            }
        } catch (LicenseServerUnavailableException e) {
            throw e.getCause() == null ? cannotBeRead(path, String.valueOf(e.getMessage()), null) : e;
        } catch (SQLException | IOException | HikariPool.PoolInitializationException e) {
            throw cannotBeRead(path, SqliteFailure.reason(e), e);
        }
    }

    private static boolean mayNotWrite(SQLException failure) {
        int code = failure.getErrorCode() & 0xff;
        return code == SQLiteErrorCode.SQLITE_CANTOPEN.code || code == SQLiteErrorCode.SQLITE_READONLY.code;
    }

    private static LicenseServerUnavailableException cannotBeRead(Path path, String why, @Nullable Exception cause) {
        return new LicenseServerUnavailableException("the ledger " + path + " cannot be read: " + why, cause);
    }

    private Connection connection() throws SQLException {
        return SqliteStore.dataSource(url, SqliteStore.settings(true)).getConnection();
    }

    /** Whether this version's tables are in it, and not those of an older one. */
    boolean upToDate() {
        return upToDate;
    }

    private LedgerStore.Reads reads() {
        return new SqliteReads(connections, TimeSource.get());
    }

    /**
     * Reads what is there now.
     *
     * @throws LicenseServerUnavailableException with one line if the tables are an older version's, or the file has changed
     */
    <T> T read(Function<LedgerStore.Reads, T> reading) {
        if (!upToDate) {
            throw cannotBeRead(
                    path,
                    "it was made by an older version of this program; the next start of the license server brings it up"
                            + " to date",
                    null);
        }
        T found = reading.apply(reads());
        refuseIfChanged();
        return found;
    }

    /** Writes all of it, as it is at one moment, into a file that is empty or not there. */
    void copyTo(Path target) throws SQLException {
        try (Connection connection = connection();
                PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
            copy.setString(1, target.toString());
            copy.executeUpdate();
        }
        refuseIfChanged();
    }

    /**
     * Looks at every page and every reference.
     *
     * @throws LicenseServerUnavailableException with one line if there is anything wrong
     */
    void checkIntegrity() throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("PRAGMA integrity_check(1)")) {
                String first = row.next() ? row.getString(1) : "nothing was answered";
                if (!first.equals("ok")) {
                    throw cannotBeRead(
                            path,
                            "the file is damaged: " + first.lines().findFirst().orElse(""),
                            null);
                }
            }
            try (ResultSet row = statement.executeQuery("PRAGMA foreign_key_check")) {
                if (row.next()) {
                    throw cannotBeRead(
                            path, "the file is damaged: a row of " + row.getString(1) + " belongs to none", null);
                }
            }
        }
    }

    /** Whoever reads a file as it is must know that nobody has written it meanwhile. */
    private void refuseIfChanged() {
        try {
            if (fingerprint != null && !fingerprint.equals(fingerprint(path))) {
                throw cannotBeRead(path, "a license server has begun to write it meanwhile; do this again", null);
            }
        } catch (IOException e) {
            throw cannotBeRead(path, FileFailure.reason(e), e);
        }
    }

    private static String fingerprint(Path path) throws IOException {
        Path log = SqliteFile.log(path);
        long logged = Files.exists(log) ? Files.size(log) : 0;
        return Files.getLastModifiedTime(path) + " " + Files.size(path) + " " + logged;
    }

    @Override
    public void close() {
        connections.close();
    }
}
