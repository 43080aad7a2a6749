package io.hourmeter.tests.e2e;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import io.hourmeter.Hours;
import io.hourmeter.examples.webapp.WebApp;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The filter against a license server that has only {@code validate}, {@code hours} and {@code usage}. */
class OlderServerEndToEndTest {

    private static final String KEY = "RL-01234567-89ABCDEF-01234567";
    private static final String LICENSE = "/api/licenses/" + KEY;
    private static final Map<String, String> OLDER = Map.of("license.server.kind", "older");

    private final WireMockServer older =
            new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));
    private Rig rig;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new Rig(folder);
        older.start();
        older.stubFor(any(anyUrl())
                .atPriority(9)
                .willReturn(aResponse().withStatus(404).withBody("<h1>Not Found</h1>")));
        older.stubFor(post(urlMatching("/api/licenses/[^/]+/validate"))
                .atPriority(8)
                .willReturn(
                        aResponse().withStatus(400).withBody("{\"valid\":false,\"error\":\"Invalid license key\"}")));
        older.stubFor(post(urlEqualTo(LICENSE + "/validate"))
                .willReturn(okJson("{\"valid\":true,\"license\":{\"key\":\"" + KEY + "\",\"hours_remaining\":10.0}}")));
        older.stubFor(get(urlEqualTo(LICENSE + "/hours"))
                .willReturn(okJson(
                        "{\"success\":true,\"hours_remaining\":10.0,\"purchased_hours\":10.0,\"used_hours\":0.0}")));
        older.stubFor(
                post(urlEqualTo(LICENSE + "/usage")).willReturn(okJson("{\"success\":true,\"hours_remaining\":9.9}")));
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        older.stop();
    }

    @Test
    void whatIsDeductedEqualsTheUse() throws Exception {
        WebApp app = rig.webApp(older.port(), OLDER);
        long start = System.nanoTime();
        long last = 0;
        while (Rig.millisSince(start) < 5_000) {
            HttpResponse<String> answer = rig.use(app, "/api/status", KEY);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            last = Rig.millisSince(start);
            Rig.pause(Duration.ofMillis(100));
        }
        rig.close(app);
        assertThat(deductedMillis()).isBetween(last - 300, last);
        assertThat(older.findAll(postRequestedFor(urlEqualTo(LICENSE + "/usage"))))
                .as("every check interval, and the rest at the end")
                .hasSizeBetween(2, 5);
    }

    @Test
    void unknownKeyIsRefusedWithTheOlderSentence() {
        WebApp app = rig.webApp(older.port(), OLDER);
        HttpResponse<String> answer = rig.use(app, "/api/status", "RL-00000000-00000000-00000000");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(Rig.json(answer).get("code").asText()).isEqualTo("INVALID_LICENSE");
    }

    @Test
    void withoutTheSettingItIsNotGuessedAndNoKeyIsTold() {
        WebApp app = rig.webApp(older.port(), Map.of());
        HttpResponse<String> answer = rig.use(app, "/api/status", KEY);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(Rig.json(answer).get("code").asText()).isEqualTo("LICENSE_SERVER_UNAVAILABLE");
        assertThat(older.findAll(postRequestedFor(urlMatching("/api/licenses/.*/validate"))))
                .isEmpty();
    }

    @Test
    void theCustomerReadsNothingOfTheServerBehind() {
        older.stubFor(
                post(urlEqualTo(LICENSE + "/validate")).willReturn(aResponse().withStatus(502)));
        WebApp app = rig.webApp(older.port(), OLDER);

        assertThat(rig.use(app, "/api/status", KEY).body())
                .doesNotContain("127.0.0.1", Integer.toString(older.port()), "license.server", "/api/licenses");
    }

    @Test
    void thePaymentsOfferNothingThatTheServerCannotDo() {
        WebApp app = rig.webApp(
                older.port(),
                Map.of(
                        "license.server.kind",
                        "older",
                        "stripe.secret.key",
                        "sk_test_51abc",
                        "stripe.api.base",
                        "http://127.0.0.1:1",
                        "payment.signup",
                        "on"));

        JsonNode offers = Rig.json(rig.get(app.port(), "/payments/packages"));
        assertThat(offers.at("/buying/available").booleanValue()).isFalse();
        assertThat(offers.at("/buying/message").asText()).isEqualTo("Hours cannot be bought here at the moment.");
        assertThat(offers.get("signup").booleanValue()).isFalse();
        JsonNode balance = Rig.json(rig.use(app, "/payments/balance", KEY));
        assertThat(balance.get("hours_remaining").decimalValue()).isEqualByComparingTo("10");
        HttpResponse<String> history = rig.use(app, "/payments/history?limit=10", KEY);
        assertThat(history.statusCode()).as(history.body()).isEqualTo(200);
        assertThat(Rig.json(history).get("recorded").booleanValue()).isFalse();
        assertThat(history.body()).doesNotContain("127.0.0.1", "license.server");
    }

    private long deductedMillis() {
        long sum = 0;
        for (var request : older.findAll(postRequestedFor(urlEqualTo(LICENSE + "/usage")))) {
            sum += Hours.toMillis(
                    Rig.json(request.getBodyAsString()).get("hours").decimalValue());
        }
        return sum;
    }
}
