package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR_MILLIS;
import static io.hourmeter.server.ledger.TestLedgers.assertConsistent;
import static io.hourmeter.server.ledger.TestLedgers.assertRefused;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static io.hourmeter.server.ledger.TestLedgers.item;
import static io.hourmeter.server.ledger.TestLedgers.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.hourmeter.Balance;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch.Item;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The license server is away for longer than the balance, and comes back: what the next credits are worth. */
class OwedTest {

    private static final long SECOND = 1_000;
    private static final long MINUTE = 60 * SECOND;

    private final ManualClock clock = new ManualClock();

    @TempDir
    Path folder;

    private Ledger ledger;
    private LicenseKey key;

    @BeforeEach
    void openLedger() {
        ledger = TestLedgers.owing(folder, clock);
        key = create(ledger, Duration.ofMinutes(1)).key();
    }

    @AfterEach
    void closeLedger() {
        // Whatever a test has done: the audit agrees, and the lines of the history add up to the balance.
        assertConsistent(ledger);
        History history = ledger.history(key, HistoryQuery.newest());
        Balance balance = balance();
        assertThat(history.entries().stream().mapToLong(History.Entry::millis).sum())
                .isEqualTo(balance.remainingMillis());
        assertThat(history.entries().get(0).remainingAfterMillis()).isEqualTo(balance.remainingMillis());
        assertThat(history.sessions().stream()
                        .mapToLong(History.Session::chargedMillis)
                        .sum())
                .isEqualTo(balance.usedMillis() - debited(history));
        assertThat(history.sessions().stream()
                        .mapToLong(History.Session::uncollectedMillis)
                        .sum())
                .isEqualTo(balance.uncollectedMillis());
        assertThat(history.daily().stream().mapToLong(History.Day::usedMillis).sum())
                .isEqualTo(balance.usedMillis());
        ledger.close();
    }

    private static long debited(History history) {
        return -history.entries().stream()
                .filter(entry -> entry.kind().equals("DEBIT"))
                .mapToLong(History.Entry::millis)
                .sum();
    }

    private void setOwes(boolean owes) {
        ledger.close();
        ledger = owes ? TestLedgers.owing(folder, clock) : TestLedgers.open(folder, clock);
    }

    private Balance balance() {
        return ledger.license(key).balance();
    }

    private Credited credit(long millis, String idempotencyKey) {
        clock.move(Duration.ofSeconds(1));
        return ledger.credit(key, millis, idempotencyKey, "", "", ACTOR);
    }

    /** A node opens a lease for the minute there is; the server is stopped, and started when the customer has left. */
    private String outage(long usedMillis) {
        String lease = TestLedgers.lease();
        assertThat(sync(ledger, item(lease, key, 0, null, false, 1)).authorizedMillis())
                .isEqualTo(MINUTE);
        ledger.close();
        clock.move(Duration.ofMinutes(5));
        ledger = TestLedgers.owing(folder, clock);
        sync(ledger, offline(lease, usedMillis, 2));
        return lease;
    }

    private Item offline(String lease, long usedMillis, long seq) {
        return new Item(lease, key.sha256(), null, "", "session", 5 * MINUTE, usedMillis, true, seq, true, true);
    }

    @Test
    void theNextCreditPaysWhatWasServedBeyondTheBalance() {
        outage(98 * SECOND);
        assertThat(balance().usedMillis()).isEqualTo(MINUTE);
        assertThat(balance().remainingMillis()).isZero();
        assertThat(balance().uncollectedMillis()).isEqualTo(38 * SECOND);
        assertThat(balance().owedMillis()).isEqualTo(38 * SECOND);

        Credited first = credit(HOUR_MILLIS, "stripe:cs_1");
        assertThat(first.addedMillis()).isEqualTo(HOUR_MILLIS);
        assertThat(first.collectedMillis()).isEqualTo(38 * SECOND);
        assertThat(first.balance().remainingMillis()).isEqualTo(HOUR_MILLIS - 38 * SECOND);
        assertThat(balance().remainingMillis()).isEqualTo(HOUR_MILLIS - 38 * SECOND);
        assertThat(balance().purchasedMillis()).isEqualTo(HOUR_MILLIS + MINUTE);
        assertThat(balance().uncollectedMillis()).isZero();
        assertThat(balance().owedMillis()).isZero();

        Credited second = credit(HOUR_MILLIS, "stripe:cs_2");
        assertThat(second.collectedMillis()).isZero();
        assertThat(second.balance().remainingMillis()).isEqualTo(2 * HOUR_MILLIS - 38 * SECOND);
        assertThat(ledger.history(key, HistoryQuery.newest()).entries())
                .extracting(History.Entry::kind, History.Entry::millis, History.Entry::remainingAfterMillis)
                .containsExactly(
                        tuple("PURCHASE", HOUR_MILLIS, 2 * HOUR_MILLIS - 38 * SECOND),
                        tuple("COLLECTION", -38 * SECOND, HOUR_MILLIS - 38 * SECOND),
                        tuple("PURCHASE", HOUR_MILLIS, HOUR_MILLIS),
                        tuple("USAGE", -MINUTE, 0L),
                        tuple("GRANT", MINUTE, MINUTE));
    }

