package io.hourmeter.client;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import io.hourmeter.Customer;
import io.hourmeter.ErrorCode;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.Refused;
import io.hourmeter.usage.UsageTracker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What gateways, log-in pages, other programs and wrong paths answer says nothing about a license, at the start and in
 * mid-use, whatever was asked: the license server is unavailable, and the log says what was found at which URL.
 */
class ForeignAnswersTest extends MockServerTest {

    private static final Duration HOUR = Duration.ofHours(1);

    private static final Map<String, Consumer<LicenseClient>> CALLS = calls();

    private static Map<String, Consumer<LicenseClient>> calls() {
        Map<String, Consumer<LicenseClient>> calls = new LinkedHashMap<>();
        calls.put("create", client -> client.create(NewLicense.of(new Customer("a@b", "", ""), HOUR), null));
        calls.put("validate", client -> client.validate(KEY));
        calls.put("validate by id", client -> client.validate(ID));
        calls.put("hoursRemaining", client -> client.hoursRemaining(KEY));
        calls.put("hoursRemaining by id", client -> client.hoursRemaining(ID));
        calls.put("addHours", client -> client.addHours(KEY, HOUR, "stripe:cs_1", "cs_1", ""));
        calls.put("addHours by id", client -> client.addHours(ID, HOUR, null, "", ""));
        calls.put("deductHours", client -> client.deductHours(KEY, HOUR, null));
        calls.put("deductHours by id", client -> client.deductHours(ID, HOUR, null));
        calls.put("reverse", client -> client.reverse(KEY, new Reversal("stripe:cs_1", "re_1", 1, 1, 2, "")));
        calls.put("reverse by id", client -> client.reverse(ID, new Reversal("stripe:cs_1", "re_1", 1, 1, 2, "")));
        calls.put("history", client -> client.history(KEY, HistoryQuery.newest()));
        calls.put("history by id", client -> client.history(ID, HistoryQuery.newest()));
        calls.put("sync of nothing", client -> client.sync(batch()));
        calls.put("sync of an opening", client -> client.sync(batch(open("a"))));
        calls.put("sync of an end", client -> client.sync(batch(item("a", 9, 5L, true))));
        return calls;
    }

    /** Those that an older server has; it knows keys only. */
    private static final List<String> CALLS_OF_OLDER = List.of(
            "validate", "hoursRemaining", "deductHours", "sync of nothing", "sync of an opening", "sync of an end");

    static Stream<Arguments> foreign() {
        String page = "<!doctype html><html><head><title>Sign in</title></head><body>Please sign in</body></html>";
        return Stream.of(
                row("404 of a gateway", json(404, "{\"code\":\"not_found\"}")),
                row("404 of a gateway as a problem", gateway(404, "{\"code\":\"not_found\",\"status\":404}")),
                row("404 of a framework", json(404, "{\"timestamp\":1,\"status\":404,\"error\":\"Not Found\"}")),
                row("404 with our word in plain JSON", json(404, "{\"code\":\"LICENSE_NOT_FOUND\"}")),
                row("404 with HTML", html(404, "<h1>Not Found</h1>")),
                row(
                        "404 of our own server at a wrong path",
                        gateway(404, "{\"code\":\"NOT_FOUND\",\"success\":false}")),
                row("405 of our own server", gateway(405, "{\"code\":\"METHOD_NOT_ALLOWED\",\"success\":false}")),
                row("405 with HTML", html(405, "<h1>Method Not Allowed</h1>")),
                row("400 with HTML", html(400, "<h1>Bad Request</h1>")),
                row("400 with JSON", json(400, "{\"message\":\"license expired\"}")),
                row("400 with an error", json(400, "{\"success\":false,\"error\":\"no such application\"}")),
                row("401 of a gateway", json(401, "{\"message\":\"Invalid license key\"}")),
                row("401 of a log-in page", html(401, page)),
                row("402", html(402, "<h1>Payment Required</h1>")),
                row("403 of a firewall", html(403, "<h1>Forbidden</h1>")),
                row("403 with JSON", json(403, "{\"error\":\"License inactive\"}")),
                row("407", aResponse().withStatus(407)),
                row("409 with JSON", json(409, "{\"error\":\"conflict\"}")),
                row("410, empty", aResponse().withStatus(410)),
                row("301", aResponse().withStatus(301).withHeader("Location", "https://login.example/sso?next=x")),
                row("302", aResponse().withStatus(302).withHeader("Location", "/login")),
                row("307 without a place", aResponse().withStatus(307)),
                row("200 with a log-in page", html(200, page)),
                row("200 with foreign JSON", json(200, "{\"status\":\"ok\",\"version\":\"1.2\"}")),
                row("200 with an error", json(200, "{\"error\":\"not found\",\"code\":\"LICENSE_NOT_FOUND\"}")),
                row("200 with a list", json(200, "[{\"state\":\"UNKNOWN\"}]")),
                row("200 with a text", json(200, "\"ok\"")),
                row("200, empty", aResponse().withStatus(200)),
                row("204", aResponse().withStatus(204)),
                row("500 with HTML", html(500, "<h1>Internal Server Error</h1>")),
                row("502 of a proxy", html(502, "<h1>Bad Gateway</h1>")),
                row("503 with JSON of another", json(503, "{\"code\":\"INVALID_LICENSE\",\"valid\":false}")));
    }

