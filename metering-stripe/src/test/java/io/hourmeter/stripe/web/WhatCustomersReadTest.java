package io.hourmeter.stripe.web;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.stripe.net.Webhook;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import io.hourmeter.stripe.PaymentException;
import io.hourmeter.stripe.ReturnLinks;
import java.net.ConnectException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * Whatever fails, a customer reads sentences of one table: no address, setting, class, method, id of Stripe or long
 * decimal number. What the failure said is in the operator's log.
 */
class WhatCustomersReadTest {

    private static final String KEY = FakeLicenseClient.KEY.text();
    private static final String SECRET = "whsec_test";

    /** A little of everything that belongs to the operator. */
    private static final String INTERNAL =
            "POST http://10.0.0.7:5001/api/licenses/lookup answered 404; license.server.token"
                    + " of io.hourmeter.client.HttpLicenseClient; cs_test_a1B2c3 pi_3AbCdEf sk_test_51abc; 10.9985055556 hours";

    private static final List<Pattern> FORBIDDEN = Stream.concat(
                    Stream.of(
                            "https?:|10\\.0\\.0\\.7|localhost",
                            "\\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\\b",
                            "\\b[a-z]+(?:\\.[a-z]+)+\\.[A-Z]|Exception\\b",
                            "\\b(?:cs|pi|re|ch|du|evt|req|sk|rk|pk|whsec)_[A-Za-z0-9]",
                            "[0-9]\\.[0-9]{5,}"),
                    Settings.all().stream()
                            .map(Setting::key)
                            .flatMap(key ->
                                    Stream.of(key, key.toUpperCase(Locale.ROOT).replace('.', '_')))
                            .map(Pattern::quote))
            .map(Pattern::compile)
            .toList();

    private static final ObjectMapper JSON = new ObjectMapper();

    private static WireMockServer stripe;

    private final FakeLicenseClient client = new FakeLicenseClient();

