package io.hourmeter.server.ledger.rules;

import static io.hourmeter.server.ledger.rules.LeaseScript.HOUR;
import static io.hourmeter.server.ledger.rules.LeaseScript.MINUTE;
import static io.hourmeter.server.ledger.rules.LeaseScript.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a node may claim; anything else is refused and changes nothing. */
class MessageCheckTest {

    private static final long WEEK = 7 * 24 * HOUR;

    private final LeaseScript script = LeaseScript.withBalance(HOUR);

    @Test
    void negativeNumbersAreInvalid() {
        assertThat(refused(item("l1", -1, null, 0))).isEqualTo(State.INVALID);
        assertThat(refused(item("l1", Long.MIN_VALUE, null, 0))).isEqualTo(State.INVALID);
        assertThat(refused(item("l1", 0, -1L, 0))).isEqualTo(State.INVALID);
        assertThat(refused(item("l1", 0, Long.MIN_VALUE, 0))).isEqualTo(State.INVALID);
        assertThat(refused(item("l1", 0, null, -1))).isEqualTo(State.INVALID);
    }

    @Test
    void useLongerThanTheAgeIsInvalidButForTwoSeconds() {
        assertThat(script.send(item("l1", 5 * SECOND, 7 * SECOND, 0)).state()).isEqualTo(State.OK);
        assertThat(refused(item("l2", 5 * SECOND, 7 * SECOND + 1, 0))).isEqualTo(State.INVALID);
        assertThat(refused(item("l2", 5 * SECOND, Long.MAX_VALUE, 0))).isEqualTo(State.INVALID);
    }

    @Test
    void ofAKnownLeaseTheLicensesOwnClockSpeaksToo() {
        script.lease("l1").open();
        script.pass(MINUTE);
        assertThat(script.send(item("l1", 0, MINUTE + 2 * SECOND, 5)).state()).isEqualTo(State.OK);
        assertThat(script.charged()).isEqualTo(MINUTE + 2 * SECOND);
        assertThat(refused(item("l1", 0, MINUTE + 2 * SECOND + 1, 6))).isEqualTo(State.INVALID);
    }

    @Test
    void aWeekIsTheOldestAge() {
        script.credit(200 * HOUR);
        assertThat(script.send(item("l1", WEEK, null, 0)).state()).isEqualTo(State.OK);
        assertThat(refused(item("l2", WEEK + 1, null, 0))).isEqualTo(State.TOO_LATE);
        assertThat(refused(item("l2", Long.MAX_VALUE, Long.MAX_VALUE, 0))).isEqualTo(State.TOO_LATE);
    }

    @Test
    void aKnownLeaseIsAsOldAsTheYoungerOfTwoClocksSays() {
        script.credit(200 * HOUR);
        script.send(item("l1", 0, null, 0));
        assertThat(script.send(item("l1", 100 * WEEK, 0L, 1)).state()).isEqualTo(State.OK);
        script.pass(100 * WEEK);
        assertThat(script.send(item("l1", HOUR, 0L, 2)).state()).isEqualTo(State.LAPSED);
        assertThat(refused(item("l1", 100 * WEEK, 0L, 3))).isEqualTo(State.TOO_LATE);
    }

    @Test
    void aLeaseDoesNotChangeItsScope() {
        script.lease("l1", "session-a").open();
        assertThat(refused(item("l1", 0, null, 5))).isEqualTo(State.INVALID);
    }

    @Test
    void namesAreNeitherEmptyNorEndless() {
        assertThat(refused(item("", 0, null, 0))).isEqualTo(State.INVALID);
        assertThat(refused(item("x".repeat(129), 0, null, 0))).isEqualTo(State.INVALID);
        assertThat(script.send(item("x".repeat(128), 0, null, 0)).state()).isEqualTo(State.OK);
    }

    @Test
    void theHeadMustBeInBounds() {
        long day = 24 * HOUR;
        assertThat(head(365 * day, day, day)).isEqualTo(State.OK);
        assertThat(head(0, 1, 0)).isEqualTo(State.OK);
        assertThat(head(365 * day + 1, day, day)).isEqualTo(State.INVALID);
        assertThat(head(0, day + 1, 0)).isEqualTo(State.INVALID);
        assertThat(head(0, 0, 0)).isEqualTo(State.INVALID);
        assertThat(head(0, 1, day + 1)).isEqualTo(State.INVALID);
        assertThat(head(-1, 1, 0)).isEqualTo(State.INVALID);
        assertThat(head(0, 1, -1)).isEqualTo(State.INVALID);
        assertThat(head(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(State.INVALID);
    }

    @Test
    void whateverIsSentNothingThrowsAndTheBillStaysRight() {
        long[] values = {
            Long.MIN_VALUE,
            -1,
            0,
            1,
            999,
            2_001,
            MINUTE,
            15 * MINUTE,
            24 * HOUR,
            WEEK - 1,
            WEEK,
            WEEK + 1,
            Long.MAX_VALUE
        };
        for (long seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            LicenseState state = script.state();
            for (int i = 0; i < 30; i++) {
                LicenseRow license = state.license();
                state = LeaseRules.lapse(
                        state.with(license.withClock(license.lastNowMillis() + random.nextLong(3 * MINUTE), 0)));
                UsageBatch head = new UsageBatch(
                        "n", pick(random, values), pick(random, values), pick(random, values), List.of());
                if (random.nextInt(4) > 0) {
                    head = new UsageBatch("n", 5 * MINUTE, 15 * MINUTE, 10 * MINUTE, List.of());
                }
                UsageBatch.Item item = new UsageBatch.Item(
                        "l" + random.nextInt(4),
                        "",
                        null,
                        random.nextInt(8) == 0 ? "a" : "",
                        "s",
                        random.nextBoolean() ? random.nextLong(MINUTE) : pick(random, values),
                        random.nextInt(3) == 0 ? null : Long.valueOf(pick(random, values)),
                        random.nextInt(5) == 0,
                        random.nextBoolean() ? i : pick(random, values),
                        random.nextInt(5) == 0,
                        random.nextInt(5) > 0);
                state = LeaseRules.apply(state, new LeaseMessage(head, item)).state();
                assertConserved(seed, state);
            }
        }
    }

    private static void assertConserved(long seed, LicenseState state) {
        long covered = 0;
        long lines = 0;
        long held = 0;
        for (ScopeState scope : state.scopes()) {
            covered += scope.actualMillis();
            held += scope.heldMillis();
            lines += scope.leases().stream().mapToLong(LeaseRow::chargedMillis).sum();
        }
        assertThat(state.license().chargedMillis())
                .as("seed %s", seed)
                .isEqualTo(lines)
                .isEqualTo(covered - state.license().uncollectedMillis());
        assertThat(state.license().heldMillis()).as("seed %s", seed).isEqualTo(held);
    }

    private static long pick(SplittableRandom random, long[] values) {
        return values[random.nextInt(values.length)];
    }

    private State head(long gap, long lease, long grace) {
        UsageBatch.Item item = item("h", 0, null, 0);
        UsageBatch head = new UsageBatch("n", gap, lease, grace, List.of(item));
        return LeaseRules.apply(script.state(), new LeaseMessage(head, item))
                .answer()
                .state();
    }

    private State refused(UsageBatch.Item item) {
        LicenseState before = script.state();
        State state = script.send(item).state();
        assertThat(script.state()).as("unchanged").isSameAs(before);
        return state;
    }

    private static UsageBatch.Item item(String lease, long age, @Nullable Long used, long seq) {
        return new UsageBatch.Item(lease, "", null, "", "s", age, used, false, seq, false, true);
    }
}
