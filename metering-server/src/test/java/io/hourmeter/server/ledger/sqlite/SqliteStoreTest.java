package io.hourmeter.server.ledger.sqlite;

import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.server.ledger.ChildJvm;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.server.ledger.TestLedgers;
import io.hourmeter.server.ledger.calls.CreateCall;
import io.hourmeter.server.ledger.calls.CreditCall;
import io.hourmeter.server.ledger.calls.KeyMaker;
import io.hourmeter.server.ledger.store.LedgerDatabase;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.LedgerStoreContract;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.StoreClock;
import io.hourmeter.server.ledger.store.StoreException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqliteStoreTest extends LedgerStoreContract {

    @TempDir
    Path folder;

    @Override
    protected LedgerDatabase database() {
        return new SqliteDatabase(TestLedgers.url(folder.resolve("contract")));
    }

    @Override
    protected void breakConnection(LedgerStore.Transaction transaction) {
        ((SqliteTransaction) transaction).writer().close();
    }

    @Test
    void createsFolderAndFileForTheirOwnerAlone() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        Path data = folder.resolve("deep/data");
        try (Ledger ledger = TestLedgers.open(data, TimeSource.get())) {
            create(ledger, HOUR);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                    .isEqualTo("rwx------");
            for (String file : new String[] {"licenses.db", "licenses.db-wal", "licenses.db-shm", "licenses.db.lock"}) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(file))))
                        .as(file)
                        .isEqualTo("rw-------");
            }
        }
    }

    @Test
    void refusesAConnectionWhoseCommitsAreNotDurable() throws Exception {
        String url = TestLedgers.url(folder);
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (String settings : new String[] {
                "PRAGMA journal_mode = delete; PRAGMA synchronous = 2; PRAGMA foreign_keys = 1",
                "PRAGMA journal_mode = wal; PRAGMA synchronous = 1; PRAGMA foreign_keys = 1",
                "PRAGMA journal_mode = wal; PRAGMA synchronous = 2; PRAGMA foreign_keys = 0"
            }) {
                for (String pragma : settings.split(";")) {
                    statement.execute(pragma);
                }
                assertThatThrownBy(() -> SqliteStore.refuseUnlessDurable(connection))
                        .isInstanceOf(LicenseServerUnavailableException.class)
                        .hasMessageContaining("would not be durable");
            }
            statement.execute("PRAGMA journal_mode = wal");
            statement.execute("PRAGMA synchronous = 2");
            statement.execute("PRAGMA foreign_keys = 1");
            SqliteStore.refuseUnlessDurable(connection);
        }
    }

    @Test
    void aFullDiskFailsTheCallAndLaterOnesAreDoneWhenThereIsRoomAgain() throws Exception {
        Path file = folder.resolve("licenses.db");
        try (SqliteStore store = SqliteStore.open(file, StoreClock.of(TimeSource.get()))) {
            CreateCall create = new CreateCall(
                    NewLicense.of(TestLedgers.CUSTOMER, HOUR), "create-1", TestLedgers.ACTOR, new KeyMaker("RL"), null);
            LicenseKey license = TestLedgers.commit(store, create).key();
            try (SqliteTransaction transaction = store.begin()) {
                transaction.load(new LoadRequest());
                transaction.writer().get("PRAGMA max_page_count = 1").execute();
            }
            int credited = 0;
            StoreException failure = null;
            while (failure == null) {
                try {
                    TestLedgers.commit(store, bulky(license, credited));
                    credited++;
                } catch (StoreException e) {
                    failure = e;
                }
            }
            assertThat(failure.reason()).isEqualTo("the disk is full");
            assertThat(failure.blamesData()).isFalse();
            // The limit was the failed connection's own.
            assertThat(TestLedgers.commit(store, bulky(license, credited))
                            .balance()
                            .purchasedMillis())
                    .isEqualTo(HOUR.toMillis() + credited + 1);
        }
    }

    @Test
    void aPlainCopyOfTheFileOfAQuietLedgerIsWhole() throws Exception {
        Path file = folder.resolve("licenses.db");
        try (SqliteStore store = SqliteStore.open(file, StoreClock.of(TimeSource.get()))) {
            for (int i = 0; i < 44; i++) {
                TestLedgers.commit(
                        store,
                        new CreateCall(
                                NewLicense.of(TestLedgers.CUSTOMER, HOUR),
                                null,
                                TestLedgers.ACTOR,
                                new KeyMaker("RL"),
                                null));
                // Something is written each time: not quiet.
                store.tidyWhenQuiet();
            }
            assertThat(Files.size(SqliteFile.log(file))).isGreaterThan(Files.size(file));
            store.tidyWhenQuiet();
            Path copy = Files.createDirectory(folder.resolve("copy"));
            Files.copy(file, copy.resolve("licenses.db"));
            assertThat(Ledger.audit(TestLedgers.config(copy), difference -> {}))
                    .isEqualTo(new Ledger.Audit(44, 0, 44, 0));
        }
    }

    private static CreditCall bulky(LicenseKey license, int number) {
        return new CreditCall(
                license, 1, null, "key-" + number, "r".repeat(255), "d".repeat(1_000), TestLedgers.ACTOR, false);
    }

    @Test
    void aLinkAndItsTargetAreOneLedger() throws Exception {
        Path real = Files.createDirectory(folder.resolve("real"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);
        try (Ledger first = TestLedgers.open(link.resolve("data"), TimeSource.get());
                Ledger second = TestLedgers.open(real.resolve("data"), TimeSource.get())) {
            var created = create(first, HOUR);
            assertThat(second.validate(created.key()).valid()).isTrue();
        }
    }

    @Test
    void readersCannotWrite() throws Exception {
        try (SqliteStore store = SqliteStore.open(folder.resolve("licenses.db"), StoreClock.of(TimeSource.get()));
                Connection connection = store.readConnection();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeUpdate("DELETE FROM license"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void aTableRefusesTotalsThatContradictEachOther() throws Exception {
        try (Ledger ledger = TestLedgers.open(folder, TimeSource.get())) {
            create(ledger, HOUR);
        }
        try (Connection connection = DriverManager.getConnection(TestLedgers.url(folder));
                Statement statement = connection.createStatement()) {
            for (String update : new String[] {
                "charged = credited + 1", "charged = -1", "reversed = credited + 1", "held = -1", "uncollected = -1"
            }) {
                assertThatThrownBy(() -> statement.executeUpdate("UPDATE license SET " + update))
                        .hasMessageContaining("CHECK");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:sqlite::memory:",
                "jdbc:sqlite:file:licenses.db?mode=memory",
                "jdbc:sqlite:licenses.db?journal_mode=off"
            })
    void refusesUrlsThatNameNoPlainFile(String url) {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, url)
                .build();
        assertThatThrownBy(() -> Ledger.open(config))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("license.server.database=" + url);
    }

    @Test
    void aFileThatIsNoDatabaseIsRefusedInOneLineAndLeftAlone() throws Exception {
        Path file = folder.resolve("licenses.db");
        Files.writeString(file, "not a database, but longer than the header of one. ".repeat(10));
        String before = Files.readString(file);
        assertThatThrownBy(() -> TestLedgers.open(folder, TimeSource.get()))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .message()
                .contains(file.getFileName().toString())
                .doesNotContain("\n");
        assertThat(Files.readString(file)).isEqualTo(before);
    }

    @Test
    void aSecondProcessIsRefusedInOneLineUntilTheFirstEnds() throws Exception {
        TestLedgers.open(folder, TimeSource.get()).close();
        Process other = ChildJvm.start(
                LockHolder.class, folder.resolve("licenses.db.lock").toString());
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("locked");
            assertThatThrownBy(() -> TestLedgers.open(folder, TimeSource.get()))
                    .isInstanceOf(LicenseServerUnavailableException.class)
                    .message()
                    .contains("in use by another process")
                    .doesNotContain("\n");
        } finally {
            other.destroyForcibly();
            assertThat(other.waitFor(1, TimeUnit.MINUTES)).isTrue();
        }
        TestLedgers.open(folder, TimeSource.get()).close();
    }

    @Test
    void anotherApplicationOfTheSameProcessIsRefused() throws Exception {
        TestLedgers.open(folder, TimeSource.get()).close();
        try (FileChannel channel = FileChannel.open(folder.resolve("licenses.db.lock"), StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThatThrownBy(() -> TestLedgers.open(folder, TimeSource.get()))
                    .isInstanceOf(LicenseServerUnavailableException.class)
                    .hasMessageContaining("in use by another process or application");
        }
    }

    /** What a ledger of another process does to the lock file. */
    static final class LockHolder {

        public static void main(String[] arguments) throws Exception {
            try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                System.out.println(lock.isValid() ? "locked" : "not locked");
                // Ends with its parent's pipe, or by force.
                int end = System.in.read();
                System.exit(end);
            }
        }
    }
}
