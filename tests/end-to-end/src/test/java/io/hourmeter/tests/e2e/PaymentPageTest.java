package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageBatch;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import io.hourmeter.examples.webapp.WebApp;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The payment page in a real browser, with a real license server behind it. Screenshots go to target/screenshots. */
@Tag("full")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PaymentPageTest {

    private static final int DESKTOP = 1280;
    private static final int PHONE = 390;

    /** What a desktop's browser takes off the width of a page that is higher than its window. */
    private static final long SCROLL_BAR = 15;

    @TempDir
    static Path folder;

    private RealBrowser browser;
    private WebApp app;
    private LicenseClient licenses;
    private String page;

    @BeforeAll
    void start() {
        browser = RealBrowser.openOrAbort("the payment page");
        MeteringConfig config = settings("licenses.db")
                .set(Settings.WEBAPP_STRIPE, "stand-in")
                .set(Settings.PAYMENT_SIGNUP, "on")
                .build();
        app = WebApp.start(config);
        licenses = LicenseClients.openForPayments(config);
        page = pageOf(app);
    }

    private static MeteringConfigBuilder settings(String database) {
        return MeteringConfig.builder()
                .set(Settings.SERVER_URL, "embedded")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve(database))
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.OUTAGE_UNCOLLECTED, "owe")
                .set(Settings.WEBAPP_PORT, "0")
                .set(Settings.CHECK_INTERVAL, "1s")
                .set(Settings.JOURNAL, "none");
    }

    private static String pageOf(WebApp app) {
        return "http://127.0.0.1:" + app.port() + "/payments/";
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

    @BeforeEach
    void fresh() {
        browser.screen(DESKTOP, false);
        // Not the page itself: it would keep the key again that it is looking up just then.
        browser.go("http://127.0.0.1:" + app.port() + "/health");
        browser.forgetEverything();
        browser.go(page);
        browser.until(
                "packages are shown", () -> browser.all("#packages [data-buy]").size() == 4);
        browser.complaints();
    }

    @AfterEach
    void nothingIsComplainedAboutAndNoKeyIsInTheAddress() {
        if (browser != null) {
            assertThat(browser.complaints()).isEmpty();
            assertThat(browser.url()).doesNotContain("RL-");
        }
    }

    private LicenseKey license(String hours) {
        return licenses.create(
                        NewLicense.of(new Customer("ann@example.com", "Example", "Ann"), Duration.parse(hours)), null)
                .key();
    }

    private void tableOfDays() {
        browser.run("document.getElementById('days-details').open = true");
    }

    private void open(LicenseKey key) {
        browser.type("key", key.text() + Keys.ENTER);
        browser.until("the account is shown", () -> browser.shown("lists"));
    }

    private void screenshots(String name) {
        for (int width : new int[] {DESKTOP, PHONE}) {
            browser.screen(width, false);
            // Not compared with the width of the window: on a phone that grows with what does not fit.
            assertThat(browser.run("return document.documentElement.scrollWidth"))
                    .as("nothing is cut off at %d pixels", width)
                    .isIn((long) width, width - SCROLL_BAR);
            browser.screenshot(name + "-" + width);
            assertThat(browser.accessibilityViolations())
                    .as("%s at %d pixels", name, width)
                    .isEqualTo("");
        }
        browser.screen(DESKTOP, true);
        browser.screenshot(name + "-dark");
        assertThat(browser.accessibilityViolations()).as("%s in the dark", name).isEqualTo("");
    }

    @Test
    void withoutAKeyPackagesAndSavingsAreShown() {
        assertThat(browser.shown("account")).isFalse();
        assertThat(browser.all(".packages li").get(3).getText())
                .contains("Best value", "50 Hours Pack", "$180", "$3.60 an hour", "Save 28%");
        screenshots("no-key");
    }

    @Test
    void buyingWithoutAKeyLeadsToTheKeyField() {
        browser.all("#packages [data-buy]").get(0).click();

        assertThat(browser.text("key-error")).contains("license key first");
        assertThat(browser.run("return document.activeElement.id")).isEqualTo("key");
    }

    @ParameterizedTest
    @CsvSource({
        "RL-AAAAAAAA-AAAAAAAA-AAAAAAAA,No license has this key",
        "<img src=x onerror=window.hacked=1>,No license has this key",
        "schlüssel,No license has this key",
        "'\"><script>window.hacked=1</script>',No license has this key"
    })
    void aWrongKeyIsSaidBesideItsField(String key, String said) {
        browser.type("key", key + Keys.ENTER);
        browser.until("the key is refused", () -> browser.text("key-error").contains(said));

        assertThat(browser.shown("account")).isFalse();
        assertThat(browser.run("return document.activeElement.id + document.activeElement.ariaInvalid"))
                .isEqualTo("keytrue");
        assertThat(browser.run("return sessionStorage.length + localStorage.length + (window.hacked ?? 0)"))
                .isEqualTo(0L);
        if (key.startsWith("RL")) {
            screenshots("wrong-key");
        }
    }

    @ParameterizedTest
    @CsvSource({"\u201c,\u2013,\u201d", "\u00a0\ufeff,-,\u00a0", "'Bearer ',\u2212,''"})
    void aKeyIsForgivenWhatPastingAdds(String before, String dash, String after) {
        LicenseKey key = license("PT12H");

        browser.type("key", before + key.text().replace("-", dash) + after + Keys.ENTER);
        browser.until("the account is shown", () -> browser.shown("lists"));

        assertThat(browser.text("remaining")).isEqualTo("12 h");
    }

    @Test
    void balanceAndHistoryAreShown() throws Exception {
        LicenseKey key = license("PT12H");
        licenses.addHours(key, Duration.ofHours(10), "stripe:cs_1", "cs_1", "10 hours of Access");
        licenses.deductHours(key, Duration.ofMinutes(135), null);
        use(key, "slow?seconds=1").join();

        open(key);
        browser.until(
                "the chart is drawn",
                () -> browser.run("return document.getElementById('chart').width > 300 && !!Chart.getChart('chart')")
                        .equals(true));

        assertThat(browser.text("remaining")).startsWith("19 h 4");
        assertThat(browser.text("purchased")).isEqualTo("22 h");
        assertThat(browser.text("sessions-count")).isEqualTo("1");
        assertThat(browser.text("sessions")).contains("2 h 15 min", "19 h 45 min", "active");
        assertThat(browser.text("purchases")).contains("10 hours of Access", "+10 h", "+12 h");
        assertThat(browser.element("balance").getAttribute("data-level")).isEqualTo("good");
        tableOfDays();
        screenshots("balance");
    }

    @Test
    void theBalanceCountsDownWhileInUseAndTellsWhenItEnds() {
        LicenseKey key = license("PT40M");
        open(key);
        assertThat(browser.text("use")).isEqualTo("Not in use");
        var using = use(key, "stream?seconds=9");
        browser.until("use is reported", () -> {
            if (browser.text("use").equals("Not in use")) {
                browser.run("document.getElementById('refresh').click()");
                return false;
            }
            return browser.text("ends").contains("time ends");
        });
        String seen = browser.text("remaining");
        browser.until("time runs", () -> !browser.text("remaining").equals(seen));
        browser.screenshot("in-use-" + DESKTOP);
        assertThat(browser.text("use")).isEqualTo("In use");
        using.join();
    }

    @Test
    void theEndOfTheLicenseIsSaidBeforeAnythingIsBought() {
        LicenseKey key = licenses.create(
                        new NewLicense(
                                new Customer("ann@example.com", "Example", "Ann"),
                                Duration.ofHours(12),
                                NewLicense.STANDARD,
                                null,
                                Instant.now().plus(Duration.ofDays(1))),
                        null)
                .key();
        open(key);

        assertThat(browser.text("expires")).startsWith("Valid until ");
        assertThat(browser.text("shop-ends"))
                .startsWith("Your license ends on ")
                .endsWith("Hours that are left then cannot be used any more.");
        screenshots("ends-tomorrow");

        browser.element("forget").click();
        assertThat(browser.shown("shop-ends")).isFalse();
        open(license("PT1H"));
        assertThat(browser.shown("shop-ends")).isFalse();
        assertThat(browser.shown("expires")).isFalse();
    }

    @Test
    void aLicenseInUseIsNeverCalledUnused() {
        LicenseKey key = license("PT40M");
        var using = use(key, "stream?seconds=6");
        // The stream has begun when the license server holds time for it.
        browser.until("time is held", () -> licenses.hoursRemaining(key).heldMillis() > 0);
        open(key);

        assertThat(browser.text("use")).isIn("In use", "In use lately");
        assertThat(browser.text("ends")).doesNotContain("stands still");
        using.join();
    }

    @ParameterizedTest
    @CsvSource({
        "PT5H,good,''",
        "PT4H59M,low,Running low",
        "PT59M,critical,Less than an hour",
        "PT0S,none,No hours yet",
    })
    void colourAndTextTellHowLittleIsLeft(String hours, String level, String said) {
        open(license(hours));

        assertThat(browser.element("balance").getAttribute("data-level")).isEqualTo(level);
        assertThat(browser.text("level")).contains(said);
        if (level.equals("low")) {
            screenshots("low");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "new Response('<html>POST http://10.0.0.7:5001/api</html>', {status: 502})",
                "new Response('{\"detail\":\"http://10.0.0.7:5001/api\",\"error\":\"license.server.url\"}', {status: 503})",
                "new Response('{\"detail\":\"http://10.0.0.7:5001/api\",\"code\":\"LICENSE_NOT_FOUND\"}', {status: 404})",
                "new Response('{\"code\":\"PAYMENTS_NOT_CONFIGURED\",\"detail\":\"stripe.secret.key is not set\"}', {status: 503})",
                "new Response('', {status: 500})",
                "Promise.reject(new TypeError('http://10.0.0.7:5001/api'))"
            })
    void whateverIsAnsweredThePageShowsASentenceForCustomers(String answer) {
        open(license("PT1H"));
        browser.run("window.fetch = async () => " + answer);
        browser.element("refresh").click();
        browser.until("it is told", () -> !browser.text("age").contains("Up to date"));
        browser.all("#packages [data-buy]").get(0).click();
        browser.until("it is told", () -> !browser.text("shop-message").isEmpty());
        browser.element("forget").click();
        browser.type("key", "RL-AAAAAAAA-AAAAAAAA-AAAAAAAA" + Keys.ENTER);
        browser.until("it is told", () -> !browser.text("key-error").isEmpty());
        browser.type("email", "bob@example.com" + Keys.ENTER);
        browser.until("it is told", () -> !browser.text("sign-up-error").isEmpty());

        assertThat(browser.all("body").get(0).getText())
                .contains(
                        answer.startsWith("Promise")
                                ? "The service does not answer. Check your connection and try again."
                                : "This is not available now. Please try again later.")
                .doesNotContain(
                        "10.0.0.7", "http:", "license.server", "stripe.secret", "POST", "404", "500", "502", "503");
    }

    @Test
    void aLicenseThatIsUsedUpSaysSo() {
        LicenseKey key = license("PT1H");
        licenses.deductHours(key, Duration.ofHours(1), null);
        open(key);

        assertThat(browser.text("level")).isEqualTo("Used up. Add hours below to go on.");
        assertThat(browser.text("remaining")).isEqualTo("0 s");
        screenshots("used-up");
    }

    @Test
    void aKeyIsRememberedOnTheDeviceOnlyWhenAsked() {
        LicenseKey key = license("PT2H");
        open(key);
        assertThat(browser.run("return localStorage.length")).isEqualTo(0L);

        browser.element("forget").click();
        assertThat(browser.run("return sessionStorage.length")).isEqualTo(0L);
        browser.element("remember").click();
        open(key);
        browser.run("sessionStorage.clear()");
        browser.go(page);
        browser.until("the account is shown again", () -> browser.shown("lists"));

        browser.element("forget").click();
        assertThat(browser.run("return localStorage.length + sessionStorage.length"))
                .isEqualTo(0L);
    }

    @Test
    void customHoursGoInHalvesWithTheirPrice() {
        browser.type("hours", "7.5");
        assertThat(browser.text("custom-price")).isEqualTo("$37.50");
        browser.element("more").click();
        assertThat(browser.text("custom-price")).isEqualTo("$40");
        browser.type("hours", "7.3");
        assertThat(browser.text("custom-error")).contains("steps of half an hour");
        assertThat(browser.element("hours").getAttribute("aria-invalid")).isEqualTo("true");
        browser.element("less").click();
        assertThat(browser.text("custom-price")).isEqualTo("$35");
    }

    @Test
    void withoutStripeBuyingIsOffAndNoSettingIsNamed() {
        try (WebApp unable = WebApp.start(settings("unable.db").build())) {
            browser.go(pageOf(unable));
            browser.until("it is said", () -> browser.text("shop-message").contains("cannot be bought here"));

            assertThat(browser.all("body").get(0).getText()).doesNotContain("stripe.", "secret", "not set");

            assertThat(browser.all("[data-buy]")).hasSize(5).noneMatch(WebElement::isEnabled);
            assertThat(browser.shown("sign-up")).isFalse();
            screenshots("stripe-missing");
        }
    }

    @Test
    void aStrangerSignsUpBuysAndIsServed() {
        browser.type("email", "bob@example.com" + Keys.ENTER);
        browser.until("the account is shown", () -> browser.shown("created") && browser.shown("lists"));
        LicenseKey key = LicenseKey.parse(browser.text("created-key")).orElseThrow();
        assertThat(browser.text("level")).contains("No hours yet");
        assertThat(use(key, "status").join().statusCode()).isEqualTo(402);
        screenshots("signed-up");

        browser.all("#packages [data-buy]").get(1).click();
        pay();
        assertThat(browser.all("main").get(0).getText()).contains("10 hours");
        screenshots("bought");
        browser.all("a.action").get(0).click();
        browser.until("the account is shown again", () -> browser.shown("lists"));

        assertThat(browser.text("remaining")).isEqualTo("10 h");
        assertThat(browser.text("purchases")).contains("Bought", "+10 h");
        browser.until("the purchase un-refuses", () -> use(key, "status").join().statusCode() == 200);
    }

    @Test
    void customHoursAreBoughtAndCancellingChargesNothing() {
        open(license("PT1H"));
        browser.type("hours", "2.5" + Keys.ENTER);
        browser.until(
                "the payment page is there",
                () -> !browser.all("[value=cancel]").isEmpty());
        browser.all("[value=cancel]").get(0).click();
        browser.until(
                "the customer is back",
                () -> !browser.all("[data-state=cancelled]").isEmpty());
        screenshots("cancelled");
        browser.all("a.action").get(0).click();
        browser.until("the account is shown", () -> browser.shown("lists"));
        assertThat(browser.text("remaining")).isEqualTo("1 h");

        browser.type("hours", "2.5" + Keys.ENTER);
        pay();
        browser.until("the page leads on by itself", () -> browser.url().equals(page));
        browser.until("the account is shown", () -> browser.shown("lists"));
        assertThat(browser.text("remaining")).isEqualTo("3 h 30 min");
    }

    @Test
    void aRefundOfUsedHoursIsShownAsWhatItIs() {
        LicenseKey key = license("PT0S");
        licenses.addHours(key, Duration.ofHours(10), "stripe:cs_test_page", "cs_test_page", "10 hours of Access");
        licenses.deductHours(key, Duration.ofHours(4), null);
        licenses.reverse(key, new Reversal("stripe:cs_test_page", "re_page", 3, 4500, 4500, "refunded"));
        open(key);
        assertThat(browser.text("level")).contains("A refund took back hours that were already used");
        assertThat(browser.text("remaining")).contains("4 h");
        assertThat(browser.text("purchases")).contains("Bought", "+10 h", "Refunded or disputed");
        screenshots("below-zero");
    }

    @Test
    void timeThatIsOwedIsSaidAndPaidFirst() {
        LicenseKey key = license("PT1M");
        licenses.sync(new UsageBatch(
                "node",
                300_000,
                900_000,
                600_000,
                List.of(new UsageBatch.Item(
                        "lease", key.sha256(), null, "", "session", 98_000, 98_000L, true, 1, true, true))));
        open(key);
        assertThat(browser.text("level"))
                .isEqualTo("Used up, and 38 s more were used. Your next purchase pays them first.");
        assertThat(browser.text("sessions")).contains("38 s not paid");
        screenshots("owed");

        browser.type("hours", "0.5" + Keys.ENTER);
        pay();
        assertThat(browser.all("[role=status]").get(0).getText())
                .contains("0.5 hours were added. 38 s of that went into time that you had used before");
        browser.until("the page leads on by itself", () -> browser.url().equals(page));
        browser.until("the account is shown", () -> browser.shown("lists"));
        assertThat(browser.text("remaining")).startsWith("29 min");
        assertThat(browser.text("sessions")).contains("1 min 38 s").doesNotContain("not paid");
    }

    @Test
    void aPaymentThatTakesItsTimeIsWaitedFor() {
        open(license("PT0S"));
        browser.all("#packages [data-buy]").get(0).click();
        browser.until(
                "the payment page is there", () -> !browser.all("[value=later]").isEmpty());
        browser.run("document.querySelector('[name=seconds]').value = '6'");
        browser.all("[value=later]").get(0).click();
        browser.until(
                "the customer is back",
                () -> !browser.all("[data-state=pending]").isEmpty());
        screenshots("pending");
        browser.until(
                "the hours arrive without a click",
                () -> !browser.all("[data-state=credited]").isEmpty());
    }

    private void pay() {
        browser.until(
                "the payment page is there", () -> !browser.all("[value=pay]").isEmpty());
        browser.all("[value=pay]").get(0).click();
        browser.until(
                "the hours are there",
                () -> !browser.all("[data-state=credited]").isEmpty());
    }

    @Test
    void textOfOthersIsNeverMarkup() {
        LicenseKey key = licenses.create(
                        NewLicense.of(
                                new Customer(
                                        "a@example.com", "<script>hacked=1</script>", "<img src=x onerror=hacked=1>"),
                                Duration.ofHours(1)),
                        null)
                .key();
        String payload = "<img src=x onerror=hacked=1><script>hacked=1</script>";
        licenses.addHours(key, Duration.ofHours(1), null, "r", payload);
        open(key);

        assertThat(browser.text("purchases")).contains(payload);
        assertThat(browser.all("main img, main script")).isEmpty();
        assertThat(browser.run("return window.hacked ?? 0")).isEqualTo(0L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "javascript:alert(1)",
                "//evil.example",
                "/%5Cevil.example",
                "/%09/evil.example",
                "https://evil.example/",
                "%22%3E%3Cscript%3Ehacked=1%3C/script%3E"
            })
    void aForeignWayBackIsNotFollowed(String path) {
        browser.go(page + "?return=" + path);
        browser.until(
                "packages are shown", () -> browser.all("#packages [data-buy]").size() == 4);

        assertThat(browser.shown("back")).isFalse();
        assertThat(browser.run("return (window.hacked ?? 0) + sessionStorage.length"))
                .isEqualTo(0L);
    }

    @Test
    void aWayBackWithinTheSiteIsOffered() {
        browser.go(page + "?return=/app%3Fx=1");
        browser.until("the way back is shown", () -> browser.shown("back"));

        assertThat(browser.element("back").getAttribute("href")).endsWith(app.port() + "/app?x=1");
    }

    private CompletableFuture<HttpResponse<String>> use(LicenseKey key, String call) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + app.port() + "/api/" + call))
                .header("X-License-Key", key.text())
                .build();
        return HttpClient.newHttpClient().sendAsync(request, BodyHandlers.ofString());
    }
}
