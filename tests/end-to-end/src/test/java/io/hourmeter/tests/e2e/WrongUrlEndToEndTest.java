package io.hourmeter.tests.e2e;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.server.LicenseServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code license.server.url} with a path too many: no customer is told that the key is invalid. */
class WrongUrlEndToEndTest {

    private Rig rig;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new Rig(folder);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api", "/api/licenses", "/licenses"})
    void theStartGoesOnTheLogSaysItAndACustomerWaits(String path) {
        LicenseServer server = rig.licenseServer(0);
        String key = rig.license(server.port(), "1");
        String url = "http://127.0.0.1:" + server.port() + path;
        try (ErrorLog log = new ErrorLog()) {
            WebApp app = rig.webApp(server.port(), Map.of("license.server.url", url));
            HttpResponse<String> answer = rig.use(app, "/api/status", key);

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
            assertThat(Rig.json(answer).get("code").asText()).isEqualTo("LICENSE_SERVER_UNAVAILABLE");
            assertThat(answer.body()).doesNotContain("127.0.0.1", "license.server");
            assertThat(log.errors())
                    .isNotEmpty()
                    .allSatisfy(line -> assertThat(line)
                            .contains(url + "/api/usage", "license.server.url")
                            .doesNotContain(key));
        }
    }

    /** A gateway that knows nothing of the license server while it is brought up, and then again for a moment. */
    @Test
    @Tag("full")
    void aGatewayThatKnowsNothingYetMakesACustomerWaitAndNoMore() {
        LicenseServer server = rig.licenseServer(0);
        String key = rig.license(server.port(), "1");
        WireMockServer gateway = new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));
        gateway.start();
        try (ErrorLog log = new ErrorLog()) {
            knowsNothing(gateway);
            WebApp app = rig.webApp(gateway.port(), Map.of());
            assertThat(rig.use(app, "/api/status", key).statusCode()).isEqualTo(503);
            assertThat(log.errors())
                    .anyMatch(line -> line.contains("http://127.0.0.1:" + gateway.port() + "/api/usage"));

            gateway.resetAll();
            gateway.stubFor(any(anyUrl()).willReturn(aResponse().proxiedFrom("http://127.0.0.1:" + server.port())));
            long start = System.nanoTime();
            int status = 503;
            while (status == 503 && Rig.millisSince(start) < 20_000) {
                Rig.pause(Duration.ofMillis(100));
                status = rig.use(app, "/api/status", key).statusCode();
            }
            assertThat(status).isEqualTo(200);

            knowsNothing(gateway);
            Rig.pause(Duration.ofMillis(2_500));
            assertThat(rig.use(app, "/api/status", key).statusCode())
                    .as("a report has been answered by the gateway meanwhile")
                    .isEqualTo(200);
            assertThat(gateway.findAll(anyRequestedFor(anyUrl())))
                    .isNotEmpty()
                    .allMatch(request -> request.getUrl().equals("/api/usage"));
        } finally {
            gateway.stop();
        }
    }

    private static void knowsNothing(WireMockServer gateway) {
        gateway.resetAll();
        gateway.stubFor(any(anyUrl()).willReturn(jsonResponse("{\"code\":\"not_found\"}", 404)));
    }
}