    @BeforeAll
    static void startStripe() {
        stripe = new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));
        stripe.start();
    }

    @AfterAll
    static void stopStripe() {
        stripe.stop();
    }

    @BeforeEach
    void paidAtStripe() {
        stripe.resetMappings();
        stripe.stubFor(
                any(anyUrl()).atPriority(9).willReturn(okJson("{\"object\":\"list\",\"data\":[],\"has_more\":false}")));
        stripe.stubFor(get(urlPathMatching("/v1/checkout/sessions/.*"))
                .atPriority(5)
                .willReturn(okJson("{\"id\":\"cs_test_1\",\"object\":\"checkout.session\",\"livemode\":false,"
                        + "\"mode\":\"payment\",\"status\":\"complete\",\"payment_status\":\"paid\","
                        + "\"payment_intent\":\"pi_1\",\"amount_subtotal\":5000,\"amount_total\":5000,"
                        + "\"currency\":\"usd\",\"metadata\":{\"hourmeter\":\"1\",\"hourmeter_purchase\":\"p1\","
                        + "\"hourmeter_license\":\"lic_0123456789\",\"hourmeter_millis\":\"36000000\","
                        + "\"hourmeter_amount\":\"5000\",\"hourmeter_currency\":\"usd\","
                        + "\"hourmeter_title\":\"10 hours of Access\"}}")));
    }

    private PaymentsSite site(Map<Setting<?>, String> changed) throws Exception {
        Map<Setting<?>, String> settings = new LinkedHashMap<>(Map.of(
                Settings.STRIPE_SECRET_KEY,
                "sk_test_51abc",
                Settings.STRIPE_WEBHOOK_SECRET,
                SECRET,
                Settings.STRIPE_API_BASE,
                "http://127.0.0.1:" + stripe.port(),
                Settings.PAYMENT_SIGNUP,
                "on",
                Settings.LICENSE_COOKIE,
                "hm"));
        settings.putAll(changed);
        var config = MeteringConfig.builder();
        settings.forEach(config::set);
        return new PaymentsSite(config.build(), client);
    }

    /** Every call, as a customer, a program or Stripe makes it. */
    private static Map<String, HttpResponse<String>> everyCall(PaymentsSite site) throws Exception {
        Map<String, Supplier<HttpResponse<String>>> calls = new TreeMap<>();
        String[] withKey = {"X-License-Key", KEY};
        for (String path : List.of("", "/", "/balance", "/history", "/packages", "/cancel", "/nothing")) {
            calls.put("page " + path, () -> site.get("/payments" + path, withKey));
        }
        String success = "/payments" + ReturnLinks.success("sk_test_51abc", "p1", "cs_test_1");
        calls.put("unsigned success", () -> site.get("/payments/success?session_id=cs_test_1"));
        calls.put("success", () -> site.get(success, "Accept", "application/json"));
        calls.put("success page", () -> site.get(success, "Accept", "text/html"));
        String key = "{\"license_key\":\"" + KEY + "\"";
        calls.put("create-checkout", () -> post(site, "create-checkout", key + ",\"hours\":10}"));
        calls.put("licenses", () -> post(site, "licenses", "{\"email\":\"ann@example.com\"}"));
        calls.put("remember", () -> post(site, "remember", key + "}"));
        calls.put("forget", () -> post(site, "forget", "{}"));
        String event =
                "{\"id\":\"evt_1\",\"object\":\"event\",\"api_version\":\"2026-07-29.dahlia\",\"created\":1790000000,"
                        + "\"livemode\":false,\"type\":\"checkout.session.completed\",\"data\":{\"object\":{\"id\":\"cs_test_1\","
                        + "\"object\":\"checkout.session\",\"metadata\":{\"hourmeter\":\"1\"}}}}";
        long now = Instant.now().getEpochSecond();
        String signature = "t=" + now + ",v1=" + Webhook.Util.computeHmacSha256(SECRET, now + "." + event);
        calls.put("webhook", () -> post(site, "webhook", event, "Stripe-Signature", signature));
        calls.put("unsigned webhook", () -> post(site, "webhook", event));
        // All at once: each may wait for Stripe.
        Map<String, CompletableFuture<HttpResponse<String>>> running = new TreeMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(calls.size());
        try {
            calls.forEach((name, call) -> running.put(name, CompletableFuture.supplyAsync(call, threads)));
            Map<String, HttpResponse<String>> answers = new TreeMap<>();
            running.forEach((name, answer) -> answers.put(name, answer.join()));
            return answers;
        } finally {
            threads.shutdownNow();
        }
    }

    private static HttpResponse<String> post(PaymentsSite site, String path, String body, String... headers) {
        return site.send("POST", "/payments/" + path, BodyPublishers.ofString(body), headers);
    }

    private static void assertClean(Map<String, HttpResponse<String>> answers) throws Exception {
        for (var answer : answers.entrySet()) {
            assertClean(answer.getKey(), answer.getValue());
        }
    }

    private static void assertClean(String call, HttpResponse<String> answer) throws Exception {
        String type = answer.headers().firstValue("Content-Type").orElse("");
        if (type.equals("application/problem+json")) {
            JsonNode problem = JSON.readTree(answer.body());
            assertThat(CustomerText.values())
                    .as("%s: %s", call, answer.body())
                    .extracting(CustomerText::text)
                    .contains(problem.path("message").asText());
            // What is for whoever sets Stripe up may name the setting that is missing, outside of the message.
            boolean setUp = problem.path("code").asText().equals("PAYMENTS_NOT_CONFIGURED");
            assertClean(call, setUp ? problem.path("message").asText() : answer.body());
        } else if (type.equals("application/json")) {
            // Numbers are data, and texts are for people.
            for (JsonNode text : texts(JSON.readTree(answer.body()))) {
                assertClean(call, text.asText());
            }
        } else if (type.startsWith("text/html")) {
            assertClean(call, answer.body());
        } else {
            assertThat(answer.body()).as(call).isEmpty();
        }
        assertThat(answer.body()).as(call).doesNotContain(KEY);
    }

    private static void assertClean(String call, String text) {
        for (Pattern pattern : FORBIDDEN) {
            assertThat(text).as(call).doesNotContainPattern(pattern);
        }
    }

    private static List<JsonNode> texts(JsonNode node) {
        if (node.isTextual()) {
            return List.of(node);
        }
        List<JsonNode> texts = new ArrayList<>();
        node.forEach(each -> texts.addAll(texts(each)));
        return texts;
    }

    static Stream<Throwable> failures() {
        return Stream.concat(
                Arrays.stream(ErrorCode.values()).map(code -> new LicenseRequestException(code, INTERNAL)),
                Stream.of(
                        new LicenseServerUnavailableException(INTERNAL, new ConnectException(INTERNAL)),
                        new IllegalStateException(INTERNAL),
                        new NullPointerException(INTERNAL),
                        new NoClassDefFoundError("io/hourmeter/client/HttpLicenseClient"),
                        new AssertionError(INTERNAL),
                        new StackOverflowError()));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void whateverTheLicenseServerDoesIsNotShown(Throwable failure) throws Exception {
        client.failure = failure;
        try (PaymentsSite site = site(Map.of())) {
            Map<String, HttpResponse<String>> answers = everyCall(site);

            assertClean(answers);
            assertThat(answers.values())
                    .filteredOn(answer -> answer.statusCode() == 500)
                    .as("a fault of ours is not the container's to show")
                    .isEmpty();
            assertThat(answers.get("webhook").statusCode())
                    .as("Stripe calls again")
                    .isGreaterThanOrEqualTo(500);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"INVALID_LICENSE", "LICENSE_INACTIVE", "LICENSE_EXPIRED", "HOURS_EXHAUSTED"})
    void whateverALicenseIsIsSaidPlainly(ErrorCode refusal) throws Exception {
        client.refusal = refusal;
        try (PaymentsSite site = site(Map.of())) {
            assertClean(everyCall(site));
        }
    }

    static Stream<ResponseDefinitionBuilder> answersOfStripe() {
        String error = "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"%s\",\"message\":\"" + INTERNAL
                + "\",\"param\":\"success_url\",\"request_log_url\":\"https://dashboard.stripe.com/x\"}}";
        Stream<ResponseDefinitionBuilder> refusals = Stream.of(400, 401, 402, 403, 404, 409, 429, 500)
                .map(status -> aResponse()
                        .withStatus(status)
                        .withHeader("Request-Id", "req_1a2b3c")
                        .withBody(error.formatted("resource_missing")));
        return Stream.concat(
                refusals,
                Stream.of(
                        aResponse().withStatus(400).withBody(error.formatted("amount_too_small")),
                        aResponse().withStatus(400).withBody(error.formatted("idempotency_key_in_use")),
                        aResponse().withStatus(200).withBody("<html>" + INTERNAL + "</html>"),
                        aResponse().withStatus(200),
                        aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
    }

    @ParameterizedTest
    @MethodSource("answersOfStripe")
    void whateverStripeAnswersIsNotShown(ResponseDefinitionBuilder answer) throws Exception {
        stripe.stubFor(any(anyUrl()).atPriority(1).willReturn(answer));
        try (PaymentsSite site = site(Map.of())) {
            assertClean(everyCall(site));
        }
    }

    @ParameterizedTest
    @EnumSource(PaymentException.Reason.class)
    void everyReasonAgainstASaleHasASentenceOfItsOwn(PaymentException.Reason reason) {
        Refusal refusal = new ExceptionMapper(() -> 0).toRefusal(new PaymentException(reason, INTERNAL));

        assertThat(refusal.status).isEqualTo(reason == PaymentException.Reason.NOT_FOUND ? 502 : reason.status());
        assertClean(reason.name(), refusal.detail() + refusal.title + refusal.text.text());
    }

    @Test
    void aSettingThatIsMissingIsNotShown() throws Exception {
        List<Map<Setting<?>, String>> missing = List.of(
                Map.of(Settings.STRIPE_SECRET_KEY, ""),
                Map.of(Settings.STRIPE_WEBHOOK_SECRET, ""),
                Map.of(Settings.STRIPE_SECRET_KEY, "", Settings.STRIPE_WEBHOOK_SECRET, ""),
                Map.of(Settings.PAYMENT_SIGNUP, "off", Settings.LICENSE_COOKIE, ""),
                // A trusted proxy says that the customer is somewhere else, and nobody says where Stripe leads back to.
                Map.of(Settings.PROXY_TRUSTED, "127.0.0.1"));
        for (Map<Setting<?>, String> settings : missing) {
            try (PaymentsSite site = site(settings)) {
                assertClean(everyCall(site));
                assertClean("from elsewhere", site.get("/payments/packages", "X-Forwarded-Host", "shop.example.com"));
            }
        }
    }

    @Test
    void aRequestThatIsWrongIsToldWithoutInternals() throws Exception {
        try (PaymentsSite site = site(Map.of())) {
            for (String path : List.of(
                    "/balance",
                    "/balance?license_key=nonsense",
                    "/balance?license_key=%ff%fe",
                    "/history?license_key=" + KEY + "&limit=0",
                    "/history?license_key=" + KEY + "&from=yesterday",
                    "/history?license_key=" + KEY + "&cursor=" + "x".repeat(600),
                    "/success",
                    "/success?session_id=" + "x".repeat(3000),
                    "/create-checkout",
                    "/webhook")) {
                assertClean(path, site.get("/payments" + path));
                assertClean(path, site.send("DELETE", "/payments" + path.replaceAll("\\?.*", "")));
            }
            for (String body : List.of(
                    "",
                    "{",
                    "[]",
                    "{\"license_key\":7}",
                    "{\"license_key\":\"" + KEY + "\"}",
                    "{\"license_key\":\"" + KEY + "\",\"hours\":0.0000001}",
                    "{\"license_key\":\"" + KEY + "\",\"hours\":999999}",
                    "{\"license_key\":\"" + KEY + "\",\"package_id\":\"none\"}",
                    "{\"license_key\":\"" + KEY + "\",\"package_id\":\"small\",\"hours\":7}",
                    "{\"license_key\":\"" + KEY + "\",\"hours\":10,\"return\":\"//evil\"}",
                    "{\"email\":\"nobody\"}",
                    "{\"email\":\"a@b\",\"name\":\"" + "x".repeat(300) + "\"}",
                    "x".repeat(20_000))) {
                for (String path : List.of("create-checkout", "licenses", "remember", "forget", "webhook")) {
                    assertClean(path + body, post(site, path, body));
                    assertClean(path + body, post(site, path, body, "Origin", "https://evil.example"));
                }
            }
        }
    }

    @Test
    void theOperatorReadsOnceWhatWentWrong() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(PaymentsServlet.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        client.failure = new LicenseServerUnavailableException(INTERNAL, null);
        try (PaymentsSite site = site(Map.of())) {
            for (int i = 0; i < 5; i++) {
                site.get("/payments/balance", "X-License-Key", KEY);
            }
            client.failure = new IllegalStateException("the very cause");
            for (int i = 0; i < 5; i++) {
                site.get("/payments/balance", "X-License-Key", KEY);
            }
        } finally {
            logger.detachAppender(log);
        }
        assertThat(log.list)
                .filteredOn(event -> event.getFormattedMessage().contains(INTERNAL))
                .hasSize(1);
        assertThat(log.list)
                .filteredOn(event -> event.getThrowableProxy() != null
                        && event.getThrowableProxy().getMessage().equals("the very cause"))
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(CustomerText.class)
    void everySentenceIsOne(CustomerText text) {
        assertThat(text.text()).matches("[A-Z].*[.]|[A-Z][a-z ]+");
        assertClean(text.name(), text.text());
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 min",
        "39594620,10 h 59 min",
        "36000000,10 h",
        "3600000,1 h",
        "3599999,59 min 59 s",
        "60000,1 min",
        "999,0 min",
        "-4500000,−1 h 15 min",
        "-999,0 min",
        "9223372036854775807,2562047788015 h 12 min"
    })
    void timeIsWrittenAsPeopleSayIt(long millis, String text) {
        assertThat(CustomerText.time(millis)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "3600000,1 hour was added.",
        "9000000,2.5 hours were added.",
        "36000000,10 hours were added.",
        "1200000,20 min were added."
    })
    void hoursAreWrittenAsTheyAreSold(long millis, String text) {
        assertThat(CustomerText.credited(millis)).isEqualTo(text);
    }
}
