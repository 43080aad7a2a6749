package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.CUSTOMER;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR_MILLIS;
import static io.hourmeter.server.ledger.TestLedgers.assertConsistent;
import static io.hourmeter.server.ledger.TestLedgers.assertRefused;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static io.hourmeter.server.ledger.TestLedgers.item;
import static io.hourmeter.server.ledger.TestLedgers.lease;
import static io.hourmeter.server.ledger.TestLedgers.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Customer;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.License;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.LicenseStatus;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.ledger.store.StoreClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the ledger does beyond the port that every client has. */
class LedgerTest {

    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private Ledger ledger;

    @BeforeEach
    void open() {
        ledger = TestLedgers.open(folder, clock);
    }

    @AfterEach
    void close() {
        ledger.close();
    }

    @Test
    void everythingIsThereAfterARestart() {
        CreatedLicense created = ledger.create(NewLicense.of(CUSTOMER, HOUR), "create-1", ACTOR);
        ledger.credit(created.key(), 1_000, "stripe:cs_1", "cs_1", "one second", ACTOR);
        ledger.debit(created.key(), 500, "debit-1", ACTOR);
        String lease = lease();
        sync(ledger, item(lease, created.key(), 60_000, null, false, 1));
        sync(ledger, item(lease, created.key(), 60_000, 60_000L, true, 2));
        String before = ledger.dump();

        ledger.close();
        ledger = TestLedgers.open(folder, clock);

        assertThat(ledger.dump()).isEqualTo(before);
        assertThat(ledger.create(NewLicense.of(CUSTOMER, HOUR), "create-1", ACTOR)
                        .key())
                .isEqualTo(created.key());
        assertThat(ledger.credit(created.key(), 1_000, "stripe:cs_1", "cs_1", "", ACTOR)
                        .repeated())
                .isTrue();
        assertThat(ledger.dump()).isEqualTo(before);
        assertConsistent(ledger);
    }

    @Test
    void refusalsChangeNothing() {
        CreatedLicense created = create(ledger, HOUR);
        ledger.credit(created.key(), 1, "stripe:cs_1", "", "", ACTOR);
        ledger.reverse(created.key(), new Reversal("stripe:cs_1", "re_1", 5, 1, 10, ""), ACTOR);
        CreatedLicense empty = create(ledger, Duration.ZERO);
        String before = ledger.dump();

        assertRefused(ErrorCode.INVALID_REQUEST, () -> ledger.credit(created.key(), 0, null, "", "", ACTOR));
        assertRefused(ErrorCode.INVALID_REQUEST, () -> ledger.credit(created.key(), 1, "", "", "", ACTOR));
        assertRefused(
                ErrorCode.INVALID_REQUEST, () -> ledger.credit(created.key(), 1, null, "r".repeat(256), "", ACTOR));
        assertRefused(ErrorCode.INVALID_REQUEST, () -> ledger.credit(created.key(), 1, null, "\ud800", "", ACTOR));
        assertRefused(ErrorCode.INVALID_REQUEST, () -> ledger.credit(created.key(), 1, null, "", "\0", ACTOR));
        assertRefused(
                ErrorCode.IDEMPOTENCY_MISMATCH, () -> ledger.credit(created.key(), 2, "stripe:cs_1", "", "", ACTOR));
        assertRefused(ErrorCode.HOURS_EXHAUSTED, () -> ledger.debit(empty.key(), 1, "debit", ACTOR));
        assertRefused(
                ErrorCode.CONFLICT,
                () -> ledger.reverse(created.key(), new Reversal("stripe:cs_1", "re_2", 1, 1, 11, ""), ACTOR));
        assertRefused(
                ErrorCode.CONFLICT,
                () -> ledger.reverse(created.key(), new Reversal("stripe:cs_9", "re_2", 1, 1, 10, ""), ACTOR));
        ledger.reverse(created.key(), new Reversal("stripe:cs_1", "re_1", 5, 9, 10, ""), ACTOR);
        ledger.reverse(created.key(), new Reversal("stripe:cs_1", "re_1", 4, 9, 10, ""), ACTOR);
        assertRefused(ErrorCode.INVALID_REQUEST, () -> ledger.rotate(created.key(), Duration.ofDays(-1), ACTOR));
        assertRefused(ErrorCode.INVALID_REQUEST, () -> ledger.list(Ledger.LicenseQuery.newest(0)));
        assertRefused(
                ErrorCode.INVALID_REQUEST, () -> ledger.list(new Ledger.LicenseQuery(null, null, null, 10, "forged")));

        assertThat(ledger.dump()).isEqualTo(before);
    }

