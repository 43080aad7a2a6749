package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.CUSTOMER;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR_MILLIS;
import static io.hourmeter.server.ledger.TestLedgers.assertConsistent;
import static io.hourmeter.server.ledger.TestLedgers.item;
import static io.hourmeter.server.ledger.TestLedgers.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.server.ledger.rules.ClockStep;
import io.hourmeter.server.ledger.store.ClockWatch;
import io.hourmeter.server.ledger.store.StoreClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a clock said wrongly does no lasting harm. */
class ClockJumpTest {

    private static final Instant END = Instant.parse("2027-06-30T00:00:00Z");
    private static final long MINUTE = 60_000;

    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private final AtomicLong nanos = new AtomicLong();
    private Ledger ledger;
    private LicenseKey key;

    @BeforeEach
    void open() {
        ledger = Ledger.open(TestLedgers.config(folder), Duration.ofMinutes(1), new StoreClock(clock, nanos::get));
        if (key == null) {
            CreatedLicense created =
                    ledger.create(new NewLicense(CUSTOMER, HOUR, NewLicense.STANDARD, null, END), null, ACTOR);
            key = created.key();
        }
    }

    @AfterEach
    void close() {
        ledger.close();
    }

    private void restart() {
        close();
        open();
    }

    /** Time passes, by both clocks. */
    private void pass(Duration time) {
        clock.move(time);
        nanos.addAndGet(time.toNanos());
    }

    private Instant now() {
        return clock.instant();
    }

