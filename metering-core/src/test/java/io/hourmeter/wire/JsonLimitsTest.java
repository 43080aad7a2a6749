package io.hourmeter.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class JsonLimitsTest {

    private static final JsonLimits LIMITS = new JsonLimits(3, 5, 4);

    private static boolean allowed(String text) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            return LIMITS.allow(parser);
        }
    }

    @Test
    void whatIsWithinTheLimitsIsAllowed() throws IOException {
        assertThat(allowed("{\"abcde\":[[1,1234,12.5],[]],\"b\":[[]],\"c\":\"[[[[[[ 123456\"}"))
                .isTrue();
    }

    @Test
    void oneLevelMoreIsNot() throws IOException {
        assertThat(allowed("{\"a\":[[[]]]}")).isFalse();
        assertThat(allowed("[".repeat(500_000))).isFalse();
    }

    @Test
    void oneCharacterMoreIsNot() throws IOException {
        assertThat(allowed("{\"abcdef\":1}")).isFalse();
        assertThat(allowed("{\"a\":12345}")).isFalse();
        assertThat(allowed("{\"a\":-1e10}")).isFalse();
    }

    @Test
    void anExponentThatNoDecimalNumberHasIsNotAllowed() throws IOException {
        JsonLimits wide = new JsonLimits(3, 5, 40);
        try (JsonParser parser = new JsonFactory().createParser("[1e99999999999]")) {
            assertThat(wide.allow(parser)).isFalse();
        }
        try (JsonParser parser = new JsonFactory().createParser("[1e400,1e-400]")) {
            assertThat(wide.allow(parser)).isTrue();
        }
    }

    @Test
    void whatIsNoJsonIsTold() {
        assertThatThrownBy(() -> allowed("{\"a\":1")).isInstanceOf(IOException.class);
    }
}
