package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "300, 300000",
        "500ms, 500",
        "2s, 2000",
        "10m, 600000",
        "1h, 3600000",
        "365d, 31536000000",
        "000005, 5000",
        "PT1H30M, 5400000",
        "pt0.5s, 500",
        "P1D, 86400000",
        "P1DT1H, 90000000",
    })
    void readsWhatPeopleWrite(String text, long millis) {
        assertThat(DurationText.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "s",
                "ms",
                "-1",
                "+1",
                "1.5",
                "1.5s",
                "1 s",
                "1S",
                "1H",
                "5min",
                "1h30m",
                "PT",
                "P",
                "P1Y",
                "P1M",
                "PT-1S",
                "-PT1S",
                "PT1.0001S",
                "366d",
                "PT8761H",
                "31536001",
                "999999999999999999d",
                "9999999999999999999",
                "0x10",
                "1_000",
                "\u0661",
                "\uFF11s",
                "1\u00a0s",
                "NaN",
                "1e3"
            })
    void refusesEverythingElse(String text) {
        assertThatThrownBy(() -> DurationText.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void numberAndUnitAreTheirProductOrRefused(long seed) {
        Map<String, Long> units =
                Map.of("ms", 1L, "s", 1_000L, "", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 5_000; i++) {
            long number = random.nextLong(1L << random.nextInt(1, 59));
            for (Map.Entry<String, Long> unit : units.entrySet()) {
                String text = number + unit.getKey();
                boolean fits = number <= DurationText.LONGEST.toMillis() / unit.getValue();
                if (fits) {
                    assertThat(DurationText.parse(text).toMillis())
                            .as("seed %d, %s", seed, text)
                            .isEqualTo(Math.multiplyExact(number, unit.getValue()));
                } else {
                    assertThatThrownBy(() -> DurationText.parse(text))
                            .as("seed %d, %s", seed, text)
                            .isInstanceOf(IllegalArgumentException.class);
                }
            }
        }
    }
}