    /** Everything that writes, with the clock as it is. */
    private void business(String name) {
        String once = name.replace(' ', '-');
        ledger.credit(key, 1, once, "", name, ACTOR);
        ledger.debit(key, 1, once, ACTOR);
        sync(ledger, item("lease-of-" + once, key, 0, null, false, 1));
        sync(ledger, item("lease-of-" + once, key, 0, 0L, true, 2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"PT11S", "-PT11S", "PT59M", "-PT59M", "PT2H", "-PT2H", "P40D", "-P40D", "P1825D", "-P1825D"})
    void aJumpAndItsMendingEndNoLicenseAndNoKeyAndMoveNoTime(Duration jump) {
        for (boolean whileStopped : new boolean[] {false, true}) {
            LicenseKey old = key;
            key = ledger.rotate(old, Duration.ofDays(30), ACTOR).key();
            Balance before = ledger.license(key).balance();
            clock.move(jump);
            if (whileStopped) {
                restart();
            }
            business("wrong " + whileStopped);
            // Beyond the idle gap, so that no pause counts as use.
            pass(Duration.ofMinutes(10));
            clock.move(jump.negated());
            restart();

            assertThat(ledger.validate(key).refusal()).isNull();
            assertThat(ledger.validate(old).refusal()).as("in its grace").isNull();
            business("right " + whileStopped);
            assertThat(sync(ledger, item("open-" + whileStopped, key, 0, null, false, 1))
                            .state())
                    .isEqualTo(State.OK);
            sync(ledger, item("open-" + whileStopped, key, 0, 0L, true, 2));
            pass(Duration.ofMinutes(10));
            Balance after = ledger.license(key).balance();
            assertThat(after.purchasedMillis()).isEqualTo(before.purchasedMillis() + 2);
            assertThat(after.usedMillis()).isEqualTo(before.usedMillis() + 2);
            assertThat(after.heldMillis()).isZero();
            assertThat(after.asOf()).isBetween(now(), now().plusMillis(ClockStep.TOLERATED_MILLIS));
            assertConsistent(ledger);
        }
    }

    @Test
    void theLicenseEndsAtItsInstantAfterAnyNumberOfJumps() {
        for (String jump : new String[] {"P1825D", "-P1825D", "P40D", "-P1D"}) {
            clock.move(Duration.parse(jump));
            business("wrong " + jump);
            clock.move(Duration.parse(jump).negated());
            business("right " + jump);
        }
        pass(Duration.between(now(), END).minusMillis(1));
        assertThat(ledger.validate(key).refusal()).isNull();
        assertThat(sync(ledger, item("last", key, 0, null, false, 1)).authorizedMillis())
                .as("not beyond the end")
                .isEqualTo(1);
        pass(Duration.ofMillis(1));
        assertThat(ledger.validate(key).refusal()).isEqualTo(ErrorCode.LICENSE_EXPIRED);
        assertThat(sync(ledger, item("later", key, 0, null, false, 1)).state()).isEqualTo(State.EXPIRED_LICENSE);
        assertConsistent(ledger);
    }

    @ParameterizedTest
    @ValueSource(strings = {"P1825D", "-P1825D"})
    void linesWrittenMeanwhileAreMarkedAndNoOthers(Duration jump) {
        business("before");
        clock.move(jump);
        business("meanwhile");
        // A restart does not forget that the clock is in doubt.
        restart();
        Instant wrong = now();
        business("still");
        clock.move(jump.negated());
        business("after");
        restart();
        business("long after");

        List<History.Entry> lines = ledger.history(key, HistoryQuery.newest()).entries();
        assertThat(lines.stream().filter(line -> line.kind().equals("GRANT")).map(History.Entry::description))
                .containsExactly(
                        "long after",
                        "after",
                        "still (date uncertain)",
                        "meanwhile (date uncertain)",
                        "before",
                        "created with the license");
        for (History.Entry line : lines) {
            boolean doubtful = line.description().endsWith("date uncertain)")
                    || line.description().equals("date uncertain");
            assertThat(line.at()).as(line.toString()).isEqualTo(doubtful ? wrong : now());
        }
        assertThat(lines.stream().mapToLong(History.Entry::millis).sum())
                .isEqualTo(ledger.license(key).balance().remainingMillis());
        for (int i = 1; i < lines.size(); i++) {
            History.Entry newer = lines.get(i - 1);
            assertThat(lines.get(i).remainingAfterMillis()).isEqualTo(newer.remainingAfterMillis() - newer.millis());
        }
    }

    @Test
    void aLineOfTheFutureIsMarkedWhoeverWroteIt() {
        clock.move(Duration.ofDays(10));
        restart();
        ledger.credit(key, 1, null, "", "too early", ACTOR);
        clock.move(Duration.ofDays(-10));
        restart();
        assertThat(ledger.history(key, HistoryQuery.newest()).entries().get(0).description())
                .isEqualTo("too early (date uncertain)");
    }

    @Test
    void useThatRunsOverAJumpIsChargedOnceAndInFull() {
        for (Duration jump : List.of(Duration.ofDays(1825), Duration.ofDays(-1825), Duration.ofMinutes(-30))) {
            String lease = "over" + jump;
            Balance before = ledger.license(key).balance();
            assertThat(sync(ledger, item(lease, key, 0, null, false, 1)).state())
                    .isEqualTo(State.OK);
            pass(Duration.ofMinutes(2));
            clock.move(jump);
            sync(ledger, item(lease, key, 2 * MINUTE, 2 * MINUTE, false, 2));
            pass(Duration.ofMinutes(1));
            clock.move(jump.negated());
            sync(ledger, item(lease, key, 3 * MINUTE, 3 * MINUTE, true, 3));
            Balance after = ledger.license(key).balance();
            assertThat(after.usedMillis() - before.usedMillis())
                    .as(jump.toString())
                    .isEqualTo(3 * MINUTE);
            assertThat(after.uncollectedMillis()).isZero();
            assertThat(after.heldMillis()).isZero();
            assertConsistent(ledger);
            // Beyond the idle gap, so that nothing is bridged.
            pass(Duration.ofMinutes(10));
        }
    }

    @Test
    void aSessionIsDatedByWhatIsNotInDoubt() {
        Instant begun = now();
        sync(ledger, item("lease-1", key, 0, null, false, 1));
        pass(Duration.ofMinutes(1));
        sync(ledger, item("lease-1", key, MINUTE, MINUTE, true, 2));
        clock.move(Duration.ofDays(1825));
        sync(ledger, item("lease-2", key, 0, null, false, 1));
        pass(Duration.ofMinutes(1));
        sync(ledger, item("lease-2", key, MINUTE, MINUTE, true, 2));
        clock.move(Duration.ofDays(-1825));
        assertThat(ledger.history(key, HistoryQuery.newest()).sessions())
                .singleElement()
                .satisfies(session -> {
                    assertThat(session.started()).isEqualTo(begun);
                    assertThat(session.ended()).isEqualTo(begun.plusSeconds(60));
                });
    }

    /** A step back used to be told; a step forward of years was not. */
    @ParameterizedTest
    @ValueSource(strings = {"P1825D", "-P1825D"})
    void aJumpIsToldLoudlyAndOnce(Duration jump) {
        List<String> alarms = new ArrayList<>();
        try (LogCapture log = LogCapture.of(ClockWatch.class, alarms::add)) {
            for (int i = 0; i < 5; i++) {
                clock.move(i % 2 == 0 ? jump : jump.negated());
                business("jump " + i);
                business("again " + i);
            }
            assertThat(log.level()).isEqualTo("ERROR");
        }
        assertThat(alarms).hasSize(2);
        assertThat(alarms.get(0)).contains("1825 days").contains(jump.isNegative() ? "back by" : "ahead by");
        assertThat(alarms.get(1)).contains("back where it was expected");
        assertThat(String.join("", alarms)).doesNotContain(key.text());
    }

    @Test
    void historyIsReadByTheDatesThatItShows() {
        Instant begun = now();
        clock.move(Duration.ofDays(1825));
        ledger.credit(key, 1, null, "", "", ACTOR);
        clock.move(Duration.ofDays(-1825));
        pass(Duration.ofDays(3));
        ledger.credit(key, 2, null, "", "", ACTOR);
        HistoryQuery thatDay = new HistoryQuery(
                HistoryQuery.Type.ALL, begun.plus(Duration.ofDays(3)), begun.plus(Duration.ofDays(4)), 10, null);
        assertThat(ledger.history(key, thatDay).entries())
                .extracting(History.Entry::millis)
                .containsExactly(2L);
        assertThat(ledger.history(key, thatDay).daily()).singleElement().satisfies(day -> {
            assertThat(day.day().toString()).isEqualTo("2026-03-04");
            assertThat(day.purchasedMillis()).isEqualTo(2);
        });
        assertThat(ledger.history(key, HistoryQuery.newest()).totals().purchasedMillis())
                .isEqualTo(HOUR_MILLIS + 3);
    }
}
