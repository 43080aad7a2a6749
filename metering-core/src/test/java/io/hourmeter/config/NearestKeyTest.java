package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NearestKeyTest {

    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "a, '', 1",
        "'', ab, 2",
        "abc, abc, 0",
        "abc, abd, 1",
        "abc, acb, 1",
        "abc, ab, 1",
        "kitten, sitting, 3",
    })
    void distanceIsTheFewestEdits(String from, String to, int edits) {
        assertThat(NearestKey.distance(from, to)).isEqualTo(edits);
        assertThat(NearestKey.distance(to, from)).isEqualTo(edits);
    }

    @ParameterizedTest
    @ValueSource(longs = {51, 52, 53})
    void oneSlipIsFound(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Setting<?>> all = Settings.all();
        for (int i = 0; i < 1_000; i++) {
            Setting<?> meant = all.get(random.nextInt(all.size()));
            String slip = slip(random.nextBoolean() ? meant.key() : meant.environmentKey(), random);
            Setting<?> found = NearestKey.to(slip);
            String canonical = slip.toLowerCase(java.util.Locale.ROOT).replace('_', '.');
            assertThat(NearestKey.distance(canonical, found.key()))
                    .as("seed %d: %s instead of %s", seed, slip, meant)
                    .isLessThanOrEqualTo(1);
        }
    }

    private static String slip(String key, SplittableRandom random) {
        StringBuilder text = new StringBuilder(key);
        int at = random.nextInt(key.length() - 1);
        switch (random.nextInt(4)) {
            case 0 -> text.deleteCharAt(at);
            case 1 -> text.insert(at, 'x');
            case 2 -> text.setCharAt(at, 'x');
            default -> {
                char swapped = text.charAt(at);
                text.setCharAt(at, text.charAt(at + 1));
                text.setCharAt(at + 1, swapped);
            }
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "STRIPE_SECRET_KYE",
                "STRIPE_SECRETKEY",
                "STRIPE_SECRET_KEYS",
                "stripe_secret_key",
                "LICENCE_SERVER_URL",
                "license.server.ulr",
                "USAGE_CHECK_INTERVALL",
                "HOURS_PER_DOLAR",
                "WEBAPP_PROT",
                "PAYMENT-PAGE",
                "usage.leese",
            })
    void slipIsNearlyASetting(String name) {
        assertThat(NearestKey.isNearly(name)).isTrue();
    }

    /** Seen in the .env files of other programs. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SECRET_KEY",
                "STRIPE_API_KEY",
                "STRIPE_KEY",
                "STRIPE_PUBLIC_KEY",
                "DATABASE_URL",
                "LICENSE_KEY",
                "LICENSE",
                "SERVER_PORT",
                "SERVER_URL",
                "PORT",
                "HOST",
                "DEBUG",
                "PAYMENT_PROVIDER",
                "PAYMENT_TIMEOUT",
                "PAYMENT_URL",
                "WEBAPP_HOST",
                "WEBAPP_NAME",
                "FILTER_PATTERN",
                "CURRENCY",
                "USAGE_LIMIT",
                "OUTAGE_MAIL",
                "LICENSE_SERVER",
                "spring.application.name",
                "server.port",
                "management.endpoints.web.exposure.include",
                "",
                "A",
            })
    void otherProgramsNameIsNot(String name) {
        assertThat(NearestKey.isNearly(name)).isFalse();
    }

    @Test
    void endlessNameIsCompared() {
        assertThat(NearestKey.isNearly("x".repeat(1_000_000))).isFalse();
        assertThat(NearestKey.to("x".repeat(1_000_000))).isNotNull();
        assertThat(NearestKey.to("")).isNotNull();
    }
}
