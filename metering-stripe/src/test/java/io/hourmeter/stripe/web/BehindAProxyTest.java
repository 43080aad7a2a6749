package io.hourmeter.stripe.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.ReturnReference;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a proxy in front of the application says, when it is trusted and when it is not; and links that need no word. */
class BehindAProxyTest {

    private final FakeLicenseClient client = new FakeLicenseClient();
    private PaymentsSite trusting;
    private PaymentsSite trustingNobody;

    @BeforeEach
    void start() throws Exception {
        trusting = new PaymentsSite(config("127.0.0.1"), client);
        trustingNobody = new PaymentsSite(config(""), client);
    }

    private static MeteringConfig config(String proxies) {
        return MeteringConfig.builder()
                .set(Settings.PAYMENT_SIGNUP, "on")
                .set(Settings.PAYMENT_RETURN_URL, "/home?x=1")
                .set(Settings.PROXY_TRUSTED, proxies)
                .build();
    }

    @AfterEach
    void stop() throws Exception {
        trusting.close();
        trustingNobody.close();
    }

    /** The fake creates nothing: what counts is whether the bound lets the call come so far. */
    private static int signUp(PaymentsSite site, String... headers) {
        return site.send(
                        "POST",
                        "/payments/licenses",
                        BodyPublishers.ofString("{\"email\":\"ann@example.com\"}"),
                        Stream.concat(Stream.of(headers), Stream.of("Content-Type", "application/json"))
                                .toArray(String[]::new))
                .statusCode();
    }

    @Test
    void eachCustomerBehindATrustedProxyHasAShareOfTheirOwn() {
        for (int customer = 1; customer <= 12; customer++) {
            assertThat(signUp(trusting, "X-Forwarded-For", "203.0.113.9, 198.51.100." + customer))
                    .as("customer %d", customer)
                    .isEqualTo(503);
        }
        for (int more = 0; more < 9; more++) {
            signUp(trusting, "Forwarded", "for=198.51.100.1");
        }
        assertThat(signUp(trusting, "Forwarded", "for=198.51.100.1")).isEqualTo(429);
    }

    @Test
    void whatAStrangerSaysOfItsAddressDoesNotCount() {
        for (int i = 1; i <= 10; i++) {
            assertThat(signUp(trustingNobody, "X-Forwarded-For", "198.51.100." + i))
                    .isEqualTo(503);
        }
        assertThat(signUp(trustingNobody, "X-Forwarded-For", "198.51.100.11")).isEqualTo(429);
    }

    @Test
    void theOriginInTheBrowserIsTheOneThatATrustedProxyTells() {
        String[] page = {
            "Origin", "https://app.example.com:8443",
            "X-Forwarded-Host", "app.example.com:8443",
            "X-Forwarded-Proto", "https"
        };
        assertThat(signUp(trusting, page)).isEqualTo(503);
        assertThat(signUp(trustingNobody, page)).isEqualTo(403);
        assertThat(signUp(trusting, "Origin", "https://evil.example", "X-Forwarded-Host", "app.example.com"))
                .isEqualTo(403);
    }

    @Test
    void whatTheBrowserSaysOfItsPageHoldsBehindAProxyThatChangesTheHost() {
        String[] page = {"Origin", "https://app.example.com", "Sec-Fetch-Site", "same-origin"};
        assertThat(signUp(trustingNobody, page)).isEqualTo(503);
        for (String site : List.of("cross-site", "same-site", "none", "same-origin, cross-site", "")) {
            assertThat(signUp(trustingNobody, "Origin", "https://app.example.com", "Sec-Fetch-Site", site))
                    .as(site)
                    .isEqualTo(403);
        }
        assertThat(signUp(trustingNobody, "Sec-Fetch-Site", "cross-site")).isEqualTo(403);
        assertThat(signUp(trustingNobody, "Sec-Fetch-Site", "none")).isEqualTo(503);
    }

    @ParameterizedTest
    @CsvSource({
        "/cancel,../home?x=1",
        "/cancel?return=/other/,/other/",
        "/cancel?return=../api/x%3Fy%3D1,../api/x?y=1",
        "/success?session_id=cs_1,../home?x=1"
    })
    void linksAreRelativeToThePage(String path, String target) {
        String body = trustingNobody.get("/payments" + path).body();

        assertThat(body).contains(" href=\"" + target + "\">", "data-next=\"" + target + "\"");
        assertThat(body).doesNotContain("/shop", "127.0.0.1");
    }

    @ParameterizedTest
    @CsvSource({
        "/payments,./payments/",
        "/payments?return=/x%3Fa%3D1%26b,./payments/?return=%2Fx%3Fa%3D1%26b",
        "/payments?return=./api/x,./payments/?return=.././api/x",
        "/payments?return=https://evil.example,./payments/",
        "/payments;a=b,./payments/"
    })
    void thePathWithoutTheSlashLeadsThereByARelativeAddress(String path, String location) {
        HttpResponse<String> answer = trustingNobody.get(path);

        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location").orElse("").replace("%2F", "/"))
                .isEqualTo(location.replace("%2F", "/"));
    }

    @Test
    void thePageLoadsNothingByAnAbsolutePath() {
        assertThat(trusting.get("/payments/").body()).doesNotContainPattern("(?:href|src|action)=\"(?:/|https?:)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//evil.example",
                "///evil.example",
                "/\\evil.example",
                "\\/evil.example",
                "..//evil.example",
                "../..//evil.example",
                ".//evil.example",
                "/.//evil.example",
                "/a//evil.example",
                "https://evil.example",
                "https:evil.example",
                "HTTPS:/evil.example",
                "javascript:alert(1)",
                "data:text/html,x",
                "vbscript:x",
                "user@evil.example",
                "//user:pass@evil.example",
                "evil.example",
                "@evil.example",
                ":80",
                "?x",
                "#x",
                ".",
                "..",
                "...",
                ".../x",
                "..\\evil",
                "/a\tb",
                "/\t/evil",
                "/\n/evil",
                "/a b",
                "/ä",
                "/\u2028",
                "/\u0000",
                "/\"><script>",
                "/a#b#c",
                "/<",
                "",
                " "
            })
    void nobodyIsLedToAnotherOrigin(String target) {
        assertThat(ReturnReference.own(target)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/app",
                "/app/?a=b&c[]=d#e",
                "../",
                "./",
                "../api/report.html?id=7&next=//x",
                "../../x",
                "./a:b",
                "/%2F%2Fevil.example",
                "/%5Cevil.example",
                "/..;/x",
                "/user@host/x"
            })
    void everyPathOfThisOriginIsLedTo(String target) {
        assertThat(ReturnReference.own(target)).isEqualTo(target);
        // As a browser resolves it, and as java.net.URI does.
        if (target.indexOf('[') < 0) {
            assertThat(URI.create("https://shop.example/app/payments/")
                            .resolve(target)
                            .getRawAuthority())
                    .isEqualTo("shop.example");
        }
    }

    @Test
    void aReferenceHasABound() {
        assertThat(ReturnReference.own("/" + "a".repeat(999))).isNotNull();
        assertThat(ReturnReference.own("/" + "a".repeat(1000))).isNull();
        assertThat(ReturnReference.own("/" + "a/".repeat(400) + "\u0000")).isNull();
    }
}
