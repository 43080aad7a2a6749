package io.hourmeter.server.ledger.sqlite;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR_MILLIS;
import static io.hourmeter.server.ledger.TestLedgers.config;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hourmeter.Credited;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.UsageBatch;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.server.ledger.Difference;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.server.ledger.LogCapture;
import io.hourmeter.server.ledger.ManualClock;
import io.hourmeter.server.ledger.SmallDisk;
import io.hourmeter.server.ledger.TestLedgers;
import io.hourmeter.server.ledger.store.ClockWatch;
import java.io.RandomAccessFile;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteBackupTest {

    @TempDir
    Path folder;

    private final List<Difference> found = new ArrayList<>();
    private Path live;
    private Path elsewhere;
    private Path backup;

    @BeforeEach
    void folders() throws Exception {
        live = folder.resolve("live");
        elsewhere = folder.resolve("elsewhere");
        backup = Files.createDirectory(folder.resolve("backups")).resolve("licenses.backup");
    }

    private Ledger.Audit backup() {
        return Ledger.backup(config(live), backup, found::add);
    }

    private Ledger.Restored restore(Path into, boolean keep) {
        return Ledger.restore(config(into), backup, keep, found::add);
    }

    private static Ledger open(Path data) {
        return TestLedgers.open(data, TimeSource.get());
    }

    private static Path file(Path data) {
        return data.resolve("licenses.db");
    }

    private static void refused(ThrowingCallable call, String... why) {
        assertThatThrownBy(call)
                .isInstanceOf(LicenseServerUnavailableException.class)
                .message()
                .contains(why)
                .doesNotContain("\n");
    }

    private static List<String> files(Path data) throws Exception {
        try (Stream<Path> files = Files.list(data)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void execute(Path file, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA ignore_check_constraints = ON");
            statement.executeUpdate(sql);
        }
    }

    /** The copy of a file alone used to have 0 of 44 licenses in it, and the audit of it said that all was well. */
    @Test
    void aBackupOfARunningLedgerHasEverythingThatIsNotYetInTheFile() throws Exception {
        try (Ledger ledger = open(live)) {
            for (int i = 0; i < 44; i++) {
                create(ledger, HOUR);
            }
            assertThat(backup().licenses()).isEqualTo(44);
            assertThat(found).isEmpty();
            Files.createDirectory(elsewhere);
            Files.copy(file(live), file(elsewhere));
        }
        assertThat(Ledger.audit(config(elsewhere), found::add).licenses())
                .as("a plain copy of the file alone")
                .isZero();
        assertThat(files(backup.getParent())).containsExactly("licenses.backup");
    }

    @Test
    void eachBackupMadeUnderLoadIsWholeAndHasWhatWasAcknowledgedBeforeIt() throws Exception {
        try (Ledger ledger = open(live)) {
            LicenseKey key = create(ledger, HOUR).key();
            AtomicLong acknowledged = new AtomicLong();
            AtomicBoolean stop = new AtomicBoolean();
            Thread writer = new Thread(() -> {
                while (!stop.get()) {
                    ledger.credit(key, 1, null, "", "", ACTOR);
                    acknowledged.incrementAndGet();
                }
            });
            writer.start();
            try {
                for (int i = 0; i < 5; i++) {
                    Path each = backup.resolveSibling("backup-" + i);
                    long before = acknowledged.get();
                    Ledger.Audit audit = Ledger.backup(config(live), each, found::add);
                    assertThat(audit.entries()).isBetween(before + 1, acknowledged.get() + 2);
                }
            } finally {
                stop.set(true);
                writer.join();
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void aBackupIsForItsOwnerAlone() throws Exception {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
        open(live).close();
        backup();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(backup)))
                .isEqualTo("rw-------");
    }

    @Test
    void aFileThatIsThereIsNotOverwritten() throws Exception {
        open(live).close();
        Files.writeString(backup, "mine");
        refused(this::backup, backup.toString(), "there is such a file already");
        assertThat(backup).hasContent("mine");
        assertThat(files(backup.getParent())).containsExactly("licenses.backup");
    }

    @Test
    void aBackupWithoutALedgerOrAFolderIsRefusedInOneLine() throws Exception {
        refused(this::backup, "there is no ledger", file(live).toString());
        assertThat(live).doesNotExist();
        open(live).close();
        Files.delete(backup.getParent());
        refused(this::backup, "cannot be written", backup.getParent().toString(), "is not there");
    }

    @Test
    void aDamagedLedgerIsNoBackup() throws Exception {
        try (Ledger ledger = open(live)) {
            for (int i = 0; i < 200; i++) {
                create(ledger, HOUR);
            }
        }
        damage(file(live));
        refused(this::backup, "damaged");
        assertThat(files(backup.getParent())).isEmpty();
    }

    /** Wrong bytes in the middle of the file. */
    private static void damage(Path file) throws Exception {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(bytes.length() / 2);
            bytes.write(new byte[8192]);
        }
    }

    @Test
    void aContradictionIsToldAndTheBackupIsKept() throws Exception {
        try (Ledger ledger = open(live)) {
            create(ledger, HOUR);
        }
        execute(file(live), "UPDATE license SET credited = credited + 1");
        assertThat(backup().differences()).isEqualTo(1);
        assertThat(found).hasSize(1);
        assertThat(backup).exists();
    }

    @Test
    void aFullDiskLeavesNothingBehind() throws Exception {
        try (Ledger ledger = open(live)) {
            create(ledger, HOUR);
        }
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"))) {
            backup = disk.path().resolve("licenses.backup");
            disk.fill();
            refused(this::backup, "cannot be written", "the disk is full");
            assertThat(files(disk.path())).containsExactly("filler");
        }
    }

    @Test
    void aLedgerOfAnOlderVersionIsBackedUpAndRestoredAsItIs() throws Exception {
        Files.createDirectory(live);
        TestLedgers.firstVersion(file(live));
        assertThat(backup()).isEqualTo(new Ledger.Audit(2, 3, 7, 0));
        assertThat(restore(elsewhere, false).audit()).isEqualTo(new Ledger.Audit(2, 3, 7, 0));
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file(elsewhere))) {
            assertThat(SchemaScripts.SQLITE.upToDate(connection)).isFalse();
        }
        try (Ledger ledger = open(elsewhere)) {
            TestLedgers.assertConsistent(ledger);
        }
        assertThat(files(backup.getParent())).containsExactly("licenses.backup");
    }

    @Test
    void whatIsOwedIsInTheBackupAndPaidOnceByWhoeverIsCreditedAfterwards() throws Exception {
        LicenseKey key;
        try (Ledger ledger = TestLedgers.owing(live, TimeSource.get())) {
            key = create(ledger, Duration.ofMinutes(1)).key();
            TestLedgers.sync(
                    ledger,
                    new UsageBatch.Item(
                            "lease", key.sha256(), null, "", "session", 98_000, 98_000L, true, 1, true, true));
            backup();
            ledger.credit(key, HOUR_MILLIS, "stripe:cs_1", "", "", ACTOR);
        }
        assertThat(restore(elsewhere, false).audit().differences()).isZero();
        try (Ledger ledger = TestLedgers.owing(elsewhere, TimeSource.get())) {
            Credited credited = ledger.credit(key, HOUR_MILLIS, "stripe:cs_1", "", "", ACTOR);
            assertThat(credited.repeated()).isFalse();
            assertThat(credited.collectedMillis()).isEqualTo(38_000);
        }
        execute(file(elsewhere), "UPDATE license SET owed = 0, collected = 0");
        assertThat(Ledger.audit(config(elsewhere), found::add).differences()).isPositive();
    }

    @Test
    void aRestoredLedgerIsTheOneThatWasBackedUp() throws Exception {
        String dump;
        LicenseKey key;
        try (Ledger ledger = open(live)) {
            key = create(ledger, HOUR).key();
            dump = ledger.dump();
            backup();
            ledger.credit(key, 1, null, "", "", ACTOR);
        }
        byte[] before = Files.readAllBytes(backup);
        Ledger.Restored restored = restore(elsewhere, false);
        assertThat(restored).isEqualTo(new Ledger.Restored(new Ledger.Audit(1, 0, 1, 0), null));
        assertThat(files(elsewhere)).containsExactly("licenses.db", "licenses.db.lock");
        try (Ledger ledger = open(elsewhere)) {
            assertThat(ledger.dump()).isEqualTo(dump);
            assertThat(ledger.credit(key, HOUR_MILLIS, null, "", "", ACTOR)
                            .balance()
                            .purchasedMillis())
                    .isEqualTo(2 * HOUR_MILLIS);
        }
        assertThat(Files.readAllBytes(backup)).isEqualTo(before);
    }

    @Test
    void aRestoreRefusesWhileTheLedgerIsOpen() throws Exception {
        try (Ledger ledger = open(live)) {
            create(ledger, HOUR);
            backup();
            refused(() -> restore(live, true), "in use by another process");
        }
    }

    @Test
    void aLedgerThatIsThereIsNotOverwritten() throws Exception {
        try (Ledger ledger = open(live)) {
            create(ledger, HOUR);
            backup();
            create(ledger, HOUR);
        }
        byte[] before = Files.readAllBytes(file(live));
        refused(() -> restore(live, false), file(live).toString(), "would be lost", "--keep");
        assertThat(Files.readAllBytes(file(live))).isEqualTo(before);
        assertThat(files(live)).containsExactly("licenses.db", "licenses.db.lock");
    }

    @Test
    void aLedgerThatIsKeptIsWholeUnderItsOtherName() throws Exception {
        try (Ledger ledger = open(live)) {
            create(ledger, HOUR);
            backup();
            create(ledger, HOUR);
            // As a process that was killed leaves it: much of it is in the log alone.
            Files.createDirectory(elsewhere);
            for (String name : List.of("licenses.db", "licenses.db-wal")) {
                Files.copy(live.resolve(name), elsewhere.resolve(name));
            }
        }
        Ledger.Restored restored = restore(elsewhere, true);
        assertThat(restored.audit().licenses()).isEqualTo(1);
        Path kept = restored.kept();
        assertThat(kept).isNotNull();
        assertThat(files(elsewhere))
                .containsExactly(
                        "licenses.db", "licenses.db.lock", kept.getFileName().toString());
        try (Ledger ledger = open(elsewhere)) {
            assertThat(ledger.list(Ledger.LicenseQuery.newest(10)).licenses()).hasSize(1);
        }
        Path again = Files.createDirectory(folder.resolve("again"));
        Files.copy(kept, file(again));
        try (Ledger ledger = open(again)) {
            assertThat(ledger.list(Ledger.LicenseQuery.newest(10)).licenses()).hasSize(2);
        }
    }

    /** The log of a file that cannot be opened must not be written into the one that takes its place. */
    @Test
    void aDamagedLedgerIsKeptWithItsLog() throws Exception {
        try (Ledger ledger = open(live)) {
            create(ledger, HOUR);
            backup();
            Files.createDirectory(elsewhere);
            Files.copy(live.resolve("licenses.db-wal"), elsewhere.resolve("licenses.db-wal"));
        }
        Files.writeString(file(elsewhere), "no database any more. ".repeat(100));
        Path kept = restore(elsewhere, true).kept();
        assertThat(kept).isNotNull().content().startsWith("no database any more");
        assertThat(elsewhere.resolve(kept.getFileName() + "-wal")).isNotEmptyFile();
        assertThat(elsewhere.resolve("licenses.db-wal")).doesNotExist();
        try (Ledger ledger = open(elsewhere)) {
            assertThat(ledger.list(Ledger.LicenseQuery.newest(10)).licenses()).hasSize(1);
        }
    }

    @Test
    void whatIsNoBackupChangesNothing() throws Exception {
        try (Ledger ledger = open(live)) {
            create(ledger, HOUR);
        }
        byte[] before = Files.readAllBytes(file(live));
        List<String> names = files(live);
        refused(() -> restore(live, true), "cannot be read", "is not there");
        Files.writeString(backup, "no database. ".repeat(100));
        refused(() -> restore(live, true), "cannot be read", "no SQLite database");
        Files.delete(backup);
        execute(backup, "CREATE TABLE other (id INTEGER)");
        refused(() -> restore(live, true), "cannot be read", "the tables of another program");
        Files.delete(backup);
        backup();
        execute(backup, "INSERT INTO schema_script VALUES (99, 'x')");
        refused(() -> restore(live, true), "cannot be read", "newer version");
        assertThat(Files.readAllBytes(file(live))).isEqualTo(before);
        assertThat(files(live)).isEqualTo(names);
    }

    @Test
    void aCopyOfARunningLedgersTwoFilesIsRestoredToo() throws Exception {
        try (Ledger ledger = open(live)) {
            create(ledger, HOUR);
            Files.copy(file(live), backup);
            Files.copy(live.resolve("licenses.db-wal"), backup.resolveSibling("licenses.backup-wal"));
        }
        assertThat(restore(elsewhere, false).audit().licenses()).isEqualTo(1);
    }

    @Test
    void anOldBackupPutsNoDateInDoubt() throws Exception {
        ManualClock clock = new ManualClock();
        try (Ledger ledger = TestLedgers.open(live, clock)) {
            create(ledger, HOUR);
            assertThat(ledger.probe()).isEmpty();
            backup();
        }
        restore(elsewhere, false);
        clock.move(Duration.ofDays(400));
        List<String> alarms = new ArrayList<>();
        try (LogCapture log = LogCapture.of(ClockWatch.class, alarms::add);
                Ledger ledger = TestLedgers.open(elsewhere, clock)) {
            assertThat(ledger.healthy()).isTrue();
            assertThat(log.level()).isEmpty();
        }
        assertThat(alarms).isEmpty();
    }
}
