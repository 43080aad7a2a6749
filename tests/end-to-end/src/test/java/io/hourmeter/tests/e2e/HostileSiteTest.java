package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.examples.webapp.WebApp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What another site can make a customer's browser do to the payment page: nothing. */
@Tag("full")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileSiteTest {

    @TempDir
    static Path folder;

    private RealBrowser browser;
    private WebApp app;
    private HttpServer elsewhere;
    private volatile String html = "";

    @BeforeAll
    void start() throws IOException {
        browser = RealBrowser.openOrAbort("hostile sites");
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.SERVER_URL, "embedded")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.WEBAPP_PORT, "0")
                .set(Settings.JOURNAL, "none")
                .set(Settings.WEBAPP_STRIPE, "stand-in")
                .set(Settings.PAYMENT_SIGNUP, "on")
                .build();
        app = WebApp.start(config);
        elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        elsewhere.createContext("/", exchange -> {
            byte[] page = html.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        elsewhere.start();
    }

    @AfterAll
    void stop() {
        if (app != null) {
            elsewhere.stop(0);
            app.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void thePageCannotBeFramed() {
        browser.complaints();
        visit("<iframe src='http://127.0.0.1:" + app.port()
                + "/payments/' onload='document.title=\"loaded\"'></iframe>");
        browser.until(
                "the frame has been tried",
                () -> browser.run("return document.title").equals("loaded"));
        assertThat(browser.complaints()).anyMatch(complaint -> complaint.contains("frame-ancestors"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"create-checkout", "licenses"})
    void aFormElsewhereCannotSend(String call) {
        // As text/plain a form can send what reads as JSON: one name, one value.
        visit("<form id='f' method='post' enctype='text/plain' action='http://127.0.0.1:" + app.port() + "/payments/"
                + call + "'><input name='{\"email\":\"eve@example.com\",\"hours\":1,\"x\":\"' value='\"}'></form>"
                + "<script>document.getElementById('f').submit()</script>");
        browser.until(
                "the form was answered",
                () -> browser.url().endsWith(call)
                        && browser.run("return document.readyState").equals("complete"));
        assertThat(String.valueOf(browser.run("return document.body.innerText")))
                .contains("\"status\":403");
        browser.complaints();
    }

    private void visit(String content) {
        html = "<!doctype html><title>elsewhere</title>" + content;
        browser.go("http://localhost:" + elsewhere.getAddress().getPort() + "/");
    }
}
