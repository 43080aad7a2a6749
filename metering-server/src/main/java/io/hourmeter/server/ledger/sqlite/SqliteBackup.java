package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.server.ledger.store.LedgerDatabase;
import io.hourmeter.server.ledger.store.LedgerStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Copies of a SQLite ledger that are whole and checked before anybody sees them. A copy is made under another name beside
 * its place, looked through page by page, checked, brought to the disk, and only then gets its name.
 */
final class SqliteBackup {

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private SqliteBackup() {}

    /**
     * Copies a ledger, as it is at one moment, while a license server may be at work on it.
     *
     * @param target must not exist
     * @param check looks at the copy
     */
    static <T> T backup(Path ledger, Path target, Function<LedgerStore.Reads, T> check) {
        Path place = target.toAbsolutePath().normalize();
        if (Files.exists(place)) {
            throw exists(place);
        }
        try (Copy copy = new Copy(place)) {
            T checked = copy.of(ledger, check);
            copy.publish();
            return checked;
        } catch (SQLException | IOException e) {
            throw new LicenseServerUnavailableException(
                    "the backup " + place + " cannot be written: " + SqliteFailure.reason(e), e);
        }
    }

    private static LicenseServerUnavailableException exists(Path place) {
        return new LicenseServerUnavailableException(
                "the backup " + place + " cannot be written: there is such a file already", null);
    }

    /**
     * Puts a copy in the place of a ledger that no license server has open.
     *
     * @param keepBeside whether a ledger that is there may be renamed; else there must be none
     */
    static <T> LedgerDatabase.Restored<T> restore(
            Path ledger, Path backup, boolean keepBeside, Function<LedgerStore.Reads, T> check) {
        SqliteFile held = SqliteFile.lock(ledger);
        try (Copy copy = new Copy(ledger)) {
            boolean occupied = size(ledger) > 0 || size(SqliteFile.log(ledger)) > 0;
            if (occupied && !keepBeside) {
                throw new LicenseServerUnavailableException(
                        "the ledger " + ledger + " is there and would be lost; --keep renames it first", null);
            }
            T checked = copy.of(backup, check);
            copy.forgetClock();
            Path kept = occupied ? putAside(ledger) : null;
            copy.replace();
            return new LedgerDatabase.Restored<>(checked, kept);
        } catch (SQLException | IOException e) {
            throw new LicenseServerUnavailableException(
                    "the ledger " + ledger + " cannot be restored: " + SqliteFailure.reason(e), e);
        } finally {
            held.close();
        }
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /**
     * Gives a ledger another name as well. Its log goes along: it must not be there any more when another file gets the
     * ledger's name, since SQLite would write it into that one. A ledger that can be read has its log folded in before, so
     * that it is whole at every moment.
     */
    private static Path putAside(Path ledger) throws IOException {
        if (readable(ledger)) {
            foldLog(ledger);
        }
        Path kept = SqliteFile.beside(ledger, ".replaced-" + STAMP.format(Instant.now()));
        link(ledger, kept);
        if (size(SqliteFile.log(ledger)) > 0) {
            Files.move(SqliteFile.log(ledger), SqliteFile.log(kept));
        }
        Files.deleteIfExists(SqliteFile.log(ledger));
        Files.deleteIfExists(SqliteFile.beside(ledger, "-shm"));
        return kept;
    }

    private static boolean readable(Path ledger) {
        try (SqliteReader reader = SqliteReader.open(ledger)) {
            reader.checkIntegrity();
            return true;
        } catch (SQLException | LicenseServerUnavailableException e) {
            // Whatever is wrong with it: its files are kept as they are, for whoever can read them.
            return false;
        }
    }

    /** Writes the log into the ledger, as its last connection does when it closes. */
    private static void foldLog(Path ledger) {
        try (Connection connection = SqliteStore.dataSource(SqliteFile.url(ledger), SqliteStore.settings(false))
                        .getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (SQLException e) {
            // The log stays, and goes along.
        }
    }

    /** A second name for a file, which must be free; where there are no links, the file is renamed. */
    private static void link(Path file, Path name) throws IOException {
        try {
            Files.createLink(name, file);
        } catch (UnsupportedOperationException e) {
            Files.move(file, name);
        }
    }

    /** A copy that has no name yet; closing it removes what has not got one. */
    private static final class Copy implements AutoCloseable {

        private final Path place;
        private final Path part;

        Copy(Path place) throws IOException {
            this.place = place;
            this.part = SqliteFile.beside(place, ".part-" + UUID.randomUUID());
            SqliteFile.createIfMissing(part);
        }

        <T> T of(Path source, Function<LedgerStore.Reads, T> check) throws SQLException, IOException {
            try (SqliteReader reader = SqliteReader.open(source)) {
                reader.copyTo(part);
            }
            sync(part);
            try (SqliteReader reader = SqliteReader.open(part)) {
                reader.checkIntegrity();
                return reader.upToDate() ? reader.read(check) : readUpgraded(check);
            }
        }

        /** A copy of an older version stays what it is; only a copy of the copy is brought up to date. */
        private <T> T readUpgraded(Function<LedgerStore.Reads, T> check) throws SQLException, IOException {
            Path scratch = SqliteFile.beside(part, "-audit");
            try {
                SqliteFile.createIfMissing(scratch);
                Files.copy(part, scratch, StandardCopyOption.REPLACE_EXISTING);
                SqliteStore.upgrade(scratch);
                try (SqliteReader reader = SqliteReader.open(scratch)) {
                    return reader.read(check);
                }
            } finally {
                Files.deleteIfExists(scratch);
            }
        }

        /** What the clock showed when the backup was made says nothing about the clock at its next start. */
        void forgetClock() throws SQLException, IOException {
            try (Connection connection = SqliteStore.dataSource(SqliteFile.url(part), SqliteStore.settings(false))
                            .getConnection();
                    Statement statement = connection.createStatement()) {
                if (SchemaScripts.SQLITE.upToDate(connection)) {
                    statement.executeUpdate("UPDATE clock SET at = 0, ahead = 0, since = 0");
                }
            }
            sync(part);
        }

        /** Gives it its name, which nobody has taken meanwhile. */
        void publish() throws IOException {
            try {
                link(part, place);
            } catch (FileAlreadyExistsException e) {
                throw exists(place);
            }
            syncFolder();
        }

        /** Gives it its name, whoever had it. */
        void replace() throws IOException {
            Files.move(part, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder();
        }

        private static void sync(Path file) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
        }

        private void syncFolder() {
            try (FileChannel folder = FileChannel.open(folder(), StandardOpenOption.READ)) {
                folder.force(true);
            } catch (IOException e) {
                // Some systems do not let a folder be opened; their names are on the disk when a file is.
            }
        }

        private Path folder() {
            @Nullable Path parent = place.getParent();
            return parent == null ? place : parent;
        }

        @Override
        public void close() throws IOException {
            Files.deleteIfExists(part);
            Files.deleteIfExists(SqliteFile.beside(part, "-journal"));
        }
    }
}