    @Test
    void theDumpContainsNoKey() {
        CreatedLicense created = ledger.create(NewLicense.of(CUSTOMER, HOUR), "create-1", ACTOR);
        // The key of the creation opens the sealed license key.
        ledger.credit(created.key(), 1, "create-1", "", "", ACTOR);
        ledger.debit(created.key(), 1, "create-1", ACTOR);
        ledger.reverse(created.key(), new Reversal("create-1", "re_1", 1, 1, 1, ""), ACTOR);
        assertThat(ledger.dump())
                .contains(created.key().sha256())
                .doesNotContain(created.key().text())
                .doesNotContain("create-1");
    }

    @Test
    void aCreditIsAGrantUnlessItIsAPaymentOrSaysWhatItIs() {
        CreatedLicense created = create(ledger, Duration.ZERO);
        ledger.credit(created.key(), 1, "stripe:cs_1", "", "", ACTOR);
        ledger.credit(created.key(), 1, "any", "ticket-4711", "sorry", ACTOR);
        for (CreditKind kind : CreditKind.values()) {
            ledger.credit(created.key(), 1, kind, "key-of-" + kind, "", "", ACTOR);
        }
        ledger.credit(created.key(), 1, CreditKind.COMPENSATION, "stripe:cs_2", "", "", ACTOR);
        History history = ledger.history(created.key(), HistoryQuery.newest());
        assertThat(history.entries())
                .extracting(History.Entry::kind)
                .containsExactly("COMPENSATION", "COMPENSATION", "TRIAL", "GRANT", "PURCHASE", "GRANT", "PURCHASE");
        assertThat(history.totals()).isEqualTo(new History.Totals(7, 0, 2, 0));
        TestLedgers.assertConsistent(ledger);
    }

    @Test
    void aRepeatOfTheUsualKindMayNameItAndAnotherKindIsAMismatch() {
        CreatedLicense created = create(ledger, Duration.ZERO);
        ledger.credit(created.key(), 1, "stripe:cs_1", "cs_1", "", ACTOR);
        ledger.credit(created.key(), 1, CreditKind.GRANT, "key", "", "", ACTOR);
        ledger.credit(created.key(), 1, CreditKind.TRIAL, "trial", "", "", ACTOR);
        assertThat(ledger.credit(created.key(), 1, CreditKind.PURCHASE, "stripe:cs_1", "cs_1", "", ACTOR)
                        .repeated())
                .isTrue();
        assertThat(ledger.credit(created.key(), 1, "key", "", "", ACTOR).repeated())
                .isTrue();
        assertThat(ledger.credit(created.key(), 1, CreditKind.TRIAL, "trial", "", "", ACTOR)
                        .repeated())
                .isTrue();
        assertRefused(
                ErrorCode.IDEMPOTENCY_MISMATCH,
                () -> ledger.credit(created.key(), 1, CreditKind.GRANT, "stripe:cs_1", "cs_1", "", ACTOR));
        assertRefused(ErrorCode.IDEMPOTENCY_MISMATCH, () -> ledger.credit(created.key(), 1, "trial", "", "", ACTOR));
        assertThat(ledger.license(created.key()).balance().purchasedMillis()).isEqualTo(3);
    }

    /** Whoever may only deduct must not be able to use up the key of a payment that is still to come. */
    @Test
    void aDeductionUnderThePaymentsKeyKeepsNoPaymentOut() {
        CreatedLicense created = create(ledger, HOUR);
        ledger.debit(created.key(), 1, "stripe:cs_1", "usage");
        assertThat(ledger.credit(created.key(), HOUR_MILLIS, "stripe:cs_1", "cs_1", "", ACTOR)
                        .repeated())
                .isFalse();
        assertThat(ledger.debit(created.key(), 1, "stripe:cs_1", "usage").repeated())
                .isTrue();
        assertThat(ledger.license(created.key()).balance().purchasedMillis()).isEqualTo(2 * HOUR_MILLIS);
    }

