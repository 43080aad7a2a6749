package io.hourmeter.test.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.internal.TimeSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TestClockTest {

    private final TestClock clock = TestClock.ofThisProcess();

    @Test
    void isTheOneThatEverythingUses() {
        assertThat(TimeSource.get()).isSameAs(clock);
    }

    @Test
    void runsByItselfUntilItIsHeldAndNeverGoesBack() {
        long before = clock.nanos();
        clock.hold();
        long held = clock.nanos();
        long calendar = clock.millis();
        clock.advance(Duration.ofHours(3));
        clock.release();

        assertThat(held).isGreaterThanOrEqualTo(before);
        assertThat(clock.nanos() - held)
                .isGreaterThanOrEqualTo(Duration.ofHours(3).toNanos());
        assertThat(clock.millis() - calendar)
                .isGreaterThanOrEqualTo(Duration.ofHours(3).toMillis());
    }

    @Test
    void isHeldAsLongAsSomebodyHoldsIt() {
        clock.hold();
        clock.hold();
        clock.release();
        clock.advance(Duration.ofSeconds(1));
        clock.release();

        assertThatThrownBy(() -> clock.advance(Duration.ofSeconds(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("run by themselves");
    }
}
