package io.hourmeter.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hourmeter.CreatedLicense;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.EmbeddedLicenseClient;
import io.hourmeter.servlet.LicenseKeyResolver;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.MeteringListener;
import io.hourmeter.usage.UsageTracker;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What an application gets from the starter, over HTTP. The same tests run on each Spring Boot that it is made for. */
@ExtendWith(OutputCaptureExtension.class)
class StarterTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Map<String, String> USUAL = Map.of();
    private static final List<String> NOTHING = List.of();
    private static final List<String> NO_SECURITY = List.of(App.SECURITY);

    @TempDir
    Path folder;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Hello {

        @RestController
        static class Pages {

            @GetMapping({"/api/hello", "/free"})
            String hello() {
                return "hello";
            }

            @GetMapping("/api/failing")
            String fail() {
                throw new IllegalStateException("the application's own");
            }
        }
    }

    /** An application whose customers log in; the license belongs to the account. */
    @Configuration(proxyBeanMethods = false)
    static class LogIn {

        static volatile Optional<String> license = Optional.empty();

        @Bean
        SecurityFilterChain security(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                    .httpBasic(basic -> {})
                    .build();
        }

        @Bean
        InMemoryUserDetailsManager users() {
            return new InMemoryUserDetailsManager(User.withUsername("ada")
                    .password("{noop}secret")
                    .roles("USER")
                    .build());
        }

        @Bean
        LicenseKeyResolver licenseOfTheAccount() {
            return request -> request.getUserPrincipal() == null ? Optional.empty() : license;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Listening {

        static final List<String> HEARD = new CopyOnWriteArrayList<>();

        @Bean
        MeteringListener listener() {
            return new MeteringListener() {
                @Override
                public void sessionStarted(LicenseRef license, String sessionId) {
                    HEARD.add(sessionId);
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFilter {

        @Bean
        FilterRegistrationBean<MeteringFilter> metering(MeteringConfig config, UsageTracker tracker) {
            FilterRegistrationBean<MeteringFilter> filter = new FilterRegistrationBean<>(
                    MeteringFilter.builder().config(config).tracker(tracker).build());
            filter.addUrlPatterns("/free");
            return filter;
        }
    }

    private static void refused(App app, String path) {
        HttpResponse<String> answer = app.get(path);
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(401);
        assertThat(answer.body()).contains("LICENSE_REQUIRED");
    }

    private static void served(App app, LicenseKey key, String path) {
        HttpResponse<String> answer = app.use(key, path);
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Session-ID")).isPresent();
    }

    @Test
    void aMeteredPathNeedsAKeyAndOthersDoNot() {
        try (App app = App.start(folder, USUAL, NO_SECURITY, Hello.class)) {
            refused(app, "/api/hello");
            served(app, app.license(HOUR).key(), "/api/hello");
            assertThat(app.use(app.license(Duration.ZERO).key(), "/api/hello").statusCode())
                    .isEqualTo(402);
            assertThat(app.get("/free").statusCode()).isEqualTo(200);
            assertThat(app.use(app.license(HOUR).key(), "/api/failing").statusCode())
                    .isEqualTo(500);
        }
    }

    @Test
    void whatIsUsedIsSettledWhenTheApplicationStops() {
        CreatedLicense license;
        try (App app = App.start(folder, Map.of("hourmeter.usage.minimum", "5s"), NO_SECURITY, Hello.class)) {
            license = app.license(HOUR);
            served(app, license.key(), "/api/hello");
        }
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("ledger.db"))
                .build();
        try (EmbeddedLicenseClient ledger = EmbeddedLicenseClient.open(config)) {
            assertThat(ledger.hoursRemaining(license.key()).usedMillis()).isGreaterThanOrEqualTo(5_000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hourmeter.filter.paths[1]", "HOURMETER_FILTER_PATHS"})
    void pathsAreAListOrOneLine(String form) {
        Map<String, String> settings = form.endsWith("]")
                ? Map.of("hourmeter.filter.paths", "", "hourmeter.filter.paths[0]", "/api/*", form, "/free")
                : Map.of("hourmeter.filter.paths", "/api/*, /free");
        try (App app = App.start(folder, settings, NO_SECURITY, Hello.class)) {
            refused(app, "/api/hello");
            refused(app, "/free");
        }
    }

    @Test
    void withoutPathsItDoesNotStart() {
        assertStops(
                Map.of("hourmeter.filter.paths", ""),
                "hourmeter.filter.paths is not set, so nothing would be metered",
                "hourmeter.enabled=false");
    }

    @Test
    void aMisspeltSettingStopsTheStartAndTheNearestIsNamed() {
        assertStops(Map.of("hourmeter.usage.check.intervall", "5m"), "usage.check.intervall", "usage.check.interval");
    }

    @Test
    void aWrongValueStopsTheStart() {
        assertStops(Map.of("hourmeter.usage.check.interval", "soon"), "usage.check.interval=soon", "is not allowed");
        assertStops(Map.of("hourmeter.filter.order", "first"), "hourmeter.filter.order=first is not allowed");
        assertStops(Map.of("hourmeter.payments.enabled", "yes"), "hourmeter.payments.enabled=yes is not allowed");
    }

    @Test
    void aLedgerThatCannotBeOpenedStopsTheStartInOneLine() {
        assertStops(Map.of("hourmeter.license.server.database", "jdbc:sqlite:/proc/none/ledger.db"), "/proc/none");
    }

    private void assertStops(Map<String, String> settings, String... said) {
        Throwable failure = catchThrowable(() ->
                App.builder(folder, settings, NO_SECURITY, Hello.class).run().close());
        assertThat(failure).isNotNull();
        List<FailureAnalysis> told = SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, FailureHandler.handleMessage((message, why) -> {}))
                .stream()
                .filter(analyzer -> analyzer.getClass().getName().startsWith("io.hourmeter."))
                .map(analyzer -> analyzer.analyze(failure))
                .filter(analysis -> analysis != null)
                .toList();
        assertThat(told).as(String.valueOf(failure)).hasSize(1);
        assertThat(told.get(0).getDescription()).contains(said).doesNotContain("\n");
    }

    @Test
    void whatStandsWithoutThePrefixIsWarnedOf(CapturedOutput output) {
        try (App app = App.start(folder, Map.of("usage.check.interval", "7s"), NO_SECURITY, Hello.class)) {
            assertThat(output).contains("usage.check.interval is not read by Hourmeter; here it is hourmeter.usage");
            assertThat(app.context().getBean(MeteringConfig.class).get(Settings.CHECK_INTERVAL))
                    .isEqualTo(Duration.ofMinutes(5));
        }
    }

    @Test
    void switchedOffItDoesNothing() {
        try (App app = App.start(folder, Map.of("hourmeter.enabled", "false"), NO_SECURITY, Hello.class)) {
            assertThat(app.get("/api/hello").statusCode()).isEqualTo(200);
            assertThat(app.context().getBeansOfType(UsageTracker.class)).isEmpty();
        }
    }

    @Test
    void withoutTheFilterTheTrackerIsThere() {
        Map<String, String> settings = Map.of("hourmeter.filter.enabled", "false", "hourmeter.filter.paths", "");
        try (App app = App.start(folder, settings, NO_SECURITY, Hello.class)) {
            assertThat(app.get("/api/hello").statusCode()).isEqualTo(200);
            assertThat(app.context().getBean(UsageTracker.class).sessions()).isEmpty();
        }
    }

    @Test
    void aFilterOfTheApplicationReplacesOurs() {
        try (App app = App.start(folder, USUAL, NO_SECURITY, Hello.class, OwnFilter.class)) {
            refused(app, "/free");
            assertThat(app.get("/api/hello").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aListenerBeanIsTold() {
        try (App app = App.start(folder, USUAL, NO_SECURITY, Hello.class, Listening.class)) {
            HttpResponse<String> answer = app.use(app.license(HOUR).key(), "/api/hello");
            String session = answer.headers().firstValue("X-Session-ID").orElseThrow();
            Waiting.until("the listener was told", () -> Listening.HEARD.contains(session));
        }
    }

    @Test
    void whoHasLoggedInIsMeteredByTheLicenseOfTheAccount() {
        String[] ada = {"Authorization", "Basic YWRhOnNlY3JldA=="};
        try (App app = App.start(folder, USUAL, NOTHING, Hello.class, LogIn.class)) {
            LogIn.license = Optional.of(app.license(HOUR).license().id().value());
            HttpResponse<String> served = app.get("/api/hello", ada);
            assertThat(served.statusCode()).as(served.body()).isEqualTo(200);
            assertThat(served.headers().firstValue("X-Session-ID")).isPresent();
            HttpResponse<String> stranger = app.get("/api/hello");
            assertThat(stranger.statusCode()).isEqualTo(401);
            assertThat(stranger.body()).doesNotContain("LICENSE_REQUIRED");
            assertThat(app.get("/payments/balance", ada).body()).contains("\"hours_remaining\"");
        }
    }

    /** Pairwise: whether Spring Security is there, where the application is mounted, and what the server adds. */
    @Tag("full")
    @ParameterizedTest
    @CsvSource({
        "false, '',    none,      false",
        "false, /shop, framework, true",
        "false, '',    native,    true",
        "true,  /shop, none,      true",
        "true,  '',    framework, false",
        "true,  /shop, native,    false",
    })
    void itMetersWhereverItIsMounted(boolean security, String context, String forwarded, String virtualThreads) {
        Map<String, String> settings = Map.of(
                "server.servlet.context-path", context,
                "server.forward-headers-strategy", forwarded,
                "spring.threads.virtual.enabled", virtualThreads);
        Class<?>[] beans = security ? new Class<?>[] {Hello.class, LogIn.class} : new Class<?>[] {Hello.class};
        try (App app = App.start(folder, settings, security ? NOTHING : NO_SECURITY, beans)) {
            CreatedLicense license = app.license(HOUR);
            if (security) {
                LogIn.license = Optional.of(license.license().id().value());
                assertThat(app.get(context + "/api/hello").statusCode()).isEqualTo(401);
                assertThat(app.get(context + "/api/hello", "Authorization", "Basic YWRhOnNlY3JldA==")
                                .headers()
                                .firstValue("X-Session-ID"))
                        .isPresent();
            } else {
                refused(app, context + "/api/hello");
                served(app, license.key(), context + "/api/hello");
                assertThat(app.get(context + "/payments/").statusCode()).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "io.hourmeter.stripe, hourmeterPayments",
        "org.springframework.boot.actuate, hourmeterEndpoint",
        "io.micrometer, hourmeterMetrics",
    })
    void whatIsNotOnTheClassPathIsNotThereAndTheRestIs(String missing, String bean) {
        WebApplicationContextRunner application = new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        HourmeterAutoConfiguration.class,
                        HourmeterWebAutoConfiguration.class,
                        HourmeterActuatorAutoConfiguration.class))
                .withPropertyValues("hourmeter.filter.paths=/api/*", "hourmeter.usage.journal=none");
        application.run(context -> assertThat(context).hasBean(bean).hasBean("hourmeterFilter"));
        application
                .withClassLoader(new FilteredClassLoader(missing))
                .run(context ->
                        assertThat(context).hasNotFailed().doesNotHaveBean(bean).hasBean("hourmeterFilter"));
    }

    @Test
    void aWebFluxApplicationIsToldThatItsRequestsAreNotMetered() {
        ReactiveWebApplicationContextRunner application = new ReactiveWebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        HourmeterAutoConfiguration.class, HourmeterReactiveAutoConfiguration.class))
                .withPropertyValues("hourmeter.filter.paths=/api/*", "hourmeter.usage.journal=none");
        application.run(context -> assertThat(context.getStartupFailure())
                .rootCause()
                .hasMessageContaining("This is a WebFlux application"));
        application
                .withPropertyValues("hourmeter.filter.enabled=false")
                .run(context -> assertThat(context).hasSingleBean(UsageTracker.class));
    }

    @ParameterizedTest
    @CsvSource({"false, 200, UNKNOWN", "true, 503, DOWN"})
    void healthTellsWhenTheLicenseServerIsGoneAndFailsOnlyWhenAsked(String strict, int status, String said) {
        Map<String, String> settings = Map.of(
                "hourmeter.license.server.url", "http://127.0.0.1:1",
                "hourmeter.license.server.database", "",
                "hourmeter.health.strict", strict);
        try (App app = App.start(folder, settings, NO_SECURITY, Hello.class)) {
            LicenseKey key = LicenseKey.of("RL-AAAAAAAA-BBBBBBBB-CCCCCCCC");
            Waiting.until("two calls have failed", () -> {
                assertThat(app.use(key, "/api/hello").statusCode()).isEqualTo(503);
                return !app.context().getBean(UsageTracker.class).stats().serverReachable();
            });
            HttpResponse<String> health = app.get("/actuator/health");
            assertThat(health.statusCode()).as(health.body()).isEqualTo(status);
            assertThat(health.body()).contains("\"hourmeter\"", "\"" + said + "\"", "does not answer");
        }
    }

    @Test
    void theEndpointShowsSessionsAndNoKeyAndTheMetersAreBound() {
        try (App app = App.start(folder, USUAL, NO_SECURITY, Hello.class)) {
            LicenseKey key = app.license(HOUR).key();
            served(app, key, "/api/hello");
            HttpResponse<String> sessions = app.get("/actuator/hourmeter");
            assertThat(sessions.statusCode()).as(sessions.body()).isEqualTo(200);
            assertThat(sessions.body())
                    .contains("\"sessionCount\":1", "\"license\":\"" + key.masked() + "\"")
                    .doesNotContain(key.text());
            assertThat(app.get("/actuator/metrics").body()).contains("hourmeter.sessions");
            assertThat(app.get("/actuator/health").body()).contains("\"licenseServer\":\"answers\"");
        }
    }
}
