package io.hourmeter.server.ledger.sqlite;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR_MILLIS;
import static io.hourmeter.server.ledger.TestLedgers.assertConsistent;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static io.hourmeter.server.ledger.TestLedgers.item;
import static io.hourmeter.server.ledger.TestLedgers.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.Balance;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.LicenseStatus;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.server.ledger.ChildJvm;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.server.ledger.TestLedgers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteConfig;

class SchemaScriptsTest {

    /** When the first version's ledger was written last, and a minute more. */
    private static final Instant LATER = Instant.parse("2026-03-01T08:15:00Z");

    private static final LicenseKey ACTIVE = LicenseKey.of("RL-JYY6DMPF-SC6RPDFJ-6RD2MFD5");
    private static final LicenseKey SUSPENDED = LicenseKey.of("RL-PZFBN7RK-1CVVHG62-RS931J3Q");

    private static final String FLYWAY_TABLE = """
            CREATE TABLE "flyway_schema_history" ("installed_rank" INT NOT NULL PRIMARY KEY, "version" VARCHAR(50),
              "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL,
              "checksum" INT, "installed_by" VARCHAR(100) NOT NULL, "installed_on" TEXT NOT NULL,
              "execution_time" INT NOT NULL, "success" BOOLEAN NOT NULL)""";

    @TempDir
    Path folder;

    @Test
    void aLedgerOfTheFirstVersionOpensAsItIs() throws Exception {
        TestLedgers.firstVersion(file());
        try (Ledger ledger = TestLedgers.open(folder, InstantSource.fixed(LATER))) {
            assertConsistent(ledger);
            assertThat(ledger.license(ACTIVE).balance())
                    .isEqualTo(new Balance(32_400_000, 1_360_000, 920_000, 0, 0, LATER));
            assertThat(ledger.license(SUSPENDED).status()).isEqualTo(LicenseStatus.SUSPENDED);
            assertThat(ledger.credit(ACTIVE, 18_000_000, "stripe:cs_test_old", "cs_test_old", "", ACTOR)
                            .repeated())
                    .isTrue();
            assertThat(ledger.credit(ACTIVE, 3_600_000, "key-reference", "ticket-4711", "", ACTOR)
                            .repeated())
                    .isTrue();
            assertThat(ledger.debit(ACTIVE, 600_000, "key-debit", ACTOR).repeated())
                    .isTrue();
            var report = sync(ledger, item("lease-2", ACTIVE, 180_000, 180_000L, true, 3));
            assertThat(report.state()).isEqualTo(State.CLOSED);
            assertThat(ledger.license(ACTIVE).balance()).isEqualTo(new Balance(32_400_000, 1_440_000, 0, 0, 0, LATER));
            assertConsistent(ledger);
            assertThat(ledger.history(ACTIVE, HistoryQuery.newest()).entries())
                    .extracting(History.Entry::kind)
                    .contains("PURCHASE", "GRANT", "DEBIT", "REVERSAL", "REINSTATEMENT", "USAGE");
        }
        // A version that still needs Flyway's table refuses the ledger.
        assertThat(column("SELECT name FROM sqlite_master WHERE name LIKE 'flyway%'"))
                .isEmpty();
    }

    @Test
    void whatWasUncollectedBeforeIsNotOwed() throws Exception {
        TestLedgers.firstVersion(file());
        execute("UPDATE license SET uncollected = 38000 WHERE id = 1");
        execute("UPDATE lease SET uncollected = 38000 WHERE id = (SELECT MIN(id) FROM lease WHERE license = 1)");
        try (Ledger ledger = TestLedgers.owing(folder, InstantSource.fixed(LATER))) {
            Balance before = ledger.license(ACTIVE).balance();
            assertThat(before.uncollectedMillis()).isEqualTo(38_000);
            assertThat(before.owedMillis()).isZero();
            assertThat(ledger.credit(ACTIVE, HOUR_MILLIS, "new", "", "", ACTOR)
                            .balance()
                            .remainingMillis())
                    .isEqualTo(before.remainingMillis() + HOUR_MILLIS);
            assertThat(ledger.license(ACTIVE).balance().uncollectedMillis()).isEqualTo(38_000);
        }
    }

    @Test
    void aLedgerThatIsUpToDateIsNotChanged() throws Exception {
        String before;
        try (Ledger ledger = TestLedgers.open(folder, TimeSource.get())) {
            create(ledger, HOUR);
            before = ledger.dump();
        }
        try (Ledger ledger = TestLedgers.open(folder, TimeSource.get())) {
            assertThat(ledger.dump()).isEqualTo(before);
        }
    }

    /** The states in which a first start of the first version can have been killed. */
    @ParameterizedTest
    @ValueSource(strings = {"", "PRAGMA user_version = 0", "PRAGMA journal_mode = wal", FLYWAY_TABLE})
    void aHalfMadeLedgerIsFinished(String sql) throws Exception {
        Files.createFile(file());
        execute(sql);
        try (Ledger ledger = TestLedgers.open(folder, TimeSource.get())) {
            var created = create(ledger, HOUR);
            assertThat(ledger.license(created.key()).balance().purchasedMillis())
                    .isEqualTo(HOUR_MILLIS);
        }
    }

