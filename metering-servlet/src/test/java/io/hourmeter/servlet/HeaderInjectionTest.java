package io.hourmeter.servlet;

import static io.hourmeter.servlet.StubTracker.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.ErrorCode;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing of a request becomes a header of the answer, wherever it stands and whatever becomes of the request. */
class HeaderInjectionTest {

    /** All that filter and container write. */
    private static final Set<String> KNOWN = Set.of(
            "server",
            "date",
            "connection",
            "content-type",
            "content-length",
            "transfer-encoding",
            "cache-control",
            "location",
            "retry-after",
            "www-authenticate",
            "x-content-type-options",
            "x-session-id",
            "x-hours-remaining",
            "set-cookie");

    /** The last two are what a careless narrowing of a character turns into CR and LF. */
    private static final List<String> PAYLOADS = List.of(
            "\rX-Evil: 1",
            "\nX-Evil: 1",
            "\r\nX-Evil: 1",
            "\r\n\r\n<html>X-Evil",
            "\0X-Evil: 1",
            "\u000bX-Evil: 1",
            "\u0085X-Evil: 1",
            "%0d%0aX-Evil:%201",
            "%0D%0A%0D%0AX-Evil",
            "\\r\\nX-Evil: 1",
            "\\u000d\\u000aX-Evil: 1",
            utf8("\u560d\u560aX-Evil: 1"),
            "%E5%98%8D%E5%98%8AX-Evil: 1");

    private static final List<String> PLACES = List.of(
            "X-License-Key: %s",
            "X-License-Key: " + KEY + "%s",
            "Authorization: Bearer " + KEY + "%s",
            "Cookie: license=" + KEY + "%s",
            "X-License-Key: " + KEY + "\r\nCookie: X-Session-ID=a%s",
            "X-License-Key: " + KEY + "\r\nX-Session-ID: a%s",
            "X-License-Key: " + KEY + "\r\nAccept: text/html%s",
            "X-License-Key: " + KEY + "\r\nOrigin: http://a%s",
            "X-License-Key: " + KEY + "\r\nReferer: http://a%s",
            "X-License-Key: " + KEY + "\r\nUser-Agent: a%s");

    @RegisterExtension
    private static final Web web = Web.metered(
                    Web.settings(Settings.BILLING, "session", Settings.LICENSE_COOKIE, "license"))
            .servlet("/*", (request, response) -> response.getWriter().print("served"));

    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    static Stream<String> payloads() {
        return PAYLOADS.stream();
    }

    private void assertClean(String request) throws IOException {
        String answer = web.raw(request);
        assertThat(answer).startsWith("HTTP/1.1 ");
        String head = answer.substring(0, answer.indexOf("\r\n\r\n"));
        assertThat(head).as(request).doesNotContainIgnoringCase("evil");
        List<String> lines = List.of(head.split("\r\n"));
        for (String line : lines.subList(1, lines.size())) {
            assertThat(line).doesNotContain("\r").doesNotContain("\n");
            assertThat(KNOWN).as(request).contains(line.split(":", 2)[0].toLowerCase(Locale.ROOT));
        }
    }

    private void assertCleanEverywhere(String payload) throws IOException {
        for (String place : PLACES) {
            assertClean("GET /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + place.formatted(payload)
                    + "\r\n\r\n");
        }
        String encoded = payload.replace(" ", "+").replace("\r", "%0d").replace("\n", "%0a");
        assertClean("GET /api?license_key=" + KEY + encoded
                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/html\r\n\r\n");
        for (String type : List.of("application/x-www-form-urlencoded", "application/json")) {
            String body = type.endsWith("json")
                    ? "{\"license_key\":\"" + KEY + encoded + "\"}"
                    : "license_key=" + KEY + encoded;
            assertClean("POST /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + type
                    + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        }
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void nothingGetsIntoTheAnswerOfAServedRequest(String payload) throws IOException {
        assertCleanEverywhere(payload);
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void nothingGetsIntoARefusal(String payload) throws IOException {
        for (ErrorCode code : List.of(ErrorCode.HOURS_EXHAUSTED, ErrorCode.HOURS_HELD, ErrorCode.INVALID_LICENSE)) {
            web.tracker.answer = (key, session) -> new Refused(code, 0, Duration.ofSeconds(1));
            assertCleanEverywhere(payload);
        }
    }
}
