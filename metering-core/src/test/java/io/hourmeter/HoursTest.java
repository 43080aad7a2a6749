package io.hourmeter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HoursTest {

    @ParameterizedTest
    @CsvSource({
        "1, 3600000",
        "0.0016666667, 6000",
        "0.5, 1800000",
        "0, 0",
        "0.00000013888888888, 0",
        "0.00000013888888889, 1",
        "1000000, 3600000000000",
        "1e-400, 0",
        "1e6, 3600000000000",
        "14.5, 52200000"
    })
    void hoursBecomeWholeMillisHalfUp(String hours, long millis) {
        assertThat(Hours.toMillis(new BigDecimal(hours))).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "-1e-9", "1000000.0000001", "1e400", "1e2147483647"})
    void hoursOutOfRangeAreRefused(String hours) {
        assertThatThrownBy(() -> Hours.toMillis(new BigDecimal(hours)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("hours must be between 0 and 1000000");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "3600000, 1",
        "36000000, 10",
        "360000000000, 100000",
        "6000, 0.0016666667",
        "1, 0.0000002778",
        "52200000, 14.5",
        "-1800000, -0.5"
    })
    void millisAreWrittenAsPlainDecimalHours(long millis, String hours) {
        assertThat(Hours.format(millis)).isEqualTo(hours);
    }

    @ParameterizedTest
    @CsvSource({"3600000, 1.000000", "3599999, 0.999999", "1, 0.000000", "0, 0.000000", "-5, 0.000000"})
    void headerRoundsDownAndNeverBelowZero(long millis, String text) {
        assertThat(Hours.formatForHeader(millis)).isEqualTo(text);
    }

    @Test
    void theTextOfTheHeaderIsTheExactQuotientCutAfterSixPlaces() {
        long seed = 20260102L;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            long millis = random.nextLong(1L << random.nextInt(1, 63));
            String exact = BigDecimal.valueOf(millis)
                    .divide(BigDecimal.valueOf(Hours.MILLIS_PER_HOUR), 6, RoundingMode.DOWN)
                    .toPlainString();
            assertThat(Hours.formatForHeader(millis))
                    .as("seed %d, millis %d", seed, millis)
                    .isEqualTo(exact);
        }
    }

    @Test
    void everyMillisecondSurvivesTheWire() {
        long seed = 20260101L;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            long millis = random.nextLong(Hours.MAX_MILLIS + 1);
            assertThat(Hours.toMillis(new BigDecimal(Hours.format(millis))))
                    .as("seed %d, millis %d", seed, millis)
                    .isEqualTo(millis);
        }
    }
}
