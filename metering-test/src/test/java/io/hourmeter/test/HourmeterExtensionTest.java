package io.hourmeter.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.CreatedLicense;
import io.hourmeter.ErrorCode;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import io.hourmeter.usage.UsageTracker;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An application with nothing but a tracker, and what may happen to it. */
class HourmeterExtensionTest {

    @RegisterExtension
    static final HourmeterExtension HOURMETER =
            HourmeterExtension.create().with("usage.idle.timeout", "60s").with("usage.check.interval", "30s");

    private UsageTracker tracker;

    @BeforeEach
    void open() {
        tracker = UsageTracker.open(HOURMETER.config());
    }

    @AfterEach
    void close() {
        tracker.close();
    }

    private void use(CreatedLicense license, Duration duration) {
        try (Granted usage = (Granted) tracker.admit(license.key().text())) {
            HOURMETER.advance(duration);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "999", "1000", "1001", "29999", "61234", "3000000"})
    void whatIsUsedIsDeducted(long millis) {
        CreatedLicense license = HOURMETER.license(Duration.ofHours(2));

        use(license, Duration.ofMillis(millis));

        HOURMETER.assertRemaining(license, Duration.ofHours(2).minusMillis(millis));
    }

    @Test
    void aShortUseIsDeductedToTheMillisecond() {
        CreatedLicense license = HOURMETER.license(Duration.ofSeconds(10));

        use(license, Duration.ofMillis(1234));

        assertThat(HOURMETER.remaining(license)).isEqualTo(Duration.ofMillis(8766));
    }

    @Test
    void runsOut() {
        CreatedLicense license = HOURMETER.license(Duration.ofSeconds(90));

        use(license, Duration.ofSeconds(120));

        HOURMETER.assertRemaining(license, Duration.ZERO);
        assertThat(tracker.admit(license.key().text()))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED));
    }

    @Test
    void goesOnWithNewHours() {
        CreatedLicense license = HOURMETER.license(Duration.ofSeconds(5));
        use(license, Duration.ofSeconds(10));

        HOURMETER.client().addHours(license.key(), Duration.ofHours(1), null, "order-1", "");
        tracker.credited(license.key());

        use(license, Duration.ofMinutes(10));
        // The first request ran on for 5 s after the last hours were used up, and the session is the same one.
        HOURMETER.assertRemaining(license, Duration.ofMinutes(50).minusSeconds(5));
    }

    @Test
    void nobodyIsChargedOverNight() {
        CreatedLicense license = HOURMETER.license(Duration.ofHours(1));
        use(license, Duration.ofMinutes(10));

        HOURMETER.advance(Duration.ofDays(1));

        HOURMETER.assertRemaining(license, Duration.ofMinutes(50));
        use(license, Duration.ofMinutes(10));
        HOURMETER.assertRemaining(license, Duration.ofMinutes(40));
    }

    @Test
    void goesOnWhileTheLicenseServerIsDown() {
        CreatedLicense license = HOURMETER.license(Duration.ofHours(1));
        use(license, Duration.ofSeconds(10));

        HOURMETER.stopLicenseServer();
        use(license, Duration.ofSeconds(40));
        HOURMETER.startLicenseServer();
        HOURMETER.advance(Duration.ofMinutes(2));

        HOURMETER.assertRemaining(license, Duration.ofMinutes(60).minusSeconds(50));
    }

    @Test
    void clocksStandStillBetweenSteps() {
        TimeSource clocks = TimeSource.get();
        long nanos = clocks.nanos();
        long millis = clocks.millis();

        HOURMETER.advance(Duration.ofMillis(1500));

        assertThat(clocks.nanos() - nanos).isEqualTo(1_500_000_000L);
        assertThat(clocks.millis() - millis).isEqualTo(1500);
        assertThatThrownBy(() -> HOURMETER.advance(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT-0.001S");
    }

    @Test
    void aWrongBalanceNamesBoth() {
        CreatedLicense license = HOURMETER.license(Duration.ofMinutes(1));

        assertThatThrownBy(() -> HOURMETER.assertRemaining(license, Duration.ofMinutes(2)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("PT2M")
                .hasMessageContaining("PT1M")
                .hasMessageNotContaining(license.key().text());
    }
}
