package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskingTest {

    @ParameterizedTest
    @CsvSource({
        "sk_test_abc, sk_test_…",
        "rk_live_abc, rk_live_…",
        "pk_test_abc, pk_test_…",
        "sk_abc, sk_…",
        "whsec_abc, whsec_…",
        "'whsec_abc,whsec_def', whsec_…",
        "hunter2, set",
        "'', not set",
        "' ', not set",
    })
    void secretShowsItsPublicPrefixAtMost(String text, String shown) {
        assertThat(Masking.secret(text)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "http://h/x, http://h/x",
        "http://user:pass@h/x, http://…@h/x",
        "http://us@er:pass@h/x, http://…@h/x",
        "jdbc:postgresql://h/d?user=u&password=p&ssl=true, jdbc:postgresql://h/d?user=u&password=…&ssl=true",
        "sk_live_abc, sk_live_…",
        "RL-7KQ2M9XA-00000000-11111111, RL-7KQ2…",
        "see rl-7kq2m9xa-00000000-11111111 there, see rl-7kq2… there",
    })
    void secretUnderAnotherKeyIsMaskedToo(String text, String shown) {
        assertThat(Masking.plain(text)).isEqualTo(shown);
    }

    @Test
    void shownTextIsOneBoundedLine() {
        assertThat(Masking.plain("a\r\nb\u0000")).isEqualTo("a\uFFFD\uFFFDb\uFFFD");
        assertThat(Masking.plain("\uD83D\uDE00".repeat(500)))
                .hasSize(2 * 120 + 1)
                .endsWith("…");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MY_SECRET",
                "api.token",
                "DB_PASSWORD",
                "X_KEY",
                "credentials",
                "STRIPE_SECRT_KEI",
                "lisence.server.tokn"
            })
    void unknownNameOfASecretHidesItsValue(String name) {
        assertThat(Masking.unknown(name, NearestKey.to(name), "hunter2")).isEqualTo("set");
    }

    @ParameterizedTest
    @ValueSource(longs = {41, 42})
    void noPartOfARandomSecretIsShown(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 2_000; i++) {
            String body = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
            for (String prefix : new String[] {"", "sk_", "sk_live_", "rk_test_", "whsec_", "pk_live_"}) {
                assertThat(Masking.secret(prefix + body)).as("seed %d", seed).doesNotContain(body.substring(0, 4));
            }
        }
    }
}