    private static Arguments row(String name, ResponseDefinitionBuilder answer) {
        return Arguments.argumentSet(name, answer);
    }

    private static ResponseDefinitionBuilder html(int status, String body) {
        return aResponse()
                .withStatus(status)
                .withHeader("Content-Type", "text/html; charset=utf-8")
                .withBody(body);
    }

    private static ResponseDefinitionBuilder gateway(int status, String body) {
        return json(status, body).withHeader("Content-Type", "application/problem+json");
    }

    @ParameterizedTest
    @MethodSource("foreign")
    void sayNothingAboutALicense(ResponseDefinitionBuilder answer) throws Exception {
        try (HttpLicenseClient used = inUse()) {
            server.resetAll();
            server.stubFor(any(anyUrl()).willReturn(answer));

            assertUnavailable(List.copyOf(CALLS.keySet()), client, used);
        }
    }

    @ParameterizedTest
    @MethodSource("foreign")
    void sayNothingAboutALicenseOfAnOlderServerEither(ResponseDefinitionBuilder answer) throws Exception {
        try (LicenseClient older =
                        HttpLicenseClient.builder(server.baseUrl()).token(TOKEN).buildOlder(clock);
                LicenseClient used =
                        HttpLicenseClient.builder(server.baseUrl()).token(TOKEN).buildOlder(clock)) {
            server.stubFor(
                    any(anyUrl()).willReturn(json(200, "{\"valid\":true,\"success\":true,\"hours_remaining\":5}")));
            assertThat(used.sync(batch(open("a"))).items().get(0).state()).isEqualTo(State.OK);
            server.resetAll();
            server.stubFor(any(anyUrl()).willReturn(answer));

            assertUnavailable(CALLS_OF_OLDER, older, used);
        }
    }

    /** A client that has seen its server right, and knows which id belongs to the key. */
    private HttpLicenseClient inUse() {
        stubLookup();
        server.stubFor(post("/api/usage")
                .willReturn(ok("{\"items\":[{\"lease\":\"a\",\"state\":\"OK\",\"authorized_ms\":900000}]}")));
        HttpLicenseClient used = client(TOKEN, Duration.ofSeconds(10));
        used.hoursRemaining(KEY);
        used.sync(batch(open("a")));
        return used;
    }

    /** All calls at once, since each takes its time for further tries. */
    private static void assertUnavailable(List<String> names, LicenseClient... clients) throws Exception {
        try (LogCapture log = new LogCapture()) {
            Map<String, Future<Throwable>> failures = new LinkedHashMap<>();
            ExecutorService threads = Executors.newCachedThreadPool();
            try {
                for (LicenseClient each : clients) {
                    for (String name : names) {
                        String when = failures.containsKey(name + " at the start") ? " in mid-use" : " at the start";
                        failures.put(
                                name + when,
                                threads.submit(() ->
                                        catchThrowable(() -> CALLS.get(name).accept(each))));
                    }
                }
                for (Map.Entry<String, Future<Throwable>> failure : failures.entrySet()) {
                    assertThat(failure.getValue().get(60, TimeUnit.SECONDS))
                            .as(failure.getKey())
                            .isInstanceOf(LicenseServerUnavailableException.class)
                            .hasMessageContaining(" " + server.baseUrl() + "/api/")
                            .message()
                            .doesNotContainIgnoringCase(KEY.text())
                            .doesNotContain(TOKEN);
                }
            } finally {
                threads.shutdownNow();
            }
            assertThat(log.errors())
                    .isNotEmpty()
                    .allSatisfy(line -> assertThat(line)
                            .contains(" " + server.baseUrl() + "/api/", "license.server.")
                            .doesNotContainIgnoringCase(KEY.text())
                            .doesNotContain(TOKEN));
        }
    }

    @Test
    void theLogSaysWhatWasFoundAndWhichSettingToLookAt() {
        assertThat(errorsOf(html(404, "<h1>Not Found</h1>")))
                .containsExactly("The license server is unavailable: POST " + server.baseUrl()
                        + "/api/usage answered 404 (text/html: <h1>Not Found</h1>), which is not what a license server"
                        + " answers there. Is license.server.url right? A server that has only validate, hours and usage needs"
                        + " license.server.kind=older.");
        assertThat(errorsOf(html(200, "<title>Sign in</title>")))
                .singleElement()
                .asString()
                .endsWith(
                        "answered 200 (text/html: <title>Sign in</title>), which is not what a license server answers there."
                                + " Is license.server.url right?");
        assertThat(errorsOf(json(400, "{\"success\":false,\"error\":\"Not found\"}")))
                .singleElement()
                .asString()
                .contains("license.server.kind=older");
        assertThat(errorsOf(html(401, "who are you?")))
                .singleElement()
                .asString()
                .contains("license.server.url", "license.server.token");
        assertThat(errorsOf(
                        aResponse().withStatus(302).withHeader("Location", "https://login.example/sso?ticket=secret")))
                .singleElement()
                .asString()
                .contains("redirect to https://login.example/sso)")
                .doesNotContain("secret");
    }

