package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from the texts of a request. */
class TextsTest {

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            value = {
                "k=v, v",
                "a=b&k=v&c=d, v",
                "k=v&k=w, v|w",
                "k=, ''",
                "k=a=b, a=b",
                "%6B=v, v",
                "k=%76, v",
                "k=a+b, a b",
                "k=%, %",
                "k=%zz, %zz",
                "k, null",
                "k&k=v, v",
                "kk=v, null",
                "K=v, null",
                "&&&, null",
                "=v, null",
                "null, null"
            })
    void queryParametersAreReadOneByOne(String query, String expected) {
        List<String> values = QueryString.values(query, "k");
        assertThat(values.isEmpty() ? null : String.join("|", values)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nb", "a\u001b[31mb", "a\u202eb", "a\u0000b", "a\u0085b", "a b", "a\u2028b", "aüb"})
    void logTextsHaveOneLineOfVisibleAscii(String text) {
        assertThat(LogText.clean(text)).startsWith("a").endsWith("b").matches("[!-~]+");
    }

    @Test
    void logTextsAreShort() {
        assertThat(LogText.clean("x".repeat(100_000))).hasSize(123).endsWith("...");
    }
}
