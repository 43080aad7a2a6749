package io.hourmeter.tests.e2e;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Chromium that is installed, without a window. Not thread-safe. */
final class RealBrowser implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RealBrowser.class);

    /** Far above what any state of the page takes, so that a slow machine does not fail a test. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    /** The rules, as a script. */
    private static final String AXE = axe();

    private final ChromeDriver driver;

    private RealBrowser(ChromeDriver driver) {
        this.driver = driver;
    }

    /**
     * Opens a browser. Where none is installed the test is not run, which is said loudly.
     *
     * @param subject what is not tested then
     */
    static RealBrowser openOrAbort(String subject) {
        Optional<RealBrowser> browser = open();
        if (browser.isEmpty()) {
            LOG.error("NOT TESTED: {}, because chromium or chromedriver is not on the PATH", subject);
            Assumptions.abort("chromium or chromedriver is not on the PATH");
        }
        return browser.get();
    }

    private static Optional<RealBrowser> open() {
        Optional<File> browser = find("chromium", "chromium-browser", "google-chrome");
        Optional<File> driver = find("chromedriver");
        if (browser.isEmpty() || driver.isEmpty()) {
            return Optional.empty();
        }
        LoggingPreferences logging = new LoggingPreferences();
        logging.enable(LogType.BROWSER, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(browser.get());
        options.setCapability("goog:loggingPrefs", logging);
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync");
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(driver.get())
                .withSilent(true)
                .build();
        return Optional.of(new RealBrowser(new ChromeDriver(service, options)));
    }

    private static Optional<File> find(String... names) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(names)
                .flatMap(name -> Pattern.compile(Pattern.quote(File.pathSeparator))
                        .splitAsStream(path)
                        .map(folder -> new File(folder, name)))
                .filter(File::canExecute)
                .findFirst();
    }

    /** A phone or a desktop; {@code dark} is what the customer's system prefers. */
    void screen(int width, boolean dark) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", width < 600));
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(
                                Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"),
                                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    }

    void go(String url) {
        driver.get(url);
    }

    /** Forgets what the page has kept; the page must be of that origin. Cookies of all origins go. */
    void forgetEverything() {
        driver.executeCdpCommand("Network.clearBrowserCookies", Map.of());
        run("localStorage.clear(); sessionStorage.clear();");
    }

    String url() {
        return String.valueOf(driver.getCurrentUrl());
    }

    Object run(String script) {
        Object answer = driver.executeScript(script);
        return answer == null ? "" : answer;
    }

    WebElement element(String id) {
        return driver.findElement(By.id(id));
    }

    List<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    String text(String id) {
        return element(id).getText().replace('\u00a0', ' ');
    }

    boolean shown(String id) {
        return element(id).isDisplayed();
    }

    void type(String id, String text) {
        element(id).clear();
        element(id).sendKeys(text);
    }

    /** Until it is so, or fails telling what was waited for. */
    void until(String what, BooleanSupplier condition) {
        long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begun > PATIENCE.toNanos()) {
                screenshot("failed");
                throw new AssertionError("Waited in vain until " + what + "; the page shows: "
                        + driver.findElement(By.tagName("body")).getText());
            }
            Thread.onSpinWait();
        }
    }

    /** What breaks a rule of accessibility in the page as it is: rule and element. */
    Object accessibilityViolations() {
        run(AXE);
        return driver.executeAsyncScript("const done = arguments[0];"
                + "axe.run(document, { resultTypes: ['violations'] }).then((result) => done(result.violations.flatMap("
                + "(each) => each.nodes.map((node) => `${each.id}: ${node.target.join(' ')}`)).join('; ')));");
    }

    private static String axe() {
        try (InputStream script = RealBrowser.class.getResourceAsStream("/axe.min.js")) {
            return new String(Objects.requireNonNull(script, "axe.min.js").readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the browser complained about since the last call: scripts that failed, and what the policy kept out. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .filter(message -> !message.contains("the server responded with a status of"))
                .toList();
    }

    /** Of the whole page, however long it is. */
    void screenshot(String name) {
        Map<String, Object> answer = driver.executeCdpCommand(
                "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
        try {
            Files.createDirectories(SCREENSHOTS);
            Files.write(
                    SCREENSHOTS.resolve(name + ".png"), Base64.getDecoder().decode(String.valueOf(answer.get("data"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        driver.quit();
    }
}