    @Test
    void licensesServeForTheDefaultNumberOfDays() {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, TestLedgers.url(folder))
                .set(Settings.LICENSE_DURATION_DAYS, "30")
                .set(Settings.LICENSE_KEY_PREFIX, "ACME")
                .build();
        try (Ledger thirtyDays = Ledger.open(config)) {
            CreatedLicense created = create(thirtyDays, HOUR);
            assertThat(created.license().expires()).isEqualTo(clock.instant().plus(Duration.ofDays(30)));
            assertThat(created.key().text()).startsWith("ACME-");
            clock.move(Duration.ofDays(30).minusMillis(1));
            assertThat(thirtyDays.validate(created.key()).valid()).isTrue();
            clock.move(Duration.ofMillis(1));
            assertThat(thirtyDays.validate(created.key()).refusal()).isEqualTo(ErrorCode.LICENSE_EXPIRED);
        }
    }

    @Test
    void changedStatusAndExpiryCountAtOnce() {
        CreatedLicense created = create(ledger, HOUR);
        change(created, LicenseStatus.SUSPENDED);
        assertThat(ledger.validate(created.key()).refusal()).isEqualTo(ErrorCode.LICENSE_INACTIVE);
        assertThat(sync(ledger, item(lease(), created.key(), 0, null, false, 1)).state())
                .isEqualTo(State.INACTIVE);
        change(created, LicenseStatus.ACTIVE);
        assertThat(ledger.validate(created.key()).valid()).isTrue();

        Instant now = clock.instant();
        License expired = ledger.change(created.key(), new Ledger.LicenseChange(null, now, false), ACTOR);
        assertThat(expired.expires()).isEqualTo(now);
        assertThat(ledger.validate(created.key()).refusal()).isEqualTo(ErrorCode.LICENSE_EXPIRED);
        ledger.change(created.key(), new Ledger.LicenseChange(null, null, true), ACTOR);
        assertThat(ledger.validate(created.key()).valid()).isTrue();
        assertThat(ledger.dump()).contains("what=status suspended, actor=admin");
    }

    private void change(CreatedLicense license, LicenseStatus status) {
        ledger.change(license.key(), new Ledger.LicenseChange(status, null, false), ACTOR);
    }

    @Test
    void bothKeysNameTheLicenseUntilTheGraceHasPassed() {
        CreatedLicense created = create(ledger, HOUR);
        Ledger.RotatedKey rotated = ledger.rotate(created.key(), HOUR, ACTOR);
        assertThat(rotated.oldEnds()).isEqualTo(clock.instant().plus(HOUR));
        assertThat(rotated.license().maskedKey()).isEqualTo(rotated.key().masked());
        clock.move(HOUR.minusMillis(1));
        ledger.credit(created.key(), 1, null, "", "", ACTOR);
        assertThat(ledger.license(rotated.key()).balance().purchasedMillis()).isEqualTo(HOUR_MILLIS + 1);
        assertThat(ledger.license(created.key()).maskedKey())
                .isEqualTo(rotated.key().masked());

        clock.move(Duration.ofMillis(1));
        assertThat(ledger.validate(created.key()).refusal()).isEqualTo(ErrorCode.INVALID_LICENSE);
        assertRefused(ErrorCode.LICENSE_NOT_FOUND, () -> ledger.credit(created.key(), 1, null, "", "", ACTOR));
        assertThat(ledger.validate(rotated.key()).valid()).isTrue();
    }

    @Test
    void rotatingWithoutGraceEndsAllOldKeysAtOnce() {
        CreatedLicense created = create(ledger, HOUR);
        Ledger.RotatedKey second = ledger.rotate(created.key(), HOUR, ACTOR);
        Ledger.RotatedKey third = ledger.rotate(second.key(), Duration.ZERO, ACTOR);
        assertThat(ledger.validate(created.key()).valid()).isFalse();
        assertThat(ledger.validate(second.key()).valid()).isFalse();
        assertThat(ledger.validate(third.key()).valid()).isTrue();
    }

    @Test
    void useReportedUnderAKeyThatHasEndedStillCountsButIsNotProlonged() {
        CreatedLicense created = create(ledger, HOUR);
        String lease = lease();
        sync(ledger, item(lease, created.key(), 0, null, false, 1));
        ledger.rotate(created.key(), Duration.ZERO, ACTOR);
        clock.move(Duration.ofMinutes(1));

        assertThat(sync(ledger, item(lease, created.key(), 60_000, 60_000L, false, 2))
                        .state())
                .isEqualTo(State.UNKNOWN);
        assertThat(sync(ledger, item(lease(), created.key(), 0, null, false, 1)).state())
                .isEqualTo(State.UNKNOWN);

        License license = ledger.license(created.license().id());
        assertThat(license.balance().usedMillis()).isEqualTo(60_000);
        assertThat(license.balance().heldMillis()).isZero();
        assertConsistent(ledger);
    }

    /** A node that was cut off cannot know that the key had ended; whoever has lost a key does not pay for the thief. */
    @Test
    void aLicenseIsServedUnderItsIdWhateverBecomesOfItsKeys() {
        CreatedLicense created = create(ledger, HOUR);
        LicenseId id = created.license().id();
        var byId = new io.hourmeter.UsageBatch.Item(lease(), null, id, "", "session", 0, null, false, 1, false, true);
        ledger.rotate(created.key(), Duration.ZERO, ACTOR);
        clock.move(Duration.ofSeconds(1));
        assertThat(sync(ledger, item(lease(), created.key(), 0, null, false, 1)).state())
                .isEqualTo(State.UNKNOWN);
        assertThat(sync(ledger, byId).state()).isEqualTo(State.OK);
        assertConsistent(ledger);
    }

    @Test
    void offlineUseUnderAKeyThatHasEndedCountsIfItBeganBefore() {
        CreatedLicense created = create(ledger, HOUR);
        clock.move(Duration.ofMinutes(1));
        ledger.rotate(created.key(), Duration.ZERO, ACTOR);
        clock.move(Duration.ofMinutes(1));

        assertThat(sync(ledger, offline(created.key(), 60_000, 10_000)).state()).isEqualTo(State.UNKNOWN);
        assertThat(ledger.license(created.license().id()).balance().usedMillis())
                .isZero();
        assertThat(sync(ledger, offline(created.key(), 60_001, 10_000)).state()).isEqualTo(State.UNKNOWN);
        assertThat(ledger.license(created.license().id()).balance().usedMillis())
                .isEqualTo(10_000);
        assertConsistent(ledger);
    }

    private static UsageBatch.Item offline(LicenseKey key, long age, long used) {
        return new UsageBatch.Item(lease(), key.sha256(), key, "", "session", age, used, false, 1, true, true);
    }

    /** Else a busy server would put a lease beside the one that it ran together with, and charge the difference. */
    @Test
    void aLeaseIsDatedByTheArrivalOfItsMessageNotByItsTurn() {
        LicenseKey key = TestLedgers.create(ledger, HOUR).key();
        ledger.usage(TestLedgers.batch(TestLedgers.item("at-once", key, 3_000, null, false, 1)));
        ledger.usage(TestLedgers.batch(TestLedgers.item("later", key, 0, null, false, 1)), Duration.ofSeconds(3));
        clock.move(Duration.ofSeconds(5));
        ledger.usage(TestLedgers.batch(
                TestLedgers.item("at-once", key, 8_000, 8_000L, true, 2),
                TestLedgers.item("later", key, 8_000, 8_000L, true, 2)));
        assertThat(ledger.license(key).balance().usedMillis()).isEqualTo(8_000);
    }

    @Test
    void aPublicIdInPlaceOfAKeyHashIsInvalid() {
        CreatedLicense created = create(ledger, HOUR);
        var byId = new io.hourmeter.UsageBatch.Item(
                lease(), created.license().id().value(), null, "", "session", 0, null, false, 1, false, true);
        assertThat(sync(ledger, byId).state()).isEqualTo(State.INVALID);
    }

    @Test
    void namesThatAreNoTextAreInvalid() {
        CreatedLicense created = create(ledger, HOUR);
        String before = ledger.dump();
        assertThat(sync(ledger, item("lease\0", created.key(), 0, null, false, 1))
                        .state())
                .isEqualTo(State.INVALID);
        assertThat(sync(ledger, item("lease\udc00", created.key(), 0, null, false, 1))
                        .state())
                .isEqualTo(State.INVALID);
        assertThat(ledger.dump()).isEqualTo(before);
    }

    @Test
    void aSilentNodesHoldLapsesInTheNextTransaction() {
        CreatedLicense created = create(ledger, HOUR);
        long authorized =
                sync(ledger, item(lease(), created.key(), 0, null, false, 1)).authorizedMillis();
        clock.move(Duration.ofMillis(authorized + 30_000));
        assertThat(ledger.debit(created.key(), HOUR_MILLIS, null, ACTOR).deductedMillis())
                .isEqualTo(HOUR_MILLIS - authorized);
        clock.move(Duration.ofMillis(1));
        assertThat(ledger.debit(created.key(), HOUR_MILLIS, null, ACTOR).deductedMillis())
                .isEqualTo(authorized);
        assertConsistent(ledger);
    }

    @Test
    void theReaperEndsTheLeasesOfSilentNodesAlsoWhenTheClockWentBack() throws Exception {
        CreatedLicense created = create(ledger, HOUR);
        long authorized =
                sync(ledger, item(lease(), created.key(), 0, null, false, 1)).authorizedMillis();
        LedgerEngine engine = LedgerEngine.acquire(TestLedgers.url(folder), StoreClock.of(clock));
        try {
            clock.move(Duration.ofHours(-5));
            assertThat(engine.reap()).as("notes that the clock went back").isEqualTo(1);
            assertThat(engine.reap()).isZero();
            clock.move(Duration.ofMillis(authorized + 30_001));
            assertThat(engine.reap()).isEqualTo(1);
        } finally {
            engine.release();
        }
        assertThat(ledger.license(created.key()).balance().heldMillis()).isZero();
        assertConsistent(ledger);
    }

    @Test
    void theReaperEndsTheLeasesOfSilentNodes() throws Exception {
        CreatedLicense created = create(ledger, HOUR);
        String lease = lease();
        long authorized =
                sync(ledger, item(lease, created.key(), 0, null, false, 1)).authorizedMillis();
        sync(ledger, item(lease, created.key(), 0, 0L, false, 2));
        LedgerEngine engine = LedgerEngine.acquire(TestLedgers.url(folder), StoreClock.of(clock));
        try {
            clock.move(Duration.ofMillis(authorized + 30_000));
            assertThat(engine.reap()).isZero();
            clock.move(Duration.ofMillis(1));
            assertThat(engine.reap()).isEqualTo(1);
            assertThat(engine.reap()).isZero();
        } finally {
            engine.release();
        }
        assertThat(ledger.license(created.key()).balance().heldMillis()).isZero();
        assertThat(sync(ledger, item(lease, created.key(), authorized + 30_001, 1_000L, false, 3))
                        .state())
                .isEqualTo(State.LAPSED);
        // What it used within its authorization still counts.
        assertThat(ledger.license(created.key()).balance().usedMillis()).isEqualTo(1_000);
        assertConsistent(ledger);
    }

    @Test
    void aClockSetBackNeitherStopsNorRepeatsALicensesTime() {
        CreatedLicense created = create(ledger, HOUR);
        String lease = lease();
        sync(ledger, item(lease, created.key(), 0, null, false, 1));

        clock.move(Duration.ofHours(-5));
        sync(ledger, item(lease, created.key(), 0, 0L, false, 2));
        clock.move(Duration.ofMinutes(5));
        sync(ledger, item(lease, created.key(), 300_000, 300_000L, false, 3));

        License license = ledger.license(created.key());
        assertThat(license.balance().asOf()).isEqualTo(clock.instant());
        assertThat(license.balance().usedMillis()).isEqualTo(300_000);
        assertConsistent(ledger);
    }

    @Test
    void theHistoryOfAClockSetBackStillRunsForward() {
        CreatedLicense created = create(ledger, HOUR);
        clock.move(Duration.ofHours(-5));
        ledger.credit(created.key(), 1, null, "", "", ACTOR);
        ledger.credit(created.key(), 2, null, "", "", ACTOR);
        assertThat(ledger.history(created.key(), HistoryQuery.newest()).entries())
                .extracting(History.Entry::millis)
                .containsExactly(2L, 1L, HOUR_MILLIS);
    }

    @Test
    void daysAreThoseOfTheZone() {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, TestLedgers.url(folder))
                .set(Settings.LICENSE_ZONE, "Asia/Kathmandu")
                .build();
        try (Ledger kathmandu = Ledger.open(config)) {
            CreatedLicense created = create(kathmandu, HOUR);
            // 2026-03-01T18:14:59.999Z is the last millisecond of that day at UTC+05:45
            clock.move(Duration.parse("PT8H14M59.999S"));
            kathmandu.debit(created.key(), 1, null, ACTOR);
            clock.move(Duration.ofMillis(1));
            kathmandu.debit(created.key(), 2, null, ACTOR);
            assertThat(kathmandu.history(created.key(), HistoryQuery.newest()).daily())
                    .extracting(day -> day.day() + " " + day.usedMillis() + " " + day.purchasedMillis())
                    .containsExactly("2026-03-02 2 0", "2026-03-01 1 " + HOUR_MILLIS);
        }
    }

    @Test
    void listPagesTogetherAreAllLicenses() {
        for (int i = 0; i < 7; i++) {
            create(ledger, HOUR);
        }
        List<String> all = new ArrayList<>();
        String cursor = null;
        do {
            Ledger.LicensePage page = ledger.list(new Ledger.LicenseQuery(null, null, null, 3, cursor));
            all.addAll(ids(page));
            cursor = page.next();
        } while (cursor != null);
        assertThat(all).hasSize(7).isEqualTo(ids(ledger.list(Ledger.LicenseQuery.newest(10))));
    }

    private static List<String> ids(Ledger.LicensePage page) {
        return page.licenses().stream().map(held -> held.license().id().value()).toList();
    }

    @Test
    void aListIsAskedForAWholeAddressAndAnyPartOfTheRest() {
        CreatedLicense bob = createFor("bob@example.org");
        createFor("xbob@example.org");
        assertThat(ids(filtered(null, "BOB@example.ORG ", null)))
                .containsExactly(bob.license().id().value());
        assertThat(ids(filtered(" BOB@ ", null, LicenseStatus.ACTIVE))).hasSize(2);
        assertThat(ids(filtered(" ", null, null))).hasSize(2);
        assertThat(filtered(null, "bob@example.org", LicenseStatus.REVOKED).licenses())
                .isEmpty();
        assertRefused(ErrorCode.INVALID_REQUEST, () -> filtered(null, "bob", null));
        assertThat(filtered(null, "bob@example.org", null).licenses().get(0).customer())
                .isEqualTo(bob.customer());
    }

    private CreatedLicense createFor(String email) {
        return ledger.create(NewLicense.of(new Customer(email, "", ""), HOUR), null, ACTOR);
    }

    private Ledger.LicensePage filtered(@Nullable String text, @Nullable String email, @Nullable LicenseStatus status) {
        return ledger.list(new Ledger.LicenseQuery(text, email, status, 10, null));
    }

    @Test
    void aClosedLedgerRefusesAndClosesTwice() {
        CreatedLicense created = create(ledger, HOUR);
        ledger.close();
        ledger.close();
        assertThat(ledger.healthy()).isFalse();
        assertThatThrownBy(() -> ledger.credit(created.key(), 1, null, "", "", ACTOR))
                .isInstanceOf(LicenseServerUnavailableException.class);
    }

    @Test
    void twoOpensShareOneLedgerAndCloseOnTheirOwn() {
        CreatedLicense created = create(ledger, HOUR);
        try (Ledger second = TestLedgers.open(folder.resolve("nowhere/.."), clock)) {
            Credited credited = second.credit(created.key(), 1, null, "", "", ACTOR);
            assertThat(ledger.license(created.key()).balance()).isEqualTo(credited.balance());
        }
        assertThat(ledger.healthy()).isTrue();
        ledger.credit(created.key(), 1, null, "", "", ACTOR);
    }
}
