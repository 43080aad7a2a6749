package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptHeaderTest {

    private static boolean prefersHtml(String... accept) {
        return AcceptHeader.prefersHtml(Collections.enumeration(List.of(accept)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/html",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
                "text/html, application/xhtml+xml, image/jxr, */*",
                "TEXT/HTML;charset=utf-8",
                "text/html;level=1;q=0.5, application/json;q=0.4",
                "application/json;q=0, text/html;q=0.001",
                "*/*;q=0.1, text/html;q=0.2",
            })
    void browsersAreKnownByWhatTheyPrefer(String accept) {
        assertThat(prefersHtml(accept)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*/*",
                "text/*",
                "application/json",
                "application/json, text/plain, */*",
                "text/html, application/json",
                "application/problem+json, text/html",
                "text/html;q=0",
                "text/html;q=0.0",
                "text/html;q=x",
                "text/html;q=0.8, application/json;q=0.9",
                "text/html;q=0.2, */*",
                ";;;,,,",
                ";",
                "text/plain",
            })
    void everyoneElseIsAProgram(String accept) {
        assertThat(prefersHtml(accept)).isFalse();
    }

    @Test
    void acceptMayComeInSeveralHeadersOrNone() {
        assertThat(prefersHtml("application/json;q=0.1", "text/html")).isTrue();
        assertThat(prefersHtml()).isFalse();
        assertThat(AcceptHeader.prefersHtml(null)).isFalse();
    }

    @Test
    void aScriptAsksForJsonAlone() {
        assertThat(isForJsonAlone("application/json")).isTrue();
        assertThat(isForJsonAlone("Application/JSON, text/plain, */*")).isTrue();
        assertThat(isForJsonAlone("text/html;q=0.1", "application/json")).isFalse();
        assertThat(isForJsonAlone("*/*")).isFalse();
        assertThat(isForJsonAlone()).isFalse();
    }

    private static boolean isForJsonAlone(String... accept) {
        return AcceptHeader.isForJsonAlone(Collections.enumeration(List.of(accept)));
    }
}
