package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static io.hourmeter.server.ledger.TestLedgers.item;
import static io.hourmeter.server.ledger.TestLedgers.lease;
import static io.hourmeter.server.ledger.TestLedgers.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Reversal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditTest {

    @TempDir
    Path folder;

    @Test
    void findsNothingInALedgerThatOnlyItsOwnCallsHaveWritten() {
        try (Ledger ledger = TestLedgers.open(folder, InstantSource.system())) {
            fill(ledger);
            Ledger.Audit audit = ledger.audit();
            assertThat(audit.licenses()).isEqualTo(2);
            assertThat(audit.findings()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE license SET credited = credited + 1 WHERE id = 1",
                "UPDATE license SET reversed = reversed + 1 WHERE id = 1",
                "UPDATE license SET charged = charged - 1 WHERE id = 1",
                "UPDATE license SET held = held + 1 WHERE id = 1",
                "UPDATE license SET uncollected = uncollected + 1 WHERE id = 1",
                "UPDATE lease SET used = used + 1 WHERE id = 1",
                "UPDATE lease SET charged = charged + 1 WHERE id = 1",
                "UPDATE reversal SET part = part + 1",
                "DELETE FROM entry WHERE kind = 'DEBIT'",
                "UPDATE entry SET purchased_after = purchased_after + 1, used_after = used_after + 1 WHERE id = 1"
            })
    void findsWhatWasChangedBehindItsBack(String tampering) throws Exception {
        try (Ledger ledger = TestLedgers.open(folder, InstantSource.system())) {
            fill(ledger);
        }
        try (Connection connection = DriverManager.getConnection(TestLedgers.url(folder));
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(tampering)).isEqualTo(1);
        }
        try (Ledger ledger = TestLedgers.open(folder, InstantSource.system())) {
            assertThat(ledger.audit().findings()).isNotEmpty().allMatch(finding -> finding.startsWith("lic_"));
        }
    }

    private static void fill(Ledger ledger) {
        for (int i = 0; i < 2; i++) {
            CreatedLicense created = create(ledger, HOUR);
            ledger.credit(created.key(), 3_600_000, "stripe:cs_1", "cs_1", "", ACTOR);
            if (i == 0) {
                ledger.debit(created.key(), 60_000, null, ACTOR);
                ledger.reverse(created.key(), new Reversal("stripe:cs_1", "re_1", 1, 1, 3, ""), ACTOR);
                String closed = lease();
                sync(ledger, item(closed, created.key(), 600_000, null, false, 1));
                sync(ledger, item(closed, created.key(), 600_000, 30_000L, true, 2));
                sync(ledger, item(lease(), created.key(), 0, null, false, 1));
            }
        }
    }
}
