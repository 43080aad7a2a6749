package io.hourmeter.stripe.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.ErrorCode;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.UsageTracker;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PaymentsServletTest {

    private static final String KEY = FakeLicenseClient.KEY.text();
    private static final String OTHER_KEY = "RL-ZZZZZZZZ-ZZZZZZZZ-ZZZZZZZZ";
    private static final String BALANCE =
            "{\"success\":true,\"hours_remaining\":7.5,\"purchased_hours\":10,\"used_hours\":2.5,"
                    + "\"held_hours\":0,\"as_of\":\"2026-11-22T10:00:00Z\",\"expires\":null}";

    private final FakeLicenseClient client = new FakeLicenseClient();
    private PaymentsSite site;

    @BeforeEach
    void start() throws Exception {
        site = new PaymentsSite(MeteringConfig.builder().build(), client);
    }

    @AfterEach
    void stop() throws Exception {
        site.close();
    }

    @Test
    void balanceIsToldForAKeyInTheHeader() {
        HttpResponse<String> answer = site.get("/payments/balance", "X-License-Key", KEY);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(answer.body()).isEqualTo(BALANCE);
    }

    @Test
    void balanceIsToldForAKeyInTheParameter() {
        assertThat(site.get("/payments/balance?license_key=" + KEY).body()).isEqualTo(BALANCE);
    }

    @Test
    void balanceIsToldForABearerKey() {
        assertThat(site.get("/payments/balance", "Authorization", "Bearer " + KEY)
                        .body())
                .isEqualTo(BALANCE);
    }

    @Test
    void balanceForgivesSpelling() {
        assertThat(site.get("/payments/balance", "X-License-Key", " rl-oi23abcd-efgh4567-jkmn89pq ")
                        .body())
                .isEqualTo(BALANCE);
    }

    @Test
    void aBearerTokenOfAnotherShapeIsNoKey() {
        assertThat(site.get("/payments/balance", "Authorization", "Bearer eyJhbGciOi")
                        .statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/payments/balance", "/payments/history", "/payments/balance?license_key="})
    void withoutAKeyIs400(String path) {
        HttpResponse<String> answer = site.get(path);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"code\":\"INVALID_REQUEST\"").contains("X-License-Key", "license_key");
        assertThat(client.calls).isEmpty();
    }

    @Test
    void keysThatDifferAre400() {
        HttpResponse<String> answer = site.get("/payments/balance?license_key=" + OTHER_KEY, "X-License-Key", KEY);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(client.calls).isEmpty();
    }

    @Test
    void theSameKeyTwiceIsOneKey() {
        assertThat(site.get("/payments/balance?license_key=" + KEY.toLowerCase(Locale.ROOT), "X-License-Key", KEY)
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "/payments/balance," + OTHER_KEY,
        "/payments/balance,not-a-key",
        "/payments/history," + OTHER_KEY,
        "/payments/history,not-a-key"
    })
    void anUnknownOrMalformedKeyIs404(String path, String key) {
        HttpResponse<String> answer = site.get(path, "X-License-Key", key);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.body())
                .isEqualTo("{\"type\":\"about:blank\",\"title\":\"License not found\",\"status\":404,"
                        + "\"detail\":\"no license has this key\",\"code\":\"LICENSE_NOT_FOUND\","
                        + "\"message\":\"No license has this key. Check it for typing errors.\",\"success\":false,"
                        + "\"error\":\"no license has this key\"}");
    }

    @Test
    void theBalanceTellsWhenTheLicenseEnds() {
        client.expires = Instant.parse("2026-11-23T10:00:00Z");

        assertThat(site.get("/payments/balance", "X-License-Key", KEY).body())
                .contains("\"hours_remaining\":7.5,", "\"expires\":\"2026-11-23T10:00:00Z\"");
    }

    @ParameterizedTest
    @CsvSource({"LICENSE_INACTIVE", "LICENSE_EXPIRED"})
    void aLicenseThatServesNoMoreIs403(ErrorCode refusal) {
        client.refusal = refusal;

        HttpResponse<String> answer = site.get("/payments/balance", "X-License-Key", KEY);

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("\"code\":\"" + refusal + "\"").doesNotContain(KEY);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aUsedUpLicenseHasABalanceOfZero(boolean toldWithTheRefusal) {
        client.refusal = ErrorCode.HOURS_EXHAUSTED;
        client.tellsRefusedLicenses = toldWithTheRefusal;

        HttpResponse<String> answer = site.get("/payments/balance", "X-License-Key", KEY);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"hours_remaining\":0,");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/payments/balance", "/payments/history"})
    void aLicenseServerThatIsAwayIs503(String path) {
        client.failure = new LicenseServerUnavailableException("timed out", null);

        HttpResponse<String> answer = site.get(path, "X-License-Key", KEY);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("\"code\":\"LICENSE_SERVER_UNAVAILABLE\"");
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void aTokenThatTheLicenseServerRefusesIsNotTheCustomersFault() {
        client.failure = new LicenseRequestException(ErrorCode.FORBIDDEN, "this token may not read");

        HttpResponse<String> answer = site.get("/payments/balance", "X-License-Key", KEY);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).doesNotContain("token");
    }

    @Test
    void runningUseIsReportedBeforeTheBalanceIsRead() throws Exception {
        try (UsageTracker tracker = UsageTracker.builder(client).build();
                PaymentsSite metered = new PaymentsSite(
                        Map.of(
                                Wiring.CONFIG, MeteringConfig.builder().build(),
                                Wiring.CLIENT, client,
                                Wiring.TRACKER, tracker),
                        Map.of());
                Granted running = (Granted) tracker.admit(KEY)) {
            // What was reported within the last second is fresh enough and not reported again.
            for (String path : List.of("/payments/balance", "/payments/history")) {
                long begun = System.nanoTime();
                do {
                    client.calls.clear();
                    metered.get(path, "X-License-Key", KEY);
                } while (client.calls.size() == 1 && System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(10));
                assertThat(client.calls)
                        .as(path)
                        .containsExactly("sync", path.endsWith("balance") ? "validate" : "history");
            }
            assertThat(running.remainingMillis()).isPositive();
        }
    }

    @Test
    void packagesAreThoseOfTheSettings() {
        assertThat(site.get("/payments/packages").body())
                .startsWith("{\"packages\":[{\"id\":\"small\",\"name\":\"5 Hours Pack\",\"hours\":5,\"price\":25,"
                        + "\"currency\":\"usd\",\"price_per_hour\":5},{\"id\":\"medium\",\"name\":\"10 Hours Pack\","
                        + "\"hours\":10,\"price\":45,\"currency\":\"usd\",\"price_per_hour\":4.5},")
                .endsWith(
                        "],\"hours_per_dollar\":0.2,\"currency\":\"usd\",\"custom\":{\"minimum\":0.5,\"maximum\":1000},"
                                + "\"buying\":{\"available\":false,"
                                + "\"message\":\"Hours cannot be bought here at the moment.\"},\"signup\":false,"
                                + "\"remember\":false,\"known\":false,\"login\":false}");
    }

    @Test
    void historyHasTheFormOfTheLicenseServer() {
        assertThat(site.get("/payments/history", "X-License-Key", KEY).body())
                .isEqualTo(
                        "{\"success\":true,\"entries\":[{\"id\":\"1\",\"at\":\"2026-11-22T10:00:00Z\",\"kind\":\"GRANT\","
                                + "\"hours\":10,\"remaining_after\":10,\"reference\":\"\",\"description\":\"created\"}],"
                                + "\"sessions\":[{\"session\":\"s1\",\"started\":\"2026-11-22T10:00:00Z\","
                                + "\"ended\":\"2026-11-22T12:30:00Z\",\"active_hours\":2.5,\"charged_hours\":2.5,"
                                + "\"uncollected_hours\":0,\"nodes\":1}],\"daily\":[{\"day\":\"2026-11-22\",\"used_hours\":2.5,"
                                + "\"purchased_hours\":10}],\"totals\":{\"purchased_hours\":10,\"used_hours\":2.5,\"payments\":1,"
                                + "\"sessions\":1},\"next\":\"next-page\"}");
        assertThat(client.asked).isEqualTo(HistoryQuery.newest());
    }

    @Test
    void historyPassesItsParametersOn() {
        site.get(
                "/payments/history?type=usage&from=2026-01-01T00:00:00Z&to=2026-02-01T01:00:00%2B01:00&limit=7&cursor=abc",
                "X-License-Key", KEY);

        assertThat(client.asked)
                .isEqualTo(new HistoryQuery(
                        HistoryQuery.Type.USAGE,
                        Instant.parse("2026-01-01T00:00:00Z"),
                        Instant.parse("2026-02-01T00:00:00Z"),
                        7,
                        "abc"));
    }

    @ParameterizedTest
    @CsvSource({
        "type=everything,type",
        "from=yesterday,from",
        "to=2026-13-01T00:00:00Z,to",
        "limit=0,limit",
        "limit=501,limit",
        "limit=ten,limit",
        "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z,from"
    })
    void aBadHistoryParameterIs400AndNamed(String query, String named) {
        HttpResponse<String> answer = site.get("/payments/history?" + query, "X-License-Key", KEY);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"code\":\"INVALID_REQUEST\",").contains("\"detail\":\"" + named);
        assertThat(client.calls).isEmpty();
    }

    @Test
    void historyOfALongCursorIs400() {
        assertThat(site.get("/payments/history?cursor=" + "x".repeat(1000), "X-License-Key", KEY)
                        .statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({"POST,/payments/create-checkout,stripe.secret.key", "POST,/payments/webhook,stripe.webhook.secret"})
    void buyingWithoutStripeNamesTheMissingSetting(String method, String path, String setting) {
        HttpResponse<String> answer = site.send(method, path);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains(setting + " is not set");
        assertThat(client.calls).isEmpty();
    }

    @Test
    void aPathWithoutTheSlashLeadsToThePage() {
        HttpResponse<String> answer = site.get("/payments");

        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location")).hasValue("./payments/");
    }

    @ParameterizedTest
    @CsvSource({"GET,/payments/nothing,404", "POST,/payments/balance,405", "GET,/payments/webhook,405"})
    void whatIsNotThereIsAProblemDocument(String method, String path, int status) {
        HttpResponse<String> answer = site.send(method, path);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    }

    @Test
    void optionsTellsTheMethods() {
        HttpResponse<String> answer = site.send("OPTIONS", "/payments/webhook");

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(answer.headers().firstValue("Allow")).hasValue("POST, OPTIONS");
    }

    @Test
    void headHasNoBody() {
        HttpResponse<String> answer = site.send("HEAD", "/payments/packages");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/payments/",
                "/payments",
                "/payments/balance",
                "/payments/packages",
                "/payments/history",
                "/payments/nothing",
                "/payments/success",
                "/payments/payments.js"
            })
    void everyAnswerIsProtected(String path) {
        var headers = site.get(path, "X-License-Key", KEY).headers();

        assertThat(headers.firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy)
                        .contains("default-src 'none'", "frame-ancestors 'none'")
                        .doesNotContain("unsafe"));
        assertThat(headers.firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(headers.firstValue("Referrer-Policy")).hasValue("no-referrer");
        assertThat(headers.firstValue("Cache-Control")).hasValue(path.endsWith(".js") ? "no-cache" : "no-store");
    }

    @Test
    void thePageHasNoScriptOfItsOwnAndLoadsNothingFromElsewhere() {
        HttpResponse<String> answer = site.get("/payments/");

        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/html;charset=utf-8");
        assertThat(answer.body())
                .contains("<script src=\"payments.js\" type=\"module\"></script>", "data-key-header=\"X-License-Key\"")
                .doesNotContainPattern("<script>|style=|https?://| on[a-z]+=");
    }

    @Test
    void anUnchangedFileIsNotSentAgain() {
        String tag =
                site.get("/payments/payments.css").headers().firstValue("ETag").orElseThrow();

        HttpResponse<String> again = site.get("/payments/payments.css", "If-None-Match", tag);

        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void anotherHeaderNameIsUsedByServletAndPage() throws Exception {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.LICENSE_HEADER, "X-Access-Key")
                .build();
        try (PaymentsSite other = new PaymentsSite(config, client)) {
            assertThat(other.get("/payments/balance", "X-Access-Key", KEY).statusCode())
                    .isEqualTo(200);
            assertThat(other.get("/payments/").body()).contains("data-key-header=\"X-Access-Key\"");
        }
    }

    @Test
    void aSharedClientStaysOpen() throws Exception {
        site.close();

        assertThat(client.closed).isZero();
    }

    @Test
    void withoutAFilterTheServletOpensAndClosesAClientOfItsOwn() throws Exception {
        FakeLicenseClient.Provider.OPENED.clear();
        try (PaymentsSite alone = new PaymentsSite(Map.of(), Map.of("license.server.url", "embedded"))) {
            assertThat(alone.get("/payments/balance", "X-License-Key", KEY).body())
                    .isEqualTo(BALANCE);
        }

        List<FakeLicenseClient> opened = FakeLicenseClient.Provider.OPENED;
        assertThat(opened).hasSize(1);
        assertThat(opened.get(0).closed).isEqualTo(1);
    }

    @Test
    void aTokenForCreditingGetsAClientOfItsOwn() throws Exception {
        FakeLicenseClient.Provider.OPENED.clear();
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.SERVER_URL, "embedded")
                .set(Settings.SERVER_TOKEN, "usage-token")
                .set(Settings.PAYMENT_TOKEN, "credit-token")
                .build();
        try (PaymentsSite own = new PaymentsSite(config, client)) {
            own.get("/payments/balance", "X-License-Key", KEY);
        }

        assertThat(client.calls).isEmpty();
        assertThat(FakeLicenseClient.Provider.OPENED).hasSize(1);
    }

    @Test
    void aWrongInitParamStopsTheStartAndIsNamed() {
        assertThatThrownBy(() -> new PaymentsSite(Map.of(), Map.of("payment.curency", "eur")))
                .hasStackTraceContaining("payment.curency")
                .hasStackTraceContaining("payment.currency");
    }

    @Test
    void besideAnOlderServerNothingIsOfferedThatItCannotDo() throws Exception {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.SERVER_KIND, "older")
                .set(Settings.STRIPE_SECRET_KEY, "sk_test_51abc")
                .set(Settings.STRIPE_API_BASE, "http://127.0.0.1:1")
                .set(Settings.PAYMENT_SIGNUP, "on")
                .build();
        try (PaymentsSite older = new PaymentsSite(config, client)) {
            assertThat(older.get("/payments/packages").body())
                    .contains(
                            "\"buying\":{\"available\":false,\"message\":\"Hours cannot be bought here at the moment.\"}",
                            "\"signup\":false")
                    .doesNotContain("older");

            HttpResponse<String> order = older.send(
                    "POST",
                    "/payments/create-checkout",
                    HttpRequest.BodyPublishers.ofString("{\"license_key\":\"" + KEY + "\",\"hours\":10}"));
            assertThat(order.statusCode()).isEqualTo(503);
            assertThat(order.body())
                    .contains(
                            "license.server.kind is older",
                            "\"message\":\"Hours cannot be bought here at the moment.\"");

            HttpResponse<String> history = older.get("/payments/history?type=payment", "X-License-Key", KEY);
            assertThat(history.statusCode()).isEqualTo(200);
            assertThat(history.body())
                    .isEqualTo("{\"success\":true,\"entries\":[],\"sessions\":[],\"daily\":[],"
                            + "\"totals\":{\"purchased_hours\":10,\"used_hours\":2.5,\"payments\":0,\"sessions\":0},"
                            + "\"next\":null,\"recorded\":false}");
            assertThat(older.get("/payments/history", "X-License-Key", OTHER_KEY)
                            .statusCode())
                    .isEqualTo(404);
            assertThat(older.get("/payments/balance", "X-License-Key", KEY).body())
                    .contains("\"hours_remaining\":7.5,")
                    .doesNotContain("held_hours");
        }
        assertThat(client.calls).doesNotContain("history", "create");
    }
}
