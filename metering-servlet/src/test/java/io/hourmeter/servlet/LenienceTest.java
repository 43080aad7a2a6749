package io.hourmeter.servlet;

import static io.hourmeter.servlet.StubTracker.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.ErrorCode;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.Refused;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Shadow mode, licenses that are not required, faults in metering, and what all of that writes to the log. */
class LenienceTest {

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.hourmeter");

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
        logger.setLevel(null);
        logger.setAdditive(true);
    }

    private static Web server(Object... settings) throws Exception {
        Map<Setting<?>, String> map = Web.settings(settings);
        return Web.metered(map)
                .servlet(
                        "/*",
                        (request, response) -> response.getWriter()
                                .print("served " + request.getInputStream().readAllBytes().length))
                .start();
    }

    private List<String> lines() {
        return List.copyOf(log.list).stream().map(LenienceTest::text).toList();
    }

    private static String text(ILoggingEvent event) {
        StringBuilder text = new StringBuilder(event.getFormattedMessage());
        for (IThrowableProxy cause = event.getThrowableProxy(); cause != null; cause = cause.getCause()) {
            text.append(" | ").append(cause.getMessage());
        }
        return text.toString();
    }

    @Test
    void withoutAKeyNothingIsMeteredWhereNoneIsRequired() throws Exception {
        try (Web web = server(Settings.LICENSE_REQUIRED, "false")) {
            HttpResponse<String> answer = web.get("/api");
            assertThat(answer.body()).isEqualTo("served 0");
            assertThat(answer.headers().firstValue("X-Session-ID")).isEmpty();
            assertThat(answer.headers().firstValue("X-Hours-Remaining")).isEmpty();
            assertThat(web.tracker.keys).isEmpty();
        }
    }

    @Test
    void withAKeyItIsMeteredAndRefusedAsUsual() throws Exception {
        try (Web web = server(Settings.LICENSE_REQUIRED, "false")) {
            assertThat(Web.send(web.keyed("/api")).headers().firstValue("X-Session-ID"))
                    .isPresent();
            web.assertReleased(1);
            assertThat(web.get("/api?license_key=nonsense").statusCode()).isEqualTo(401);
            assertThat(Web.send(web.keyed("/api?license_key=nonsense")).statusCode())
                    .isEqualTo(400);
            web.tracker.answer = (key, session) -> new Refused(ErrorCode.HOURS_EXHAUSTED, 0, null);
            assertThat(Web.send(web.keyed("/api")).statusCode()).isEqualTo(402);
        }
    }

    @Test
    void shadowMetersAndRefusesNothing() throws Exception {
        try (Web web = server(Settings.FILTER_SHADOW, "true")) {
            assertThat(Web.send(web.keyed("/api")).headers().firstValue("X-Session-ID"))
                    .isPresent();
            web.assertReleased(1);
            assertThat(web.get("/api").body()).isEqualTo("served 0");
            assertThat(Web.send(web.keyed("/api?license_key=nonsense")).statusCode())
                    .isEqualTo(200);
            web.tracker.answer = (key, session) -> new Refused(ErrorCode.HOURS_EXHAUSTED, 0, null);
            HttpResponse<String> answer = Web.send(web.keyed("/api/work").header("Accept", "text/html"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("X-Session-ID")).isEmpty();
            assertThat(lines())
                    .anyMatch(line -> line.contains("would refuse GET /api with 401 LICENSE_REQUIRED (license none)"))
                    .anyMatch(line -> line.contains("would refuse GET /api with 400 INVALID_REQUEST"))
                    .anyMatch(line ->
                            line.contains("would refuse GET /api/work with 402 HOURS_EXHAUSTED (license RL-AAAA…)"));
        }
    }

    @Test
    void shadowLogsAScanOnce() throws Exception {
        try (Web web = server(Settings.FILTER_SHADOW, "true")) {
            for (int i = 0; i < 50; i++) {
                web.get("/api");
            }
            // One line a second; fifty requests take less than five.
            assertThat(lines()).hasSizeLessThan(6);
        }
    }

    @Test
    void shadowHandsABodyOnThatWasLookedInto() throws Exception {
        try (Web web = server(Settings.FILTER_SHADOW, "true")) {
            assertThat(Web.send(web.request("/api")
                                    .header("Content-Type", "application/json")
                                    .POST(BodyPublishers.ofString("{\"a\":1}")))
                            .body())
                    .isEqualTo("served 7");
        }
    }

    @Test
    void requestsCannotForgeLogLines() throws Exception {
        try (Web web = server(Settings.FILTER_SHADOW, "true")) {
            web.rawGet("/api%20ERROR%20forged%c2%85%e2%80%ae%e2%80%a8");
            assertThat(lines()).isNotEmpty().allMatch(line -> line.chars().noneMatch(c -> c < ' ' || c > 0x7e));
        }
    }

    @Test
    void noKeyReachesTheLog() throws Exception {
        try (Web web = server(Settings.FILTER_SHADOW, "true")) {
            web.tracker.answer = (key, session) -> new Refused(ErrorCode.HOURS_EXHAUSTED, 0, null);
            Web.send(web.keyed("/api/" + KEY + "/x?license_key=" + KEY));
            Web.send(web.request("/api/2").header("Authorization", "Bearer " + KEY));
            Web.send(web.request("/api/3")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"license_key\":\"" + KEY + "\"}")));
            web.tracker.answer = (key, session) -> {
                throw new IllegalStateException("a fault");
            };
            Web.send(web.keyed("/api/" + KEY + "?license_key=" + KEY));
            assertThat(lines()).isNotEmpty().noneMatch(line -> line.contains(KEY) || line.contains("BBBB3333"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"allow", "deny"})
    void aFaultLetsNobodyInWhateverTheOutagePolicySays(String policy) throws Exception {
        try (Web web = server(Settings.OUTAGE_POLICY, policy)) {
            web.tracker.answer = (key, session) -> {
                throw new NoClassDefFoundError("a fault");
            };
            HttpResponse<String> answer = Web.send(web.keyed("/api"));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("LICENSE_SERVER_UNAVAILABLE");
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"allow", "deny"})
    void aFaultWhileTheKeyIsLookedForLetsNobodyInWhereNoneIsRequired(String policy) throws Exception {
        try (Web web = server(Settings.OUTAGE_POLICY, policy, Settings.LICENSE_REQUIRED, "false")) {
            web.resolver = request -> {
                throw new StackOverflowError("no login");
            };
            assertThat(web.get("/api").statusCode()).isEqualTo(503);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shadowRefusesNothingForAFaultAndHandsTheBodyOn(boolean withBody) throws Exception {
        try (Web web = server(Settings.FILTER_SHADOW, "true")) {
            web.tracker.answer = (key, session) -> {
                throw new IllegalStateException("a fault");
            };
            HttpResponse<String> answer = withBody
                    ? Web.send(web.request("/api")
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{\"license_key\":\"" + KEY + "\"}")))
                    : Web.send(web.keyed("/api"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(withBody ? "served 47" : "served 0");
            assertThat(answer.headers().firstValue("X-Session-ID")).isEmpty();
        }
    }

    @Test
    void aFaultOfTheResolverIsAFaultInMetering() throws Exception {
        try (Web web = server()) {
            web.resolver = request -> {
                throw new IllegalStateException("no login");
            };
            assertThat(Web.send(web.keyed("/api")).statusCode()).isEqualTo(503);
            web.resolver = request -> Optional.empty();
            assertThat(Web.send(web.keyed("/api")).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void faultsAreLoggedOncePerMinute() throws Exception {
        try (Web web = server()) {
            web.tracker.answer = (key, session) -> {
                throw new IllegalStateException("a fault");
            };
            for (int i = 0; i < 20; i++) {
                Web.send(web.keyed("/api"));
            }
            assertThat(lines())
                    .filteredOn(line -> line.contains("Metering failed"))
                    .hasSize(1);
        }
    }
}
