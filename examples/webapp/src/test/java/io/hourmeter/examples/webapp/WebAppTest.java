package io.hourmeter.examples.webapp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.NewLicense;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebAppTest {

    private static final String HEADER = "X-License-Key";

    @TempDir
    static Path folder;

    private WebApp app;
    private Browser browser;
    private String key;

    @BeforeAll
    void start() {
        MeteringConfig config = settings("licenses.db").build();
        app = WebApp.start(config);
        browser = new Browser(app.port());
        try (LicenseClient client = LicenseClients.openForPayments(config)) {
            key = client.create(NewLicense.of(new Customer("a@example.com", "", ""), Duration.ofHours(10)), null)
                    .key()
                    .text();
        }
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private static MeteringConfigBuilder settings(String database) {
        return MeteringConfig.builder()
                .set(Settings.SERVER_URL, WebApp.EMBEDDED)
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve(database))
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.WEBAPP_PORT, "0")
                .set(Settings.JOURNAL, "none");
    }

    @Test
    void statusTellsLicenseSessionAndHours() {
        HttpResponse<String> answer = browser.get("/api/status", HEADER, key);

        String session = answer.headers().firstValue("X-Session-ID").orElseThrow();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .startsWith("{\"status\":\"ok\",\"license\":\"" + key.substring(0, 7) + "…\",\"session\":\"" + session
                        + "\",\"hours_remaining\":9.99");
    }

    @Test
    void withoutAKeyTheApiRefuses() {
        HttpResponse<String> answer = browser.get("/api/status");

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    }

    @Test
    void whereNoLicenseIsRequiredStatusHasNoneToTell() {
        MeteringConfig config =
                settings("open.db").set(Settings.LICENSE_REQUIRED, "false").build();
        try (WebApp open = WebApp.start(config)) {
            HttpResponse<String> answer = new Browser(open.port()).get("/api/status");

            assertThat(answer.headers().map()).doesNotContainKeys("x-session-id", "x-hours-remaining");
            assertThat(answer.body())
                    .isEqualTo("{\"status\":\"ok\",\"license\":null,\"session\":null,\"hours_remaining\":null}");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, 65_535, 65_536, 65_537, 3_000_000})
    void uploadHashesExactlyWhatWasSent(int size) throws Exception {
        byte[] body = new byte[size];
        new SplittableRandom(size).nextBytes(body);

        HttpResponse<String> answer =
                browser.send("POST", "/api/upload", body, HEADER, key, "Content-Type", "application/octet-stream");

        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        assertThat(answer.body()).isEqualTo("{\"bytes\":" + size + ",\"sha256\":\"" + sha256 + "\"}");
    }

    @Test
    void slowAnswersAfterItsTime() {
        long begun = System.nanoTime();
        HttpResponse<String> answer = browser.get("/api/slow?seconds=1", HEADER, key);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"seconds\":1}");
        assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void streamSendsOneEventASecond() {
        long begun = System.nanoTime();
        HttpResponse<String> answer = browser.get("/api/stream?seconds=2", HEADER, key);

        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream;charset=utf-8");
        assertThat(answer.body())
                .isEqualTo("id: 1\nevent: tick\ndata: {\"second\":1,\"of\":2}\n\n"
                        + "id: 2\nevent: tick\ndata: {\"second\":2,\"of\":2}\n\n");
        assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(2));
    }

    @Test
    void anEmptyStreamEndsAtOnce() {
        assertThat(browser.get("/api/stream?seconds=0", HEADER, key).body()).isEmpty();
    }

    @Test
    void downloadHasItsSize() {
        HttpResponse<String> answer = browser.get("/api/download?megabytes=3", HEADER, key);

        assertThat(answer.headers().firstValue("Content-Length")).hasValue("3000000");
        assertThat(answer.body()).hasSize(3_000_000);
    }

    @ParameterizedTest
    @CsvSource({
        "/api/slow?seconds=-1,seconds",
        "/api/slow?seconds=3601,seconds",
        "/api/stream?seconds=1e3,seconds",
        "/api/download?megabytes=,megabytes",
        "/api/download?megabytes=99999999999,megabytes"
    })
    void aNumberOutOfRangeIs400AndNamed(String path, String named) {
        HttpResponse<String> answer = browser.get(path, HEADER, key);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"detail\":\"" + named + " must be");
    }

    @Test
    void healthNeedsNoKey() {
        HttpResponse<String> answer = browser.get("/health");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().map()).doesNotContainKeys("x-session-id", "x-hours-remaining");
    }

    @Test
    void thePageIsAtTheRootAndProtected() {
        HttpResponse<String> answer = browser.get("/");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/html;charset=utf-8");
        assertThat(answer.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy ->
                        assertThat(policy).contains("default-src 'none'").doesNotContain("unsafe"));
        assertThat(answer.headers().map()).doesNotContainKeys("server", "x-session-id");
        assertThat(answer.body())
                .contains("<script src=\"app.js\" defer></script>", "href=\"payments/\"")
                .doesNotContainPattern("<script>|style=|https?://| on[a-z]+=");
    }

    @ParameterizedTest
    @CsvSource({"/app.css,text/css;charset=utf-8", "/app.js,text/javascript;charset=utf-8", "/icon.svg,image/svg+xml"})
    void thePagesFilesAreServed(String path, String mediaType) {
        HttpResponse<String> answer = browser.get(path);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue(mediaType);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/index.html", "/nothing", "/app.js/", "/WEB-INF/web.xml", "/logback.xml", "/health/x"})
    void whatIsNotMappedIs404(String path) {
        HttpResponse<String> answer = browser.get(path);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.body()).doesNotContainIgnoringCase("jetty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api%2Fstatus", "/health/..;/api/status", "/health/%2e%2e/api/status", "//api/status"})
    void anAmbiguousPathIs400(String path) {
        HttpResponse<String> answer = browser.get(path, HEADER, key);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).doesNotContainIgnoringCase("jetty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%61pi/status", "/api/./status", "/health/../api/status", "/api/status;x=y"})
    void anotherSpellingOfAMeteredPathIsMetered(String path) {
        assertThat(browser.get(path).statusCode()).isEqualTo(401);
    }

    @Test
    void paymentsTellTheBalanceToTheLastSecond() {
        browser.get("/api/slow?seconds=1", HEADER, key);

        HttpResponse<String> answer = browser.get("/payments/balance", HEADER, key);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"purchased_hours\":10,").doesNotContain("\"used_hours\":0,");
    }

    @Test
    void theLicenseServerListensOnTheSameLedger() {
        Browser licenses = new Browser(app.licenseServerPort().orElseThrow());

        assertThat(licenses.get("/api/health").body()).contains("healthy");
        HttpResponse<String> license = licenses.post(
                "/api/licenses/lookup", "{\"license_key\":\"" + key + "\"}", "Content-Type", "application/json");
        assertThat(license.statusCode()).isEqualTo(200);
        assertThat(license.body()).contains("\"purchased_hours\":10,");
    }

    @Test
    void oneSettingMakesItRunAgainstASeparateLicenseServer() {
        MeteringConfig config = settings("unused.db")
                .set(
                        Settings.SERVER_URL,
                        "http://127.0.0.1:" + app.licenseServerPort().orElseThrow())
                .build();
        try (WebApp other = WebApp.start(config)) {
            assertThat(other.licenseServerPort()).isEmpty();
            assertThat(new Browser(other.port()).get("/api/status", HEADER, key).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void aBusyPortIsOneLineThatNamesTheSetting() throws Exception {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = Integer.toString(busy.getLocalPort());
            MeteringConfig web =
                    settings("busy.db").set(Settings.WEBAPP_PORT, port).build();
            MeteringConfig licenses =
                    settings("busy.db").set(Settings.LICENSE_SERVER_PORT, port).build();

            assertThatThrownBy(() -> WebApp.start(web))
                    .isInstanceOf(CannotStartException.class)
                    .hasMessage("Port " + port + " is in use: stop the program that has it, or set webapp.port"
                            + " (WEBAPP_PORT) to a free one");
            assertThatThrownBy(() -> WebApp.start(licenses))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("license.server.port=" + port)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void closingTwiceIsHarmless() {
        WebApp twice = WebApp.start(settings("twice.db").build());
        twice.close();
        twice.close();
    }
}
