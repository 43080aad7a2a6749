package io.hourmeter.examples.springboot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hourmeter.LicenseKey;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The example as a process of its own would run it, over HTTP against a real license server. */
class SpringBootExampleTest {

    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    static Path folder;

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig(folder, List.of(Refusing.class, Failing.class));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    /** What a security filter does: refuses with sendError, which Spring Boot answers by an error dispatch. */
    @Configuration(proxyBeanMethods = false)
    static class Refusing {
        private static final int SPRING_SECURITY_ORDER = -100;

        @Bean
        FilterRegistrationBean<Filter> refusingFilter() {
            Filter filter = (request, response, chain) -> ((HttpServletResponse) response).sendError(403);
            FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>(filter);
            registration.addUrlPatterns("/api/forbidden");
            registration.setOrder(SPRING_SECURITY_ORDER);
            return registration;
        }
    }

    @RestController
    static class Failing {
        @GetMapping("/api/failing")
        String fail() {
            throw new IllegalStateException("the application's own");
        }
    }

    @Test
    void aKeyWithHoursIsServedAndTold() {
        HttpResponse<String> answer = rig.use(rig.license(HOUR), "/api/hello");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Session-ID")).isPresent();
        assertThat(answer.headers().firstValue("X-Hours-Remaining").orElseThrow())
                .matches("(1\\.000000|0\\.99\\d{4})");
        assertThat(answer.body()).contains("\"hello\":\"world\"").containsPattern("\"license\":\"RL-\\w{4}…\"");
    }

    @Test
    void withoutHoursItIs402AndABrowserIsLedToThePaymentPage() {
        String key = rig.license(Duration.ZERO);
        HttpResponse<String> answer = rig.use(key, "/api/hello");
        assertThat(answer.statusCode()).isEqualTo(402);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(answer.body()).contains("\"code\":\"HOURS_EXHAUSTED\"", "\"top_up_url\":\"/payments/\"");
        HttpResponse<String> browser = rig.get("/api/hello", "X-License-Key", key, "Accept", "text/html");
        assertThat(browser.statusCode()).isEqualTo(303);
        assertThat(browser.headers().firstValue("Location")).hasValue("../payments/?return=..%2Fapi%2Fhello");
    }

    @Test
    void withoutAKeyItIs401() {
        assertThat(rig.get("/api/hello").statusCode()).isEqualTo(401);
    }

    @Test
    void thePaymentPageAndItsBalanceAreReached() {
        HttpResponse<String> page = rig.get("/payments/", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
        HttpResponse<String> balance = rig.use(rig.license(HOUR), "/payments/balance");
        assertThat(balance.statusCode()).isEqualTo(200);
        assertThat(balance.body()).contains("\"hours_remaining\":1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/deferred", "/api/callable", "/api/stream"})
    void anAnswerThatComesLaterIsMeteredUntilItIsCompleteAndReleasedOnce(String path) {
        String key = rig.license(HOUR);
        UsageTracker tracker = rig.tracker();
        Rig.await("earlier requests have ended", () -> tracker.stats().requestsInFlight() == 0);
        long begin = System.nanoTime();
        CompletableFuture<HttpResponse<String>> answer =
                CompletableFuture.supplyAsync(() -> rig.use(key, path + "?millis=1500"));
        Rig.await("the request is metered", () -> tracker.stats().requestsInFlight() == 1);
        assertThat(answer.join().statusCode()).isEqualTo(200);
        Rig.await("the request is released", () -> tracker.stats().requestsInFlight() == 0);
        Duration elapsed = Duration.ofNanos(System.nanoTime() - begin);
        String session = answer.join().headers().firstValue("X-Session-ID").orElseThrow();
        assertThat(tracker.sessions().stream()
                        .filter(open -> open.id().equals(session))
                        .map(open -> open.inFlight()))
                .containsExactly(0);
        assertThat(tracker.endSession(session)).isTrue();
        Rig.await("the use is reported", () -> !rig.used(key).isZero());
        assertThat(rig.used(key)).isBetween(Duration.ofMillis(1_490), elapsed);
    }

    @ParameterizedTest
    @CsvSource({"/api/failing, 500, 1", "/api/nothing, 404, 1", "/api/forbidden, 403, 0"})
    void anErrorDispatchBelongsToItsRequest(String path, int status, int admitted) {
        String key = rig.license(HOUR);
        double before = admitted();
        HttpResponse<String> answer = rig.use(key, path);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).as("Spring Boot's own error page").contains("\"path\":\"" + path + "\"");
        Rig.await("the request is released", () -> rig.tracker().stats().requestsInFlight() == 0);
        // One more that is admitted for certain, so that a second one of the first cannot come later.
        rig.use(key, "/api/hello");
        Rig.await("both are counted", () -> admitted() - before >= admitted + 1);
        assertThat(admitted() - before).isEqualTo(admitted + 1);
    }