    @Test
    void aNewerLedgerIsRefusedInOneLineAndLeftAlone() throws Exception {
        TestLedgers.open(folder, TimeSource.get()).close();
        execute("INSERT INTO schema_script VALUES (9999, 'abc')");
        assertRefused("made by a newer version");
        execute("DELETE FROM schema_script WHERE number = 9999");
        TestLedgers.open(folder, TimeSource.get()).close();
    }

    @Test
    void aScriptThatIsNotThisProgramsIsRefused() throws Exception {
        TestLedgers.open(folder, TimeSource.get()).close();
        execute("UPDATE schema_script SET sha256 = 'abc' WHERE number = 1");
        assertRefused("its tables are not those of this program");
    }

    @Test
    void aLedgerThatFlywayLeftInAnotherStateIsRefused() throws Exception {
        TestLedgers.firstVersion(file());
        execute("UPDATE flyway_schema_history SET checksum = 1");
        assertRefused("its tables are not those of this program");
    }

    @Test
    void theFileOfAnotherProgramIsRefusedInOneLineAndLeftAlone() throws Exception {
        execute("CREATE TABLE license (id INTEGER PRIMARY KEY)");
        assertRefused("holds the tables of another program");
    }

    @Test
    void aScriptThatFailsChangesNothing() throws Exception {
        String first = "CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1)";
        String broken = "ALTER TABLE a ADD COLUMN b TEXT; DROP TABLE no_such_table";
        try (Connection connection = writer()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> new SchemaScripts(List.of(first, broken)).upgrade(connection))
                    .isInstanceOf(SQLException.class);
        }
        assertThat(column("SELECT number FROM schema_script")).containsExactly("1");
        assertThat(column("SELECT name FROM pragma_table_info('a')")).containsExactly("id");
        String mended = "ALTER TABLE a ADD COLUMN b TEXT";
        try (Connection connection = writer()) {
            connection.setAutoCommit(false);
            new SchemaScripts(List.of(first, mended)).upgrade(connection);
        }
        assertThat(column("SELECT number FROM schema_script")).containsExactly("1", "2");
        assertThat(column("SELECT name FROM pragma_table_info('a')")).containsExactly("id", "b");
    }

    @Test
    void twoThatStartAtOnceRunEachScriptOnce() throws Exception {
        List<String> scripts = new ArrayList<>(List.of("CREATE TABLE a (id INTEGER)"));
        for (int i = 0; i < 20; i++) {
            scripts.add("INSERT INTO a VALUES (" + i + ")");
        }
        CyclicBarrier together = new CyclicBarrier(2);
        List<Throwable> failures = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Thread thread = new Thread(() -> {
                try (Connection connection = writer()) {
                    together.await();
                    connection.setAutoCommit(false);
                    new SchemaScripts(scripts).upgrade(connection);
                } catch (Exception e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join(TimeUnit.MINUTES.toMillis(1));
        }
        assertThat(failures).isEmpty();
        assertThat(column("SELECT COUNT(*) FROM a")).containsExactly("20");
    }

    @Test
    @Tag("full")
    void ofTwoProcessesThatStartAtOnceOneServesAndOneIsRefused() throws Exception {
        for (int round = 0; round < 5; round++) {
            Path data = folder.resolve("round-" + round);
            Process first = ChildJvm.start(PendingLease.class, data.toString());
            Process second = ChildJvm.start(PendingLease.class, data.toString());
            try {
                List<String> said = List.of(
                        first.inputReader().readLine(), second.inputReader().readLine());
                assertThat(said).containsOnlyOnce("open");
                assertThat(said).anyMatch(line -> line.contains("is in use by another process"));
            } finally {
                for (Process process : List.of(first, second)) {
                    process.destroyForcibly();
                    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
                }
            }
            TestLedgers.open(data, TimeSource.get()).close();
        }
    }

    private void assertRefused(String why) throws Exception {
        byte[] before = Files.readAllBytes(file());
        assertThatThrownBy(() -> TestLedgers.open(folder, TimeSource.get()))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .message()
                .contains(file().toString(), "cannot be opened", why)
                .doesNotContain("\n");
        assertThatThrownBy(() -> Ledger.audit(TestLedgers.config(folder), difference -> {}))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .message()
                .contains(file().toString(), "cannot be read", why)
                .doesNotContain("\n");
        assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }

    private Path file() {
        return folder.resolve("licenses.db");
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(TestLedgers.url(folder));
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private Connection writer() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setBusyTimeout(60_000);
        return config.createConnection(TestLedgers.url(folder));
    }

    private List<String> column(String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(TestLedgers.url(folder));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                values.add(row.getString(1));
            }
        }
        return values;
    }

    /** Opens a ledger, says how that went, and keeps it open. */
    static final class PendingLease {

        public static void main(String[] arguments) throws Exception {
            try (Ledger ledger = TestLedgers.open(Path.of(arguments[0]), TimeSource.get())) {
                System.out.println(ledger.healthy() ? "open" : "not healthy");
                int end = System.in.read();
                System.exit(end);
            } catch (LicenseServerUnavailableException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
