package io.hourmeter.stripe.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A customer who asked to be remembered on a device: who sets the cookie, what it carries, and when it counts. */
class RememberedKeyTest {

    private static final String KEY = FakeLicenseClient.KEY.text();
    private static final String OTHER_KEY = "RL-ZZZZZZZZ-ZZZZZZZZ-ZZZZZZZZ";
    private static final String BODY = "{\"license_key\":\"" + KEY + "\"}";

    private final FakeLicenseClient client = new FakeLicenseClient();
    private PaymentsSite site;

    @BeforeEach
    void start() throws Exception {
        site = new PaymentsSite(settings().build(), client);
    }

    @AfterEach
    void stop() throws Exception {
        site.close();
    }

    private static MeteringConfigBuilder settings() {
        return MeteringConfig.builder().set(Settings.LICENSE_COOKIE, "hm");
    }

    private HttpResponse<String> post(String path, String body, String... headers) {
        return site.send("POST", "/payments/" + path, BodyPublishers.ofString(body), headers);
    }

    private static List<String> cookies(HttpResponse<String> answer) {
        return answer.headers().allValues("Set-Cookie");
    }

    @Test
    void theServerSetsACookieThatNoScriptReads() {
        HttpResponse<String> answer = post("remember", BODY, "Origin", site.origin());

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"success\":true}");
        assertThat(cookies(answer)).containsExactly("hm=" + KEY + "; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax");
    }

    @ParameterizedTest
    @CsvSource({
        "https://shop.example/app,shop.example,/app,true",
        "https://shop.example,shop.example,/,true",
        "https://shop.example/app,127.0.0.1:8080,/app,false",
        "http://shop.example/app,shop.example,/app,false"
    })
    void thePublicAddressDecidesPathAndProtection(String url, String host, String path, boolean secure)
            throws Exception {
        MeteringConfig config = settings()
                .set(Settings.PAYMENT_PUBLIC_URL, url)
                .set(Settings.PROXY_TRUSTED, "127.0.0.1")
                .build();
        try (PaymentsSite open = new PaymentsSite(config, client)) {
            HttpResponse<String> answer =
                    open.send("POST", "/payments/remember", BodyPublishers.ofString(BODY), "X-Forwarded-Host", host);

            assertThat(cookies(answer))
                    .endsWith("hm=" + KEY + "; Max-Age=31536000; Path=" + path + "; HttpOnly; SameSite=Lax"
                            + (secure ? "; Secure" : ""));
        }
    }

    @Test
    void aTrustedProxyDecidesPathAndProtectionAndTheOneForTheRootGoes() throws Exception {
        MeteringConfig config =
                settings().set(Settings.PROXY_TRUSTED, "127.0.0.1").build();
        try (PaymentsSite proxied = new PaymentsSite(config, client)) {
            HttpResponse<String> answer = proxied.send(
                    "POST",
                    "/payments/remember",
                    BodyPublishers.ofString(BODY),
                    "X-Forwarded-Prefix",
                    "/app",
                    "X-Forwarded-Proto",
                    "https");

            assertThat(cookies(answer))
                    .containsExactly(
                            "hm=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
                            "hm=" + KEY + "; Max-Age=31536000; Path=/app; HttpOnly; SameSite=Lax; Secure");
        }
    }

    @Test
    void forgettingTakesTheCookieAway() {
        assertThat(cookies(post("forget", "{}", "Cookie", "hm=" + KEY)))
                .containsExactly("hm=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
    }

    @ParameterizedTest
    @ValueSource(strings = {"remember", "forget"})
    void aPageOfAnotherSiteSetsNothing(String path) {
        for (String[] from :
                new String[][] {{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}
                }) {
            HttpResponse<String> answer = post(path, BODY, from);

            assertThat(answer.statusCode()).as(from[1]).isEqualTo(403);
            assertThat(cookies(answer)).isEmpty();
        }
        assertThat(client.calls).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"license_key\":\"RL-ZZZZZZZZ-ZZZZZZZZ-ZZZZZZZZ\"} | 404",
                "{\"license_key\":\"nonsense\"} | 404",
                "{\"license_key\":\"RL-0123ABCD-EFGH4567-JKMN89PQ; Domain=example.com\"} | 404",
                "{} | 400",
                "[] | 400"
            })
    void aKeyThatNoLicenseHasIsNotRemembered(String body, int status) {
        HttpResponse<String> answer = post("remember", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(cookies(answer)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"LICENSE_INACTIVE", "LICENSE_EXPIRED"})
    void aLicenseThatServesNoMoreIsNotRemembered(ErrorCode refusal) {
        client.refusal = refusal;

        assertThat(post("remember", BODY).statusCode()).isEqualTo(403);
    }

    @Test
    void aUsedUpLicenseIsRememberedSinceItCanBuy() {
        client.refusal = ErrorCode.HOURS_EXHAUSTED;

        assertThat(cookies(post("remember", BODY))).hasSize(1);
    }

    @Test
    void withoutTheLicenseServerNothingIsRemembered() {
        client.failure = new LicenseServerUnavailableException("away", null);

        HttpResponse<String> answer = post("remember", BODY);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(cookies(answer)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"remember", "forget"})
    void withoutTheSettingNothingIsRemembered(String path) throws Exception {
        try (PaymentsSite plain = new PaymentsSite(MeteringConfig.builder().build(), client)) {
            HttpResponse<String> answer =
                    plain.send("POST", "/payments/" + path, BodyPublishers.ofString(BODY), "Cookie", "hm=" + KEY);

            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(cookies(answer)).isEmpty();
            assertThat(plain.get("/payments/balance", "Cookie", "hm=" + KEY).statusCode())
                    .isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/payments/balance", "/payments/history"})
    void aRememberedCustomerNeedsNoKey(String path) {
        assertThat(site.get(path, "Cookie", "a=b; hm=" + KEY).statusCode()).isEqualTo(200);
    }

    @Test
    void thePageLearnsWhetherTheCustomerIsKnown() {
        assertThat(site.get("/payments/packages", "Cookie", "hm=" + KEY).body())
                .contains("\"remember\":true,\"known\":true");
        assertThat(site.get("/payments/packages").body()).contains("\"remember\":true,\"known\":false");
        assertThat(site.get("/payments/packages", "Cookie", "hm=nonsense").body())
                .contains("\"known\":false");
    }

    @Test
    void aKeyThatIsTypedWinsOverTheRememberedOne() {
        assertThat(site.get("/payments/balance", "X-License-Key", KEY, "Cookie", "hm=" + OTHER_KEY)
                        .statusCode())
                .isEqualTo(200);
        assertThat(site.get("/payments/balance", "X-License-Key", OTHER_KEY, "Cookie", "hm=" + KEY)
                        .statusCode())
                .isEqualTo(404);
        assertThat(cookies(post("remember", BODY, "Cookie", "hm=" + OTHER_KEY))).hasSize(1);
    }

    @Test
    void cookiesThatDifferAreNobody() {
        assertThat(site.get("/payments/balance", "Cookie", "hm=" + KEY + "; hm=" + OTHER_KEY)
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void anOrderByCookieFromAnotherSiteIsRefused() throws Exception {
        MeteringConfig config = settings()
                .set(Settings.STRIPE_SECRET_KEY, "sk_test_51abc")
                .set(Settings.STRIPE_API_BASE, "http://127.0.0.1:1")
                .build();
        try (PaymentsSite shop = new PaymentsSite(config, client)) {
            String order = "{\"package_id\":\"small\"}";
            assertThat(shop.send(
                                    "POST",
                                    "/payments/create-checkout",
                                    BodyPublishers.ofString(order),
                                    "Cookie",
                                    "hm=" + KEY,
                                    "Origin",
                                    "https://evil.example")
                            .statusCode())
                    .isEqualTo(403);
            // The customer's own page gets as far as Stripe, which is not there.
            assertThat(shop.send(
                                    "POST",
                                    "/payments/create-checkout",
                                    BodyPublishers.ofString(order),
                                    "Cookie",
                                    "hm=" + KEY,
                                    "Origin",
                                    shop.origin())
                            .body())
                    .contains("STRIPE_UNAVAILABLE");
        }
    }
}