    private List<String> errorsOf(ResponseDefinitionBuilder answer) {
        server.resetAll();
        server.stubFor(any(anyUrl()).willReturn(answer));
        try (LogCapture log = new LogCapture();
                HttpLicenseClient fresh = client(TOKEN, Duration.ofSeconds(10))) {
            for (int i = 0; i < 3; i++) {
                assertThat(catchThrowable(() -> fresh.sync(batch(open("a")))))
                        .isInstanceOf(LicenseServerUnavailableException.class);
            }
            return List.copyOf(log.errors());
        }
    }

    @Test
    void itIsSaidAgainAfterAMinute() {
        server.stubFor(any(anyUrl()).willReturn(html(404, "nothing")));
        try (LogCapture log = new LogCapture()) {
            for (int i = 0; i < 3; i++) {
                catchThrowable(() -> client.sync(batch()));
            }
            assertThat(log.errors()).hasSize(1);
            clock.advance(Duration.ofSeconds(61));
            catchThrowable(() -> client.sync(batch()));

            assertThat(log.errors()).hasSize(2);
        }
    }

    @Test
    void aBusyServerOfOursIsNoStranger() {
        server.stubFor(any(anyUrl()).willReturn(problem(503, "BUSY")));
        try (LogCapture log = new LogCapture()) {
            assertThat(catchThrowable(() -> client.sync(batch(open("a")))))
                    .isInstanceOf(LicenseServerUnavailableException.class)
                    .hasMessageContaining(server.baseUrl() + "/api/usage answered 503");
            assertThat(log.errors()).isEmpty();
        }
    }

    @Test
    void aBatchIsNoPlaceForAVerdictAboutOneLicense() {
        server.stubFor(any(anyUrl()).willReturn(problem(404, "LICENSE_NOT_FOUND")));

        assertThat(catchThrowable(() -> client.sync(batch(open("a")))))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .hasMessageContaining("license.server.url");
    }

    private static ResponseDefinitionBuilder granted() {
        return ok("{\"items\":[{{#each (jsonPath request.body '$.items') as |item|}}{\"lease\":\"{{item.lease}}\","
                        + "\"license\":\"lic_0123456789ab\",\"state\":\"{{#if item.done}}CLOSED{{else}}OK{{/if}}\","
                        + "\"authorized_ms\":900000,\"remaining_ms\":3600000}{{#unless @last}},{{/unless}}{{/each}}]}")
                .withTransformers("response-template");
    }

    @Test
    void theStartGoesOnAndCustomersAreServedAsSoonAsTheUrlIsRight() {
        server.stubFor(any(anyUrl()).willReturn(json(404, "{\"code\":\"not_found\"}")));
        try (UsageTracker tracker = UsageTracker.builder(client).build()) {
            List<ErrorCode> refusals = new ArrayList<>();
            refusals.add(refusal(tracker.admit(KEY.text())));
            server.resetAll();
            server.stubFor(post("/api/usage").willReturn(granted()));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            boolean served = false;
            while (!served && System.nanoTime() < end) {
                Admission admission = tracker.admit(KEY.text());
                served = admission instanceof Granted;
                if (admission instanceof Granted granted) {
                    granted.close();
                } else {
                    refusals.add(refusal(admission));
                }
            }
            assertThat(served).isTrue();
            assertThat(refusals).containsOnly(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        }
        assertThat(requests()).allMatch(request -> request.getUrl().equals("/api/usage"));
    }

    @Test
    void aGatewayInMidUseEndsNothing() {
        server.stubFor(post("/api/usage").willReturn(granted()));
        try (UsageTracker tracker = UsageTracker.builder(client).build()) {
            assertThat(tracker.admit(KEY.text())).isInstanceOf(Granted.class);
            server.resetAll();
            server.stubFor(any(anyUrl()).willReturn(json(404, "{\"code\":\"not_found\"}")));
            tracker.report(KEY);

            assertThat(tracker.admit(KEY.text())).isInstanceOf(Granted.class);
            assertThat(refusal(tracker.admit("RL-AAAAAAAA-BBBBBBBB-CCCCCCCC")))
                    .isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        }
    }

    private static ErrorCode refusal(Admission admission) {
        return ((Refused) admission).reason();
    }
}
