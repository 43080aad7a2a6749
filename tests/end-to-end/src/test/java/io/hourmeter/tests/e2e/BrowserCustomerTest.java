package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.tests.PrefixProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/**
 * A customer who uses the application with a browser, which sends no header of ours: refused, led to the payment page,
 * known there by the key, led back, and known from then on.
 */
@Tag("full")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrowserCustomerTest {

    @TempDir
    static Path folder;

    private RealBrowser browser;
    private WebApp app;
    private LicenseClient licenses;

    @BeforeAll
    void start() {
        browser = RealBrowser.openOrAbort("customers with a browser");
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.SERVER_URL, "embedded")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.WEBAPP_PORT, "0")
                .set(Settings.LICENSE_COOKIE, "hm")
                .set(Settings.JOURNAL, "none")
                .build();
        app = WebApp.start(config);
        licenses = LicenseClients.openForPayments(config);
    }

    @AfterAll
    void stop() {
        if (licenses != null) {
            licenses.close();
            app.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/outer", "/a/b"})
    void isLedFromARefusedPageToThePaymentsAndBackAndIsKnownFromThenOn(String prefix) throws IOException {
        LicenseKey key = licenses.create(
                        NewLicense.of(new Customer("ann@example.com", "Example", "Ann"), Duration.ofHours(2)), null)
                .key();
        try (PrefixProxy proxy = PrefixProxy.start(prefix, "", app.port(), false)) {
            String base = prefix.isEmpty() ? "http://127.0.0.1:" + app.port() : proxy.url();
            String page = base + "/api/status?from=here&x=%20y";
            browser.go(base + "/health");
            browser.forgetEverything();

            browser.go(page);
            assertThat(browser.url()).startsWith(base + "/payments/?return=");
            browser.until("the page asks for a key", () -> browser.shown("key"));
            browser.type("key", key.text() + Keys.ENTER);
            browser.until("the way back is offered", () -> browser.shown("remember-and-go"));
            browser.screenshot("way-back" + prefix.replace('/', '-'));
            browser.element("remember-and-go").click();

            browser.until("the customer is back", () -> browser.url().equals(page));
            assertThat(String.valueOf(browser.run("return document.body.innerText")))
                    .contains("\"status\":\"ok\"");
            assertThat(browser.run("return document.cookie"))
                    .as("no script reads the key")
                    .isEqualTo("");

            browser.go(base + "/api/status?again");
            assertThat(browser.url()).isEqualTo(base + "/api/status?again");
            assertThat(String.valueOf(browser.run("return document.body.innerText")))
                    .contains("\"status\":\"ok\"");
        }
    }
}
