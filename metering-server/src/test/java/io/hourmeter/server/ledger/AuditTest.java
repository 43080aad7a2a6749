package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.CUSTOMER;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static io.hourmeter.server.ledger.TestLedgers.assertConsistent;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static io.hourmeter.server.ledger.TestLedgers.item;
import static io.hourmeter.server.ledger.TestLedgers.lease;
import static io.hourmeter.server.ledger.TestLedgers.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.CreatedLicense;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.internal.TimeSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditTest {

    private static final long MINUTE = 60_000;

    @TempDir
    Path folder;

    @Test
    void findsNothingInALedgerThatOnlyItsOwnCallsHaveWritten() {
        try (Ledger ledger = TestLedgers.owing(folder, TimeSource.get())) {
            fill(ledger);
            assertConsistent(ledger);
            // Beside the one that has it open, as another process would.
            List<Difference> found = new ArrayList<>();
            Ledger.Audit audit = Ledger.audit(TestLedgers.config(folder), found::add);
            assertThat(found).isEmpty();
            assertThat(audit).isEqualTo(new Ledger.Audit(2, 4, 11, 0));
        }
    }

    /** Every total there is, and what totals are made of, one millisecond more or less. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "license SET credited = credited + 1 WHERE id = 1",
                "license SET credited = credited - 1 WHERE id = 1",
                "license SET reversed = reversed + 1 WHERE id = 1",
                "license SET reversed = reversed - 1 WHERE id = 1",
                "license SET charged = charged + 1 WHERE id = 1",
                "license SET charged = charged - 1 WHERE id = 1",
                "license SET held = held + 1 WHERE id = 1",
                "license SET held = held - 1 WHERE id = 1",
                "license SET held = -1 WHERE id = 2",
                "license SET uncollected = uncollected + 1 WHERE id = 1",
                "license SET uncollected = uncollected - 1 WHERE id = 2",
                "license SET owed = owed + 1 WHERE id = 1",
                "license SET owed = owed - 1 WHERE id = 2",
                "license SET collected = collected + 1 WHERE id = 2",
                "license SET collected = collected - 1 WHERE id = 2",
                "entry SET millis = millis + 1 WHERE kind = 'COLLECTION'",
                "entry SET millis = millis - 1 WHERE kind = 'COLLECTION'",
                "entry SET used_after = used_after - 1, remaining_after = remaining_after + 1 WHERE kind = 'COLLECTION'",
                "entry SET kind = 'DEBIT' WHERE kind = 'COLLECTION'",
                "entry SET millis = millis + 1 WHERE kind = 'GRANT' AND license = 1",
                "entry SET millis = millis + 1 WHERE kind = 'PURCHASE'",
                "entry SET millis = millis - 1 WHERE kind = 'DEBIT' AND license = 1",
                "entry SET millis = millis + 1 WHERE kind = 'DEBIT' AND license = 1",
                "entry SET millis = millis - 1 WHERE kind = 'REVERSAL'",
                "entry SET millis = millis + 1 WHERE kind = 'REINSTATEMENT'",
                "entry SET remaining_after = remaining_after + 1 WHERE id = 1",
                "entry SET purchased_after = purchased_after + 1, remaining_after = remaining_after + 1 WHERE id = 1",
                "entry SET used_after = used_after + 1, remaining_after = remaining_after - 1 WHERE id = 1",
                "entry SET used_after = used_after - 1, remaining_after = remaining_after + 1"
                        + " WHERE kind = 'DEBIT' AND license = 1",
                "entry SET held_after = -1 WHERE id = 1",
                "lease SET used = used + 1 WHERE id = 2",
                "lease SET used = used + 1 WHERE id = 4",
                "lease SET used = used - 1 WHERE id = 4",
                "lease SET authorized = authorized + 1 WHERE id = 2",
                "lease SET authorized = authorized - 1 WHERE id = 2",
                "lease SET from_at = from_at - 1 WHERE id = 1",
                "lease SET charged = charged + 1 WHERE id = 1",
                "lease SET charged = charged - 1 WHERE id = 1",
                "lease SET uncollected = uncollected + 1 WHERE id = 1",
                "lease SET uncollected = uncollected - 1 WHERE id = 4",
                "lease SET owed = owed + 1 WHERE id = 4",
                "lease SET owed = owed - 1 WHERE id = 4",
                "lease SET collected = collected + 1 WHERE id = 4",
                "lease SET collected = collected - 1 WHERE id = 4",
                "lease SET license = 1 WHERE id = 3",
                "lease SET scope = 'another' WHERE id = 1",
                "lease SET closed = 1 WHERE id = 2",
                "reversal SET part = part + 1",
                "reversal SET whole = whole + 1",
                "creation SET credited = credited + 1",
                "creation SET credited = credited - 1",
            })
    void findsOneMillisecondThatWasChangedBehindItsBack(String change) throws Exception {
        try (Ledger ledger = TestLedgers.owing(folder, TimeSource.get())) {
            fill(ledger);
        }
        tamper("UPDATE " + change);

        List<Difference> found = new ArrayList<>();
        Ledger.Audit audit = Ledger.audit(TestLedgers.config(folder), found::add);

        assertThat(found).isNotEmpty().allSatisfy(difference -> {
            assertThat(difference.millis()).isNotZero();
            assertThat(difference.toString())
                    .startsWith("lic_")
                    .contains("difference ")
                    .doesNotContain("RL-");
        });
        assertThat(audit.differences()).isEqualTo(found.size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DELETE FROM entry WHERE kind = 'DEBIT' AND license = 1",
                "DELETE FROM entry WHERE kind = 'COLLECTION'",
                "DELETE FROM lease WHERE id = 1",
                "DELETE FROM reversal",
                "INSERT INTO lease SELECT 99, license, 'twice', scope, session, node, from_at, gap, ahead, grace, break_at,"
                        + " used, authorized, offline, closed, lapsed, seq, charged, uncollected, charged_at, reach,"
                        + " from_clock_offset, from_uncertain, charged_clock_offset, charged_uncertain, owed, collected"
                        + " FROM lease WHERE id = 1"
            })
    void findsRowsThatWereTakenAwayOrAdded(String change) throws Exception {
        try (Ledger ledger = TestLedgers.owing(folder, TimeSource.get())) {
            fill(ledger);
        }
        tamper(change);
        assertThat(Ledger.audit(TestLedgers.config(folder), difference -> {}).differences())
                .isPositive();
    }

    @Test
    void tellsFieldExpectedFoundAndDifferenceInOneLine() throws Exception {
        String id;
        try (Ledger ledger = TestLedgers.owing(folder, TimeSource.get())) {
            id = fill(ledger);
        }
        tamper("UPDATE license SET held = held - 1 WHERE id = 1");
        List<String> lines = new ArrayList<>();
        Ledger.audit(TestLedgers.config(folder), difference -> lines.add(difference.toString()));
        assertThat(lines)
                .singleElement()
                .asString()
                .matches(id + " held, by open leases: expected (\\d+) ms, found \\d+ ms, difference -1 ms");
    }

    @Test
    void tellsALicenseOnWhichMoreWasChargedThanCredited() throws Exception {
        try (Ledger ledger = TestLedgers.owing(folder, TimeSource.get())) {
            fill(ledger);
        }
        // Consistent in itself, and yet more than was ever bought.
        tamper("UPDATE entry SET millis = millis - (SELECT credited + 1 - charged FROM license WHERE id = 1)"
                + " WHERE kind = 'DEBIT' AND license = 1");
        tamper("UPDATE license SET charged = credited + 1 WHERE id = 1");
        List<String> lines = new ArrayList<>();
        Ledger.audit(TestLedgers.config(folder), difference -> lines.add(difference.toString()));
        assertThat(lines).anyMatch(line -> line.contains("charged, at most what was credited"));
    }

    @Test
    void aMissingDatabaseIsAnErrorAndStaysMissing() {
        assertThatThrownBy(() -> Ledger.audit(TestLedgers.config(folder.resolve("none")), difference -> {}))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .hasMessageContaining("there is no ledger")
                .hasMessageContaining("licenses.db");
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "not a database, but longer than the header of one. not a database, but longer than it"})
    void aFileThatIsNoLedgerIsAnErrorAndIsLeftAlone(String content) throws Exception {
        Path file = Files.writeString(folder.resolve("licenses.db"), content);
        assertThatThrownBy(() -> Ledger.audit(TestLedgers.config(folder), difference -> {}))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .message()
                .contains("licenses.db cannot be read")
                .doesNotContain("\n");
        assertThat(file).hasContent(content);
    }

    @Test
    void anAuditWritesNothing() throws Exception {
        try (Ledger ledger = TestLedgers.owing(folder, TimeSource.get())) {
            fill(ledger);
        }
        Path file = folder.resolve("licenses.db");
        byte[] before = Files.readAllBytes(file);
        Ledger.audit(TestLedgers.config(folder), difference -> {});
        assertThat(file).hasBinaryContent(before);
    }

    @Test
    void anAuditLeavesNothingBesideALedgerThatIsClosed() throws Exception {
        try (Ledger ledger = TestLedgers.owing(folder, TimeSource.get())) {
            fill(ledger);
        }
        Ledger.audit(TestLedgers.config(folder), difference -> {});
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .as("the log of another user would keep the license server out")
                    .containsExactlyInAnyOrder("licenses.db", "licenses.db.lock");
        }
    }

    @Test
    void aClosedLedgerThatMayOnlyBeReadIsAudited() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"))) {
            try (Ledger ledger = TestLedgers.owing(disk.path(), TimeSource.get())) {
                fill(ledger);
            }
            disk.makeReadOnly();
            assertThat(Ledger.audit(TestLedgers.config(disk.path()), difference -> {}))
                    .isEqualTo(new Ledger.Audit(2, 4, 11, 0));
        }
    }

    @Test
    void anEmptyLogThatAReaderHasLeftDoesNotMatter() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"))) {
            try (Ledger ledger = TestLedgers.owing(disk.path(), TimeSource.get())) {
                fill(ledger);
            }
            Files.createFile(disk.path().resolve("licenses.db-wal"));
            disk.makeReadOnly();
            assertThat(Ledger.audit(TestLedgers.config(disk.path()), difference -> {}))
                    .isEqualTo(new Ledger.Audit(2, 4, 11, 0));
        }
    }

    @Test
    void aLogThatCannotBeReadWithTheFileIsToldWithWhatToDo() throws Exception {
        Path killed = Files.createDirectory(folder.resolve("killed"));
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"))) {
            try (Ledger ledger = TestLedgers.owing(killed, TimeSource.get())) {
                fill(ledger);
                for (String name : new String[] {"licenses.db", "licenses.db-wal"}) {
                    Files.copy(killed.resolve(name), disk.path().resolve(name));
                }
            }
            disk.makeReadOnly();
            assertThatThrownBy(() -> Ledger.audit(TestLedgers.config(disk.path()), difference -> {}))
                    .isInstanceOf(LicenseServerUnavailableException.class)
                    .message()
                    .contains("licenses.db-wal has to be read with it", "copy of both files")
                    .doesNotContain("\n");
        }
    }

    @Test
    void anAuditIsNotTrustedWhenAServerBeganToWriteMeanwhile() throws Exception {
        try (Ledger ledger = TestLedgers.owing(folder, TimeSource.get())) {
            fill(ledger);
        }
        tamper("UPDATE license SET credited = credited + 1 WHERE id = 1");
        assertThatThrownBy(() -> Ledger.audit(
                        TestLedgers.config(folder),
                        // In the middle of it.
                        difference -> {
                            try (Ledger ledger = TestLedgers.owing(folder, TimeSource.get())) {
                                create(ledger, HOUR);
                            }
                        }))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .hasMessageContaining("has begun to write it meanwhile");
    }

    private void tamper(String statementText) throws Exception {
        try (Connection connection = DriverManager.getConnection(TestLedgers.url(folder));
                Statement statement = connection.createStatement()) {
            // Someone who edits the file is stopped by nothing.
            statement.execute("PRAGMA ignore_check_constraints = ON");
            statement.execute("PRAGMA foreign_keys = OFF");
            assertThat(statement.executeUpdate(statementText)).isEqualTo(1);
        }
    }

    /**
     * The first license has a purchase, part of it refunded and part of that given back, a deduction, a closed lease and
     * an open one, with the pause between them filled in. The second has used more than it had, offline.
     *
     * @return the id of the first
     */
    private static String fill(Ledger ledger) {
        CreatedLicense first = ledger.create(NewLicense.of(CUSTOMER, HOUR), "create-1", ACTOR);
        LicenseKey key = first.key();
        ledger.credit(key, 60 * MINUTE, "stripe:cs_1", "cs_1", "", ACTOR);
        String closed = lease();
        sync(ledger, item(closed, key, 10 * MINUTE, null, false, 1));
        sync(ledger, item(closed, key, 10 * MINUTE, 8 * MINUTE, true, 2));
        String open = lease();
        sync(ledger, item(open, key, MINUTE, null, false, 1));
        sync(ledger, item(open, key, MINUTE, 0L, false, 2));
        ledger.reverse(key, new Reversal("stripe:cs_1", "re_1", 1, 2, 3, ""), ACTOR);
        ledger.reverse(key, new Reversal("stripe:cs_1", "re_1", 2, 1, 3, ""), ACTOR);
        ledger.debit(key, MINUTE, null, ACTOR);

        LicenseKey poor = create(ledger, HOUR).key();
        String paid = lease();
        sync(ledger, item(paid, poor, 2 * MINUTE, null, false, 1));
        sync(ledger, item(paid, poor, 2 * MINUTE, MINUTE, true, 2));
        ledger.debit(poor, 60 * MINUTE, null, ACTOR);
        ledger.credit(poor, MINUTE, null, "", "", ACTOR);
        ledger.debit(poor, MINUTE, null, ACTOR);
        sync(
                ledger,
                new Item(lease(), poor.sha256(), null, "", "session", MINUTE / 2, MINUTE / 2, true, 1, true, true));
        ledger.credit(poor, MINUTE / 3, "grant-2", "", "", ACTOR);
        return first.license().id().value();
    }
}
