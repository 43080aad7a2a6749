package io.hourmeter.server.ledger.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** S1: a license's time never goes back and never stands still for long. */
class ClockStepTest {

    private static final LicenseRow LICENSE = LicenseRow.fresh(1, "lic_12345678", LicenseRow.NEVER, 100_000);

    @Test
    void timeIsTheStoresClock() {
        ClockStep step = ClockStep.of(LICENSE, 123_456);
        assertThat(step.nowMillis()).isEqualTo(123_456);
        assertThat(step.rebasedMillis()).isZero();
        assertThat(step.license().clockOffsetMillis()).isZero();
    }

    @Test
    void aSmallStepBackIsWaitedOut() {
        ClockStep step = ClockStep.of(LICENSE, 90_000);
        assertThat(step.nowMillis()).isEqualTo(100_000);
        assertThat(step.rebasedMillis()).isZero();
        assertThat(ClockStep.of(step.license(), 100_001).nowMillis()).isEqualTo(100_001);
    }

    @Test
    void afterALargerStepBackTimeGoesOnFromWhereItWas() {
        ClockStep step = ClockStep.of(LICENSE, 89_999);
        assertThat(step.rebasedMillis()).isEqualTo(10_001);
        assertThat(step.nowMillis()).isEqualTo(100_000);
        ClockStep next = ClockStep.of(step.license(), 90_999);
        assertThat(next.nowMillis()).isEqualTo(101_000);
        assertThat(next.rebasedMillis()).isZero();
    }

    @Test
    void stepsBackAddUp() {
        LicenseRow once = ClockStep.of(LICENSE, 50_000).license();
        ClockStep twice = ClockStep.of(once, 10_000);
        assertThat(twice.rebasedMillis()).isEqualTo(40_000);
        assertThat(twice.license().clockOffsetMillis()).isEqualTo(90_000);
        assertThat(ClockStep.of(twice.license(), 10_500).nowMillis()).isEqualTo(100_500);
    }

    @Test
    void aStepForwardIsFollowed() {
        assertThat(ClockStep.of(LICENSE, 9_000_000).nowMillis()).isEqualTo(9_000_000);
    }

    @Test
    void nothingElseOfTheLicenseChanges() {
        LicenseRow busy = LICENSE.plusCredited(10)
                .plusCharged(3)
                .plusHeld(2)
                .withReversed(1)
                .plusUncollected(4)
                .withMaxGap(5);
        assertThat(ClockStep.of(busy, 200_000).license()).isEqualTo(busy.withClock(200_000, 0));
    }
}