    /** From Actuator's registry, over HTTP as a monitoring system would. */
    private static double admitted() {
        return metric("hourmeter.decisions?tag=outcome:GRANTED");
    }

    private static double metric(String name) {
        String body = rig.get("/actuator/metrics/" + name).body();
        Matcher value = Pattern.compile("\"value\":([0-9.E]+)").matcher(body);
        assertThat(value.find()).as(body).isTrue();
        return Double.parseDouble(value.group(1));
    }

    @Test
    void theTrackersFiguresAreInActuatorsRegistry() {
        rig.use(rig.license(HOUR), "/api/hello");
        assertThat(metric("hourmeter.sessions")).isPositive();
        assertThat(metric("hourmeter.server.reachable")).isEqualTo(1);
    }

    @Test
    void theEndOfTheApplicationSettlesWhatRunsInTime(@TempDir Path own) throws Exception {
        try (Rig ending = new Rig(own, List.of(), "usage.check.interval=300", "usage.idle.timeout=300")) {
            String key = ending.license(HOUR);
            HttpRequest request = ending.request("/api/stream?millis=600000")
                    .header("X-License-Key", key)
                    .build();
            InputStream stream =
                    ending.http.send(request, BodyHandlers.ofInputStream()).body();
            assertThat(stream.read()).as("the first event").isPositive();
            long begin = System.nanoTime();
            ending.app.close();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
            assertThat(ending.used(key)).isPositive();
            assertThat(ending.server.client().hoursRemaining(LicenseKey.of(key)).heldMillis())
                    .as("nothing of the balance is held any more")
                    .isZero();
            assertThatThrownBy(stream::readAllBytes).as("the stream is cut").isInstanceOf(IOException.class);
        }
    }

    @Test
    void aWrongSettingStopsTheStartWithItsLine(@TempDir Path own) {
        Throwable failure = catchThrowable(() -> new Rig(own, List.of(), "usage.idle.timeout=soon"));
        assertThat(new WrongSetting().analyze(failure).getDescription())
                .isEqualTo("usage.idle.timeout=soon (Spring property usage.idle.timeout) is not allowed"
                        + " (not a duration; units are ms, s, m, h, d); allowed is 0 or a duration of at least 1s,"
                        + " at most 24h");
    }

    @Test
    void aMisspeltSettingAmongSpringsPropertiesStopsTheStartWithItsLine(@TempDir Path own) {
        Throwable failure = catchThrowable(() -> new Rig(own, List.of(), "license.server.ulr=http://localhost:1"));
        assertThat(new WrongSetting().analyze(failure).getDescription())
                .isEqualTo("Unknown setting license.server.ulr=http://localhost:1 (Spring property license.server.ulr);"
                        + " allowed are the keys of the settings page; the nearest known key is license.server.url");
    }

    @Test
    void aLedgerThatCannotBeOpenedStopsTheStartWithItsLine(@TempDir Path own) throws IOException {
        Path file = Files.createFile(own.resolve("file"));
        Throwable failure = catchThrowable(() -> new Rig(
                own,
                List.of(),
                "license.server.url=embedded",
                "license.server.database=jdbc:sqlite:" + file.resolve("licenses.db")));
        assertThat(new LedgerNotOpened().analyze(failure).getDescription())
                .startsWith("the ledger " + file.resolve("licenses.db") + " cannot be opened: ");
        assertThat(SpringFactoriesLoader.forDefaultResourceLocation()
                        .load(FailureAnalyzer.class, (name, type, thrown) -> {}))
                .hasAtLeastOneElementOfType(LedgerNotOpened.class)
                .hasAtLeastOneElementOfType(WrongSetting.class);
    }
}