    @Test
    void whatIsForgivenIsNeverPaid() {
        setOwes(false);
        String lease = TestLedgers.lease();
        sync(ledger, item(lease, key, 0, null, false, 1));
        clock.move(Duration.ofMinutes(5));
        sync(ledger, offline(lease, 98 * SECOND, 2));
        assertThat(balance().uncollectedMillis()).isEqualTo(38 * SECOND);
        assertThat(balance().owedMillis()).isZero();
        setOwes(true);
        Credited credited = credit(HOUR_MILLIS, "stripe:cs_1");
        assertThat(credited.collectedMillis()).isZero();
        assertThat(credited.balance().remainingMillis()).isEqualTo(HOUR_MILLIS);
        assertThat(balance().uncollectedMillis()).isEqualTo(38 * SECOND);
    }

    @ParameterizedTest
    @EnumSource(CreditKind.class)
    void aCreditOfAnyKindPays(CreditKind kind) {
        outage(98 * SECOND);
        Credited credited = ledger.credit(key, MINUTE, kind, null, "", "", ACTOR);
        assertThat(credited.collectedMillis()).isEqualTo(38 * SECOND);
        assertThat(credited.balance().remainingMillis()).isEqualTo(22 * SECOND);
    }

    @Test
    void aRepeatedCreditAnswersWhatTheFirstOneDid() {
        outage(98 * SECOND);
        Credited first = credit(HOUR_MILLIS, "stripe:cs_1");
        clock.move(Duration.ofMinutes(1));
        ledger.debit(key, MINUTE, null, ACTOR);
        for (boolean owes : new boolean[] {true, false}) {
            setOwes(owes);
            Credited again = credit(HOUR_MILLIS, "stripe:cs_1");
            assertThat(again)
                    .isEqualTo(new Credited(first.addedMillis(), first.balance(), true, first.collectedMillis()));
        }
        assertThat(balance().remainingMillis()).isEqualTo(HOUR_MILLIS - MINUTE - 38 * SECOND);
    }

    @Test
    void theKeyThatCreatedTheLicenseMayCreditItOnceAndIsRepeatedTheSame() {
        key = ledger.create(NewLicense.of(TestLedgers.CUSTOMER, Duration.ofMinutes(1)), "one-key", ACTOR)
                .key();
        outage(98 * SECOND);
        Credited first = credit(MINUTE, "one-key");
        assertThat(first.collectedMillis()).isEqualTo(38 * SECOND);
        Credited again = credit(MINUTE, "one-key");
        assertThat(again.repeated()).isTrue();
        assertThat(again.balance()).isEqualTo(first.balance());
        assertThat(again.collectedMillis()).isEqualTo(38 * SECOND);
    }

