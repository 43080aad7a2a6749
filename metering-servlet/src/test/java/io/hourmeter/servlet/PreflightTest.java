package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Settings;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Preflights carry no key; nothing else gets in as one. The servlet works on every method, as one with its own service. */
class PreflightTest {

    private static final String BOTH = "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n";

    private final AtomicInteger worked = new AtomicInteger();

    private Web site(String preflight) throws Exception {
        return new Web("")
                .filter(Web.settings(Settings.FILTER_PREFLIGHT, preflight), "/*", EnumSet.of(DispatcherType.REQUEST))
                .servlet("/*", (request, response) -> {
                    worked.incrementAndGet();
                    response.getWriter().print("served");
                })
                .start();
    }

    private static String send(Web web, String method, String headers, String body) throws Exception {
        return web.raw(
                method + " /api/buy HTTP/1.1\r\nHost: localhost\r\n" + headers + "Connection: close\r\n\r\n" + body);
    }

    @ParameterizedTest
    @CsvSource({"pass, 200, 1", "answer, 204, 0", "refuse, 401, 0"})
    void theSettingSaysWhatAPreflightGets(String preflight, int status, int times) throws Exception {
        try (Web web = site(preflight)) {
            assertThat(send(web, "OPTIONS", BOTH, "")).startsWith("HTTP/1.1 " + status);
            assertThat(worked).hasValue(times);
            assertThat(web.tracker.keys).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Origin: https://app.example\r\n",
                "Access-Control-Request-Method: POST\r\n",
                "Origin:\r\nAccess-Control-Request-Method: POST\r\n",
                "Origin: https://app.example\r\nAccess-Control-Request-Method:  \r\n",
                BOTH + "Content-Length: 2\r\n",
                BOTH + "Transfer-Encoding: chunked\r\n"
            })
    void whatOnlyLooksLikeAPreflightIsJudged(String headers) throws Exception {
        for (String preflight : new String[] {"pass", "answer", "refuse"}) {
            try (Web web = site(preflight)) {
                String body =
                        headers.contains("chunked") ? "2\r\nhi\r\n0\r\n\r\n" : headers.contains("Length") ? "hi" : "";
                assertThat(send(web, "OPTIONS", headers, body)).startsWith("HTTP/1.1 401");
                assertThat(worked).hasValue(0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "HEAD", "DELETE", "options", "TRACE"})
    void onlyOptionsIsAPreflight(String method) throws Exception {
        try (Web web = site("pass")) {
            assertThat(send(web, method, BOTH + "Content-Length: 0\r\n", "")).doesNotContain("served");
            assertThat(worked).hasValue(0);
        }
    }

    @Test
    void refusedItIsJudgedLikeEveryOtherRequest() throws Exception {
        try (Web web = site("refuse")) {
            assertThat(send(web, "OPTIONS", BOTH + "X-License-Key: " + StubTracker.KEY + "\r\n", ""))
                    .contains("X-Session-ID: ");
            web.assertReleased(1);
        }
    }
}
