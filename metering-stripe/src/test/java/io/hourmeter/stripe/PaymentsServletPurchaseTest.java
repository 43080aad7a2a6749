package io.hourmeter.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.WireMock;
import io.hourmeter.CreatedLicense;
import io.hourmeter.Hours;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseRef;
import io.hourmeter.UsageBatch;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import io.hourmeter.tests.CallerTable;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.MeteringListener;
import io.hourmeter.usage.Refused;
import io.hourmeter.usage.UsageTracker;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PaymentsServletPurchaseTest {

    private static final long HOUR = Hours.MILLIS_PER_HOUR;

    @TempDir
    private Path folder;

    private Shop shop;
    private ShopSite site;

    @BeforeEach
    void open() throws Exception {
        shop = new Shop(folder);
        site = site(settings -> {});
    }

    @AfterEach
    void close() throws Exception {
        site.close();
        shop.close();
    }

    private ShopSite site(Consumer<MeteringConfigBuilder> settings) throws Exception {
        return new ShopSite(shop, settings, Map.of());
    }

    private static LicenseId id(CreatedLicense created) {
        LicenseId id = created.license().id();
        if (id == null) {
            throw new AssertionError("the ledger names its licenses");
        }
        return id;
    }

    private static String order(CreatedLicense license, String rest) {
        return "{\"license_key\":\"" + license.key().text() + "\"," + rest + "}";
    }

    /** Orders ten hours and pays; the session id. */
    private String paid(CreatedLicense license) {
        HttpResponse<String> answer = site.post("/create-checkout", order(license, "\"hours\":10"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        String session = shop.stripe.sessions.keySet().stream()
                .filter(id -> answer.body().contains("\"session_id\":\"" + id + "\""))
                .findFirst()
                .orElseThrow();
        shop.stripe.sessions.get(session).put("status", "complete");
        shop.stripe.sessions.get(session).put("payment_status", "paid");
        return session;
    }

    private String back(String session) {
        return ShopSite.back(shop, session);
    }

    private Map<String, Object> completed(String session) {
        return shop.stripe.event("evt_" + session, "checkout.session.completed", shop.stripe.sessions.get(session));
    }

    private long bought(CreatedLicense license) {
        return shop.balance(id(license)).purchasedMillis();
    }

    private int checkoutsMade() {
        return shop.stripe.sessions.size();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"hours\":10",
                "\"hours\":2.5,\"package_id\":null",
                "\"hours\":2.5,\"package_id\":\"\"",
                "\"package_id\":\"small\"",
                "\"hours\":5.0,\"package_id\":\"small\"",
                "\"hours\":null,\"package_id\":\"small\",\"return\":\"/reports?id=7\""
            })
    void anOrderIsAnsweredWithWhereToPay(String order) {
        CreatedLicense license = shop.license();

        HttpResponse<String> answer = site.post("/create-checkout", order(license, order));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body())
                .isEqualTo(
                        "{\"checkout_url\":\"https://checkout.stripe.test/cs_test_1\",\"session_id\":\"cs_test_1\"}");
        shop.stripe.server.verify(
                1,
                WireMock.postRequestedFor(WireMock.urlPathEqualTo("/v1/checkout/sessions"))
                        .withFormParam("success_url", WireMock.containing(site.origin() + "/app/payments/success?"))
                        .withFormParam("success_url", WireMock.containing("session_id={CHECKOUT_SESSION_ID}"))
                        .withFormParam("cancel_url", WireMock.containing(site.origin() + "/app/payments/cancel")));
        assertThat(bought(license)).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "\"hours\":6,\"package_id\":\"small\"; hours differ",
                "\"package_id\":\"huge\"; package_id",
                "\"hours\":0.4; hours",
                "\"hours\":-1; hours",
                "\"hours\":1e400; hours",
                "\"hours\":1e-400; hours",
                "\"hours\":\"10\"; hours",
                "\"hours\":true; hours",
                "\"package_id\":7; package_id",
                "\"package_id\":\"\"; hours or package_id",
                "\"hours\":10,\"return\":\"//evil.example\"; return",
                "\"hours\":10,\"hours\":11; JSON",
                "\"hours\":NaN; JSON"
            })
    void anOrderThatIsNotSoldIs400AndSaysWhy(String order, String why) {
        HttpResponse<String> answer = site.post("/create-checkout", order(shop.license(), order));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).contains(why);
        assertThat(checkoutsMade()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "{", "{\"hours\":5}", "license_key=RL-1&hours=5"})
    void aBodyThatIsNoOrderIs400(String body) {
        assertThat(site.post("/create-checkout", body).statusCode()).isEqualTo(400);
    }

    @Test
    void anOrderBeyondItsBoundIs413() {
        assertThat(site.post("/create-checkout", "x".repeat(100_000)).statusCode())
                .isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RL-ZZZZZZZZ-ZZZZZZZZ-ZZZZZZZZ", "not-a-key"})
    void aKeyThatNoLicenseHasIs403(String key) {
        HttpResponse<String> answer =
                site.post("/create-checkout", "{\"license_key\":\"" + key + "\",\"package_id\":\"small\"}");

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("\"code\":\"INVALID_LICENSE\"").doesNotContain(key);
        assertThat(checkoutsMade()).isZero();
    }

    @Test
    void nothingIsSoldWhileTheLicenseServerIsDown() {
        CreatedLicense license = shop.license();
        shop.outage = Shop.Outage.BEFORE;

        HttpResponse<String> answer = site.post("/create-checkout", order(license, "\"hours\":10"));

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("\"code\":\"LICENSE_SERVER_UNAVAILABLE\"");
        assertThat(checkoutsMade()).isZero();
    }

    @Test
    void aStripeThatRefusesIs502AndItsReasonStaysInTheLog() {
        CreatedLicense license = shop.license();
        shop.stripe.server.stubFor(WireMock.post(WireMock.anyUrl())
                .willReturn(WireMock.aResponse()
                        .withStatus(401)
                        .withBody("{\"error\":{\"message\":\"Invalid API Key: sk_test_51abc\"}}")));

        HttpResponse<String> answer = site.post("/create-checkout", order(license, "\"hours\":10"));

        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).doesNotContain("sk_test", "stripe.secret.key");
    }

    @Test
    void besideAnOlderLicenseServerNothingIsOffered() throws Exception {
        CreatedLicense license = shop.license();
        try (ShopSite older = site(settings -> settings.set(Settings.SERVER_KIND, "older"))) {
            assertThat(older.get("/packages").body())
                    .contains(
                            "\"buying\":{\"available\":false,\"message\":\"Hours cannot be bought here at the moment.\"}")
                    .doesNotContain("license.server");
            HttpResponse<String> answer = older.post("/create-checkout", order(license, "\"hours\":10"));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("license.server.kind is older");
            assertThat(older.webhook(shop.stripe.event("evt_1", "checkout.session.completed", Map.of()))
                            .statusCode())
                    .isEqualTo(503); // what was sold before comes again, until there is a license server that takes it
        }
        assertThat(checkoutsMade()).isZero();
    }

    @Test
    void withoutStripeEverythingButBuyingWorks() throws Exception {
        CreatedLicense license = shop.license();
        try (ShopSite off = site(
                settings -> settings.set(Settings.STRIPE_SECRET_KEY, "").set(Settings.STRIPE_WEBHOOK_SECRET, ""))) {
            assertThat(off.get("/packages").body())
                    .contains(
                            "\"buying\":{\"available\":false,\"message\":\"Hours cannot be bought here at the moment.\"}")
                    .doesNotContain("stripe.secret.key");
            assertThat(off.get("/balance", "X-License-Key", license.key().text())
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> answer = off.post("/create-checkout", order(license, "\"hours\":10"));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("stripe.secret.key is not set");
            assertThat(off.post("/webhook", "{}").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void onAnotherHostThanLoopbackBuyingNeedsThePublicUrl() {
        String body = order(shop.license(), "\"hours\":10");
        String answer = site.raw("POST /app/payments/create-checkout HTTP/1.1\r\nHost: shop.example\r\n"
                + "Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

        assertThat(answer).startsWith("HTTP/1.1 503").contains("payment.public.url is not set");
        assertThat(checkoutsMade()).isZero();
        assertThat(site.raw("GET /app/payments/packages HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"))
                .contains("\"available\":false")
                .doesNotContain("payment.public.url");
    }

    @ParameterizedTest
    @CsvSource({
        "https://shop.example, https://shop.example/app/payments/success?signature=",
        "https://shop.example/hours/, https://shop.example/hours/payments/success?signature="
    })
    void thePublicUrlIsWhereStripeLeadsBackTo(String url, String expected) throws Exception {
        try (ShopSite open = site(settings -> settings.set(Settings.PAYMENT_PUBLIC_URL, url))) {
            assertThat(open.post(
                                    "/create-checkout",
                                    order(shop.license(), "\"hours\":10"),
                                    "Origin",
                                    "https://shop.example")
                            .statusCode())
                    .isEqualTo(200);
        }
        shop.stripe.server.verify(
                1,
                WireMock.postRequestedFor(WireMock.urlPathEqualTo("/v1/checkout/sessions"))
                        .withFormParam("success_url", WireMock.containing(expected)));
    }

    @Test
    void whoComesBackHasTheHours() {
        CreatedLicense license = shop.license();
        String session = paid(license);

        HttpResponse<String> page = site.get(back(session), "Accept", "text/html,*/*;q=0.8");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html;charset=utf-8");
        assertThat(page.body())
                .contains("data-state=\"credited\"", "10 hours were added. Your balance is now 10 h.", "url=./\"")
                .doesNotContain("{{", license.key().text());
        assertThat(bought(license)).isEqualTo(10 * HOUR);
        assertThat(site.get(back(session), "Accept", "application/json").body())
                .isEqualTo("{\"state\":\"credited\",\"hours_added\":10,\"hours_remaining\":10,\"again\":false,"
                        + "\"next\":\"./\",\"message\":\"10 hours were added. Your balance is now 10 h.\"}");
        assertThat(bought(license)).isEqualTo(10 * HOUR);
    }

    @Test
    void whoOwesTimeIsToldWhatOfThePurchaseWentIntoIt() {
        CreatedLicense license = shop.license();
        shop.ledger.sync(new UsageBatch(
                "node",
                300_000,
                900_000,
                600_000,
                List.of(new UsageBatch.Item(
                        "lease", license.key().sha256(), null, "", "session", 98_000, 98_000L, true, 1, true, true))));
        assertThat(site.get("/balance?license_key=" + license.key().text()).body())
                .contains("\"hours_remaining\":0,", "\"owed_hours\":0.0272222222");
        String session = paid(license);

        String told = "10 hours were added. 1 min 38 s of that went into time that you had used before and that was"
                + " not paid yet. Your balance is now 9 h 58 min.";
        assertThat(site.get(back(session), "Accept", "text/html,*/*;q=0.8").body())
                .contains(told);
        // Who comes again, and whoever comes after the webhook, reads the same.
        assertThat(site.get(back(session), "Accept", "application/json").body())
                .contains(
                        "\"hours_added\":10,\"collected_hours\":0.0272222222,\"hours_remaining\":9.9727777778,", told);
    }

    @ParameterizedTest
    @CsvSource({"open,unpaid,not_paid", "expired,unpaid,not_paid", "complete,unpaid,pending"})
    void whatIsNotPaidIsNotCredited(String status, String payment, String state) {
        CreatedLicense license = shop.license();
        String session = paid(license);
        shop.stripe.sessions.get(session).put("status", status);
        shop.stripe.sessions.get(session).put("payment_status", payment);

        HttpResponse<String> answer = site.get(back(session) + "&hours=99&paid=true", "Accept", "application/json");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"state\":\"" + state + "\"");
        assertThat(bought(license)).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "?session_id=",
                "?session_id=cs_nothing",
                "?session_id=..%2Frefunds",
                "?session_id=%3Cscript%3Ealert(1)%3C/script%3E",
                "?session_id=cs_%0d%0aX:1"
            })
    void whatIsNoPurchaseIs404AndNotRepeated(String query) {
        HttpResponse<String> answer = site.get("/success" + query);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("data-state=\"unknown\"").doesNotContain("<script>", "alert");
    }

    @Test
    void whoHasPaidWhileTheLicenseServerIsDownIsToldThatTheHoursFollow() {
        CreatedLicense license = shop.license();
        String session = paid(license);
        shop.outage = Shop.Outage.BEFORE;

        HttpResponse<String> page = site.get(back(session));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body())
                .contains("data-state=\"hours_follow\"", "data-again=\"true\"", "http-equiv=\"refresh\"");

        shop.outage = Shop.Outage.NONE;
        assertThat(site.get(back(session)).body()).contains("data-state=\"credited\"");
        assertThat(bought(license)).isEqualTo(10 * HOUR);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//evil.example",
                "https://evil.example",
                "/\\evil.example",
                "\\\\evil.example",
                "/\t/evil.example",
                "/\n/evil.example",
                " //evil.example",
                "javascript:alert(1)",
                "data:text/html,x",
                "evil.example",
                "///evil.example",
                "/%0a\r\n\"><script>",
                ""
            })
    void nobodyIsLedElsewhere(String target) {
        String query = "&return=" + URLEncoder.encode(target, StandardCharsets.UTF_8);
        String session = paid(shop.license());

        for (String path : List.of(back(session) + query, "/cancel?x=1" + query)) {
            HttpResponse<String> answer = site.get(path);
            assertThat(answer.body())
                    .as(path)
                    .contains("data-next=\"./\"", " href=\"./\">")
                    .doesNotContain("evil", "javascript:", "<script>");
        }
    }

    @Test
    void aPathOfThisSiteIsLedTo() {
        String query = "return=" + URLEncoder.encode("/reports?id=7&x='", StandardCharsets.UTF_8);

        assertThat(site.get("/cancel?" + query).body()).contains(" href=\"/reports?id=7&amp;x=&#39;\">");
    }

    @Test
    void inTheRootContextThePathsAreRelativeToo() throws Exception {
        try (ShopSite root = new ShopSite(shop, settings -> {}, Map.of(), "/")) {
            assertThat(root.get("").headers().firstValue("Location")).hasValue("./payments/");
            assertThat(root.get("/cancel").body()).contains(" href=\"./\">");
            assertThat(root.post("/create-checkout", order(shop.license(), "\"hours\":10"))
                            .statusCode())
                    .isEqualTo(200);
            shop.stripe.server.verify(
                    1,
                    WireMock.postRequestedFor(WireMock.urlPathEqualTo("/v1/checkout/sessions"))
                            .withFormParam("cancel_url", WireMock.equalTo(root.origin() + "/payments/cancel")));
        }
    }

    @Test
    void aContextPathAsAClientWritesItLeadsNowhereElse() {
        assertThat(site.raw("GET //evil.example/..;/app/payments HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .doesNotContain("Location: //");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "https://evil.example",
                "http://127.0.0.1",
                "http://127.0.0.1.evil.example",
                "http://localhost",
                "file://",
                "garbage",
                "http://[",
                "chrome-extension://abc"
            })
    void aPageOfAnotherSiteMayNotBuyOrSignUp(String origin) throws Exception {
        CreatedLicense license = shop.license();
        try (ShopSite open = site(settings -> settings.set(Settings.PAYMENT_SIGNUP, "on"))) {
            assertThat(open.post("/create-checkout", order(license, "\"hours\":10"), "Origin", origin)
                            .statusCode())
                    .isEqualTo(403);
            assertThat(open.post("/licenses", "{\"email\":\"a@example.com\"}", "Origin", origin)
                            .statusCode())
                    .isEqualTo(403);
        }
        assertThat(checkoutsMade()).isZero();
    }

    @Test
    void theTableOfCallersHolds() {
        String order = order(shop.license(), "\"hours\":10");
        SoftAssertions all = new SoftAssertions();
        for (CallerTable.Caller caller : CallerTable.of(site.origin())) {
            int before = checkoutsMade();

            String answer = site.raw("POST /app/payments/create-checkout HTTP/1.1\r\nHost: "
                    + site.origin().substring("http://".length()) + "\r\nConnection: close\r\nContent-Length: "
                    + order.length() + "\r\n" + String.join("\r\n", caller.headers())
                    + (caller.headers().isEmpty() ? "" : "\r\n") + "\r\n" + order);

            all.assertThat(answer).as(caller.name()).startsWith(caller.served() ? "HTTP/1.1 200" : "HTTP/1.1 403");
            all.assertThat(checkoutsMade() - before).as(caller.name()).isEqualTo(caller.served() ? 1 : 0);
        }
        all.assertAll();
    }

    @Test
    void thePageOfThisSiteMayBuy() {
        assertThat(site.post("/create-checkout", order(shop.license(), "\"hours\":10"), "Origin", site.origin())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aWebhookCreditsOnceHoweverOftenItComesAndWhateverItsOrigin() {
        CreatedLicense license = shop.license();
        String session = paid(license);
        byte[] body = FakeStripe.json(completed(session));
        String signature =
                FakeStripe.signature(body, FakeStripe.SECRET, Instant.now().getEpochSecond());

        for (String origin : List.of("null", "https://evil.example")) {
            HttpResponse<String> answer = site.post("/webhook", body, "Stripe-Signature", signature, "Origin", origin);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"received\":true,\"handled\":true}");
        }

        assertThat(bought(license)).isEqualTo(10 * HOUR);
    }

    @Test
    void anEventOfAnotherProductIs200() {
        assertThat(site.webhook(shop.stripe.event("evt_1", "customer.created", Map.of("id", "cus_1")))
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"BEFORE", "AFTER"})
    void aWebhookWhileTheLicenseServerIsDownComesAgainAndCreditsOnce(Shop.Outage outage) {
        CreatedLicense license = shop.license();
        String session = paid(license);
        shop.outage = outage;

        assertThat(site.webhook(completed(session)).statusCode()).isEqualTo(503);
        assertThat(site.webhook(completed(session)).statusCode()).isEqualTo(503);

        shop.outage = Shop.Outage.NONE;
        assertThat(site.webhook(completed(session)).statusCode()).isEqualTo(200);
        assertThat(site.webhook(completed(session)).statusCode()).isEqualTo(200);
        assertThat(bought(license)).isEqualTo(10 * HOUR);
    }

    @Test
    void successTwiceAndTheWebhookAtOnceCreditOnce() throws Exception {
        CreatedLicense license = shop.license();
        String session = paid(license);
        Map<String, Object> event = completed(session);
        CountDownLatch go = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(9);
        try {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                boolean webhook = i % 3 == 0;
                Callable<Integer> call = () -> {
                    go.await();
                    return (webhook ? site.webhook(event) : site.get(back(session))).statusCode();
                };
                answers.add(threads.submit(call));
            }
            go.countDown();
            for (Future<Integer> answer : answers) {
                assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(200);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(bought(license)).isEqualTo(10 * HOUR);
    }

    @Test
    void whoWasRefusedIsServedAtOnceAndTheListenerIsTold() throws Exception {
        CreatedLicense license = shop.license();
        CountDownLatch told = new CountDownLatch(1);
        MeteringListener listener = new MeteringListener() {
            @Override
            public void credited(LicenseRef ref, Duration remaining) {
                told.countDown();
            }
        };
        try (UsageTracker tracker =
                        UsageTracker.builder(shop.ledger).listener(listener).build();
                ShopSite metered = new ShopSite(shop, settings -> {}, Map.of("io.hourmeter.UsageTracker", tracker))) {
            String session = paid(license);
            assertThat(tracker.admit(license.key().text())).isInstanceOf(Refused.class);

            assertThat(metered.webhook(completed(session)).statusCode()).isEqualTo(200);

            assertThat(tracker.admit(license.key().text())).isInstanceOfSatisfying(Granted.class, Granted::close);
            assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void signUpGivesALicenseWithoutHoursAndItsKeyOnce() throws Exception {
        try (ShopSite open = site(settings -> settings.set(Settings.PAYMENT_SIGNUP, "on"))) {
            HttpResponse<String> answer =
                    open.post("/licenses", "{\"email\":\"ann@example.com\",\"name\":\"Ann\",\"company\":null}");

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            assertThat(answer.body())
                    .containsPattern("\"key\":\"RL(-[0-9A-Z]{8}){3}\"")
                    .contains("\"hours_remaining\":0,", "\"email\":\"ann@example.com\"");
            assertThat(open.get("/packages").body()).contains("\"signup\":true");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"email\":\"ann\"}",
                "{\"email\":\"@example.com\"}",
                "{\"email\":\"a@b\\u0000\"}",
                "{\"email\":\"a\\u202eb@example.com\"}",
                "{\"email\":\"a b@example.com\"}",
                "{\"email\":7}",
                "[]",
                ""
            })
    void signUpWithoutAnAddressIs400(String body) throws Exception {
        try (ShopSite open = site(settings -> settings.set(Settings.PAYMENT_SIGNUP, "on"))) {
            assertThat(open.post("/licenses", body).statusCode()).isEqualTo(400);
        }
    }

    @Test
    void signUpTakesWhatTheLicenseServerTakes() throws Exception {
        try (ShopSite open = site(settings -> settings.set(Settings.PAYMENT_SIGNUP, "on"))) {
            String emoji = "\uD83D\uDE00";
            assertThat(open.post(
                                    "/licenses",
                                    "{\"email\":\"ann@example.com \\u00a0\",\"name\":\"" + emoji.repeat(200) + "\"}")
                            .body())
                    .contains("\"email\":\"ann@example.com\"");
            assertThat(open.post("/licenses", "{\"email\":\"ann@example.com\",\"name\":\"" + emoji.repeat(201) + "\"}")
                            .statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void signUpIsBoundedForAnAddress() throws Exception {
        try (ShopSite open = site(settings -> settings.set(Settings.PAYMENT_SIGNUP, "on"))) {
            for (int i = 0; i < 10; i++) {
                assertThat(open.post("/licenses", "{\"email\":\"a" + i + "@example.com\"}")
                                .statusCode())
                        .isEqualTo(201);
            }
            HttpResponse<String> answer = open.post("/licenses", "{\"email\":\"b@example.com\"}");
            assertThat(answer.statusCode()).isEqualTo(429);
            assertThat(answer.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isBetween(1L, 3601L);
            // The address is that of the connection, whatever the request says.
            for (String header : List.of("X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP")) {
                assertThat(open.post("/licenses", "{\"email\":\"b@example.com\"}", header, "for=192.0.2.7")
                                .statusCode())
                        .as(header)
                        .isEqualTo(429);
            }
        }
    }

    @Test
    void signUpIsOffUnlessSwitchedOn() {
        assertThat(site.post("/licenses", "{\"email\":\"a@example.com\"}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void hostileWebhooksAreRefusedAndChangeNothing() {
        CreatedLicense license = shop.license();
        byte[] good = FakeStripe.json(completed(paid(license)));
        long now = Instant.now().getEpochSecond();
        List<String> before = shop.dump();

        List<String> seen = new ArrayList<>();
        for (String header : hostileHeaders(good, now)) {
            seen.add(header + ": "
                    + site.post("/webhook", good, "Stripe-Signature", header).statusCode());
        }
        for (byte[] body : hostileBodies()) {
            String signed = FakeStripe.signature(body, FakeStripe.SECRET, now);
            seen.add("unsigned: " + site.post("/webhook", body).statusCode());
            seen.add("signed: "
                    + site.post("/webhook", body, "Stripe-Signature", signed).statusCode());
        }
        for (String raw : hostileRequests()) {
            seen.add("raw: " + site.raw(raw).lines().findFirst().orElse("").replaceAll("HTTP/1.1 (\\d+).*", "$1"));
        }

        assertThat(seen).hasSizeGreaterThanOrEqualTo(60).allMatch(line -> line.matches("(?s).*: (400|413)"));
        assertThat(shop.dump()).isEqualTo(before);
    }

    private static List<String> hostileHeaders(byte[] body, long now) {
        String good = FakeStripe.signature(body, FakeStripe.SECRET, now);
        String v1 = good.substring(good.indexOf("v1="));
        List<String> headers = new ArrayList<>(List.of(
                "x",
                "t",
                "t,v1",
                "t=,v1=",
                "t=abc,v1=abc",
                "=",
                ",",
                ",,,,",
                "t=" + now,
                v1,
                "v1=" + v1,
                "t=-1," + v1));
        headers.add("t=" + now + ",v1=" + "0".repeat(64));
        headers.add("t=99999999999999999999," + v1);
        headers.add("t=9223372036854775807," + v1);
        headers.add("t=1e9," + v1);
        headers.add("t=0x10," + v1);
        headers.add(FakeStripe.signature(body, FakeStripe.SECRET, now - 301));
        headers.add(FakeStripe.signature(body, FakeStripe.SECRET, now - 86_400));
        headers.add(FakeStripe.signature(body, FakeStripe.SECRET, now + 1000));
        headers.add(FakeStripe.signature(body, "whsec_other", now));
        headers.add(good.replace("v1=", "v0="));
        headers.add(good.replace("v1=", "V1="));
        headers.add(good.substring(0, good.length() - 1));
        headers.add(good + "00");
        headers.add("v1=" + "f".repeat(5000));
        headers.add("t=" + now + ("," + "v1=" + "a".repeat(64)).repeat(60));
        headers.add("t=" + (now + 1) + "," + v1);
        headers.add("t=" + now + ",v1=" + "z".repeat(64));
        headers.add("t=" + now + " " + v1);
        return headers;
    }

    private static List<byte[]> hostileBodies() {
        List<byte[]> bodies = new ArrayList<>();
        for (String text : List.of(
                "{}",
                "[]",
                "null",
                "7",
                "\"event\"",
                "{",
                "{\"object\":\"list\"}",
                "{\"object\":7}",
                "[".repeat(50_000),
                "{\"object\":".repeat(20_000),
                "\u0000\u0001",
                "<xml/>",
                "a=b&c=d",
                " ")) {
            bodies.add(text.getBytes(StandardCharsets.UTF_8));
        }
        bodies.add(new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        bodies.add(new byte[1024 * 1024 + 1]);
        bodies.add(new byte[3 * 1024 * 1024]);
        return bodies;
    }

    private static List<String> hostileRequests() {
        String start = "POST /app/payments/webhook HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
        return List.of(
                start + "Content-Length: 100\r\n\r\n{\"object\"",
                start + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                start + "Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
                start + "Content-Length: -1\r\n\r\n",
                start + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x");
    }
}