    @Test
    void aDebtAboveTheCreditLeavesNothingAndTheRestOwed() {
        outage(98 * SECOND);
        Credited small = credit(30 * SECOND, "stripe:cs_1");
        assertThat(small.collectedMillis()).isEqualTo(30 * SECOND);
        assertThat(small.balance().remainingMillis()).isZero();
        assertThat(balance().owedMillis()).isEqualTo(8 * SECOND);
        assertThat(balance().uncollectedMillis()).isEqualTo(8 * SECOND);
        assertThat(ledger.validate(key).refusal()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        assertRefused(ErrorCode.HOURS_EXHAUSTED, () -> ledger.debit(key, SECOND, null, ACTOR));
        assertThat(credit(MINUTE, "stripe:cs_2").balance().remainingMillis()).isEqualTo(52 * SECOND);
    }

    @Test
    void aLaterReportOfTheSameLeaseIsPaidOnceHoweverMuchOfItWasPaidBefore() {
        String lease = outage(98 * SECOND);
        credit(30 * SECOND, "stripe:cs_1");
        sync(ledger, offline(lease, 108 * SECOND, 3));
        assertThat(balance().owedMillis()).isEqualTo(18 * SECOND);
        sync(ledger, offline(lease, 98 * SECOND, 4));
        sync(ledger, offline(lease, 108 * SECOND, 3));
        assertThat(balance().owedMillis()).isEqualTo(18 * SECOND);
        credit(MINUTE, "stripe:cs_2");
        assertThat(balance().remainingMillis()).isEqualTo(42 * SECOND);
        sync(ledger, offline(lease, 118 * SECOND, 5));
        assertThat(balance().remainingMillis()).isEqualTo(32 * SECOND);
        assertThat(balance().usedMillis()).isEqualTo(118 * SECOND);
        assertThat(balance().uncollectedMillis()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void reportsAndCreditsInAnyOrderCostTheSame(long seed) {
        // One node has a lease, is cut off, and tells late what it served; another joins it under the outage policy.
        sync(ledger, told("late", 0, null, false, 1));
        clock.move(Duration.ofMinutes(20));
        ledger.debit(key, 45 * SECOND, null, ACTOR);
        List<Runnable> all = new ArrayList<>();
        for (long piece = 1; piece <= 3; piece++) {
            long told = piece;
            all.add(() -> sync(ledger, told("late", 20 * MINUTE, told * 20 * SECOND, false, told + 1)));
            all.add(() -> sync(ledger, told("offline", 20 * MINUTE - 30 * SECOND, told * 30 * SECOND, true, told)));
            all.add(() -> ledger.credit(key, 15 * SECOND, "credit-" + told, "", "", ACTOR));
        }
        Collections.shuffle(all, new Random(seed));
        all.forEach(Runnable::run);
        credit(HOUR_MILLIS, "enough");
        assertThat(balance().owedMillis()).as("seed %s", seed).isZero();
        assertThat(balance().uncollectedMillis()).isZero();
        assertThat(balance().usedMillis()).as("seed %s", seed).isEqualTo((45 + 120) * SECOND);
    }

    private Item told(String lease, long ageMillis, @Nullable Long usedMillis, boolean offline, long seq) {
        return new Item(lease, key.sha256(), null, "", lease, ageMillis, usedMillis, false, seq, offline, true);
    }

    @Test
    void aRefundOfTheCreditDoesNotMakeItOwedAgain() {
        outage(98 * SECOND);
        credit(HOUR_MILLIS, "stripe:cs_1");
        Balance refunded = ledger.reverse(key, new Reversal("stripe:cs_1", "re_1", 1, 1, 1, ""), ACTOR);
        assertThat(refunded.remainingMillis()).isEqualTo(-38 * SECOND);
        assertThat(balance().owedMillis()).isZero();
        assertThat(credit(MINUTE, "stripe:cs_2").balance().remainingMillis()).isEqualTo(22 * SECOND);
        Balance failed = ledger.reverse(key, new Reversal("stripe:cs_1", "re_1", 2, 0, 1, ""), ACTOR);
        assertThat(failed.remainingMillis()).isEqualTo(HOUR_MILLIS + 22 * SECOND);
    }

    @Test
    void aCreditThatOnlyHealsARefundPaysNothingYet() {
        credit(MINUTE, "stripe:cs_1");
        ledger.debit(key, MINUTE, null, ACTOR);
        outage(98 * SECOND);
        ledger.reverse(key, new Reversal("stripe:cs_1", "re_1", 1, 1, 1, ""), ACTOR);
        assertThat(balance().remainingMillis()).isEqualTo(-MINUTE);
        Credited healing = credit(MINUTE, "stripe:cs_2");
        assertThat(healing.collectedMillis()).isZero();
        assertThat(healing.balance().remainingMillis()).isZero();
        assertThat(credit(MINUTE, "stripe:cs_3").collectedMillis()).isEqualTo(38 * SECOND);
    }

    @Test
    void whatAReinstatementGivesBackPaysNothing() {
        credit(MINUTE, "stripe:cs_1");
        ledger.reverse(key, new Reversal("stripe:cs_1", "du_1", 1, 1, 1, ""), ACTOR);
        outage(98 * SECOND);
        Balance won = ledger.reverse(key, new Reversal("stripe:cs_1", "du_1", 2, 0, 1, ""), ACTOR);
        assertThat(won.remainingMillis()).isEqualTo(MINUTE);
        assertThat(balance().owedMillis()).isEqualTo(38 * SECOND);
        Credited small = credit(10 * SECOND, "stripe:cs_2");
        assertThat(small.collectedMillis()).as("a credit pays at most itself").isEqualTo(10 * SECOND);
        assertThat(small.balance().remainingMillis()).isEqualTo(MINUTE);
    }

    @Test
    void aCreditPaysAtMostItselfAndNothingThatIsHeld() {
        credit(MINUTE, "stripe:cs_1");
        ledger.reverse(key, new Reversal("stripe:cs_1", "du_1", 1, 1, 1, ""), ACTOR);
        outage(98 * SECOND);
        ledger.reverse(key, new Reversal("stripe:cs_1", "du_1", 2, 0, 1, ""), ACTOR);
        // A session holds the minute that came back.
        String running = TestLedgers.lease();
        assertThat(sync(ledger, new Item(running, key.sha256(), null, "", "two", 0, null, false, 1, false, false))
                        .authorizedMillis())
                .isEqualTo(MINUTE);
        Credited small = credit(10 * SECOND, "stripe:cs_2");
        assertThat(small.collectedMillis()).isEqualTo(10 * SECOND);
        ledger.reverse(key, new Reversal("stripe:cs_2", "re_2", 1, 1, 1, ""), ACTOR);
        Credited healing = credit(10 * SECOND, "stripe:cs_3");
        assertThat(healing.collectedMillis())
                .as("the session was promised a minute, and a refund took what it rests on")
                .isZero();
        assertThat(healing.balance().heldMillis()).isEqualTo(MINUTE);
    }

    @Test
    void withoutTheSettingNothingIsCollectedAndNothingGivenBack() {
        String lease = outage(98 * SECOND);
        credit(30 * SECOND, "stripe:cs_1");
        setOwes(false);
        assertThat(balance().uncollectedMillis()).isEqualTo(8 * SECOND);
        assertThat(credit(MINUTE, "stripe:cs_2").balance().remainingMillis()).isEqualTo(MINUTE);
        assertThat(balance().usedMillis()).isEqualTo(90 * SECOND);
        ledger.debit(key, MINUTE, null, ACTOR);
        sync(ledger, offline(lease, 108 * SECOND, 3));
        assertThat(balance().uncollectedMillis()).isEqualTo(18 * SECOND);
        assertThat(balance().owedMillis())
                .as("of what was served meanwhile nothing is owed")
                .isEqualTo(8 * SECOND);
        setOwes(true);
        assertThat(credit(MINUTE, "stripe:cs_3").collectedMillis()).isEqualTo(8 * SECOND);
    }

    @Test
    void anExpiredLicenseAndANewKeyOweTheSame() {
        outage(98 * SECOND);
        key = ledger.rotate(key, Duration.ZERO, ACTOR).key();
        ledger.change(key, new Ledger.LicenseChange(null, clock.instant(), false), ACTOR);
        assertThat(ledger.validate(key).refusal()).isEqualTo(ErrorCode.LICENSE_EXPIRED);
        assertThat(credit(MINUTE, "stripe:cs_1").collectedMillis()).isEqualTo(38 * SECOND);
    }

    @Test
    void useReportedAfterItsHoldHadLapsedIsOwedAsWell() {
        String silent = TestLedgers.lease();
        sync(ledger, item(silent, key, 0, null, false, 1));
        clock.move(Duration.ofMinutes(2));
        ledger.debit(key, MINUTE, null, ACTOR);
        assertThat(sync(ledger, item(silent, key, 2 * MINUTE, 50 * SECOND, true, 2))
                        .state())
                .isEqualTo(State.CLOSED);
        assertThat(balance().owedMillis()).isEqualTo(50 * SECOND);
        assertThat(credit(MINUTE, "stripe:cs_1").balance().remainingMillis()).isEqualTo(10 * SECOND);
    }

    @Test
    void theHistoryShowsWhatWasCollectedAsUse() {
        outage(98 * SECOND);
        credit(MINUTE, "stripe:cs_1");
        assertThat(ledger.history(key, new HistoryQuery(HistoryQuery.Type.USAGE, null, null, 10, null))
                        .entries())
                .extracting(History.Entry::kind)
                .containsExactly("COLLECTION", "USAGE");
        assertThat(ledger.history(key, new HistoryQuery(HistoryQuery.Type.PAYMENT, null, null, 10, null))
                        .entries())
                .extracting(History.Entry::kind)
                .containsExactly("PURCHASE", "GRANT");
    }
}
