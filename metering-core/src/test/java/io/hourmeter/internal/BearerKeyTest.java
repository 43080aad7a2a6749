package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BearerKeyTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";

    @ParameterizedTest
    @ValueSource(strings = {"Bearer " + KEY, "bearer " + KEY, "  BEARER   " + KEY + " "})
    void isFound(String header) {
        assertThat(BearerKey.in(header)).contains(LicenseKey.of(KEY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Bearer ", "Basic " + KEY, KEY, "Bearer eyJhbGciOi.J9.x", "Bearer" + KEY})
    void isNothingElse(String header) {
        assertThat(BearerKey.in(header)).isEmpty();
    }

    @Test
    void isMaskedWhenItIsPrinted() {
        assertThat(BearerKey.in("Bearer " + KEY).toString()).doesNotContain(KEY);
    }
}
