package io.hourmeter.servlet;

import static io.hourmeter.servlet.InMemoryLicenses.ID;
import static io.hourmeter.servlet.StubTracker.KEY;
import static io.hourmeter.servlet.StubTracker.OTHER_KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.UsageAnswers.State;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The filter as a container runs it, on a real tracker. */
class MeteringFilterTest {

    private final InMemoryLicenses licenses = new InMemoryLicenses().with(KEY, Duration.ofHours(1));

    private static Web web(MeteringFilter filter) {
        return new Web("")
                .filter(filter, "/*", EnumSet.of(DispatcherType.REQUEST))
                .servlet("/*", (request, response) -> response.getWriter().print("served"))
                .servlet("/async", (request, response) -> {
                    var async = request.startAsync();
                    async.setTimeout(300);
                });
    }

    private Web web(Map<Setting<?>, String> settings) {
        Web web = web(MeteringFilter.builder().config(Web.config(settings)).build());
        web.context.getServletContext().setAttribute(MeteringFilter.CLIENT_ATTRIBUTE, licenses);
        return web;
    }

    private static Object attribute(Web web, String name) {
        return web.context.getServletContext().getAttribute(name);
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    @Test
    void admittedRequestsCarrySessionAndHours() throws Exception {
        try (Web web = web(Map.of()).start()) {
            HttpResponse<String> first = Web.send(web.keyed("/api"));
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(header(first, "X-Session-ID")).hasSizeGreaterThan(20);
            assertThat(header(first, "X-Hours-Remaining")).matches("0\\.99\\d{4}|1\\.000000");
            assertThat(first.headers().firstValue("Set-Cookie")).isEmpty();
            HttpResponse<String> second = Web.send(web.keyed("/api"));
            assertThat(header(second, "X-Session-ID")).isEqualTo(header(first, "X-Session-ID"));
        }
    }

    @Test
    void usedTimeIsSettledWhenTheApplicationStops() throws Exception {
        Web web = web(Map.of()).start();
        Web.send(web.keyed("/async"));
        web.close();
        assertThat(licenses.usedMillis(KEY)).isBetween(300L, 10_000L);
    }

    @ParameterizedTest
    @CsvSource({
        "UNKNOWN, 401, INVALID_LICENSE",
        "INACTIVE, 403, LICENSE_INACTIVE",
        "EXPIRED_LICENSE, 403, LICENSE_EXPIRED",
        "EXHAUSTED, 402, HOURS_EXHAUSTED",
        "HELD, 503, HOURS_HELD"
    })
    void refusalsOfTheServerReachTheClient(State state, int status, String code) throws Exception {
        licenses.refuse(KEY, state);
        try (Web web = web(Map.of()).start()) {
            HttpResponse<String> answer = Web.send(web.keyed("/api"));
            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
        }
    }

    @Test
    void aServerThatIsAwayRefusesALicenseNeverSeen() throws Exception {
        licenses.away.set(true);
        try (Web web = web(Map.of()).start()) {
            HttpResponse<String> answer = Web.send(web.keyed("/api"));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("LICENSE_SERVER_UNAVAILABLE");
            assertThat(header(answer, "Retry-After")).matches("[1-9]\\d*");
            licenses.away.set(false);
        }
    }

    @Test
    void unknownKeysCostOneCallEach() throws Exception {
        try (Web web = web(Map.of()).start()) {
            Web.send(web.request("/api").header("X-License-Key", OTHER_KEY));
            int calls = licenses.syncs.get();
            for (int i = 0; i < 20; i++) {
                assertThat(Web.send(web.request("/api").header("X-License-Key", OTHER_KEY))
                                .statusCode())
                        .isEqualTo(401);
            }
            assertThat(licenses.syncs.get()).isEqualTo(calls);
        }
    }

    @Test
    void malformedKeysCostNoCall() throws Exception {
        try (Web web = web(Map.of()).start()) {
            Web.send(web.keyed("/api"));
            int calls = licenses.syncs.get();
            assertThat(Web.send(web.request("/api").header("X-License-Key", "RL-short"))
                            .statusCode())
                    .isEqualTo(401);
            assertThat(licenses.syncs.get()).isEqualTo(calls);
        }
    }

    @Test
    void sessionTravelsWithTheClientWhereEachCounts() throws Exception {
        try (Web web = web(Web.settings(Settings.BILLING, "session")).start()) {
            HttpResponse<String> first = Web.send(web.keyed("/api"));
            String id = header(first, "X-Session-ID");
            assertThat(header(first, "Set-Cookie"))
                    .isEqualTo("X-Session-ID=" + id + "; Path=/; HttpOnly; SameSite=Lax");
            HttpResponse<String> byHeader = Web.send(web.keyed("/api").header("X-Session-ID", id));
            HttpResponse<String> byCookie = Web.send(web.keyed("/api").header("Cookie", "X-Session-ID=" + id));
            assertThat(header(byHeader, "X-Session-ID")).isEqualTo(id);
            assertThat(header(byCookie, "X-Session-ID")).isEqualTo(id);
            assertThat(header(byHeader, "Set-Cookie") + header(byCookie, "Set-Cookie"))
                    .isEmpty();
            HttpResponse<String> other = Web.send(web.keyed("/api"));
            assertThat(header(other, "X-Session-ID")).isNotEqualTo(id);
        }
    }

    @Test
    void foreignAndForgedSessionsAreIgnored() throws Exception {
        licenses.with(OTHER_KEY, Duration.ofHours(1));
        try (Web web = web(Web.settings(Settings.BILLING, "session")).start()) {
            String foreign = header(Web.send(web.request("/api").header("X-License-Key", OTHER_KEY)), "X-Session-ID");
            for (String id : List.of(foreign, "A".repeat(32), "x", "../../etc", "%0d%0aX-Evil:1", "é".repeat(32))) {
                String answer = web.rawGet("/api", "X-License-Key: " + KEY, "X-Session-ID: " + id);
                assertThat(answer)
                        .contains("HTTP/1.1 200")
                        .doesNotContain("X-Session-ID: " + id + "\r")
                        .doesNotContain("X-Evil");
            }
        }
    }

    @Test
    void publishesWhatItOpenedAndWithdrawsIt() throws Exception {
        Web web = web(Map.of()).start();
        ServletContext context = web.context.getServletContext();
        assertThat(context.getAttribute("io.hourmeter.UsageTracker")).isInstanceOf(UsageTracker.class);
        assertThat(context.getAttribute("io.hourmeter.LicenseClient")).isSameAs(licenses);
        assertThat(context.getAttribute("io.hourmeter.MeteringConfig")).isInstanceOf(MeteringConfig.class);
        web.close();
        assertThat(attribute(web, "io.hourmeter.UsageTracker")).isNull();
        assertThat(licenses.closed).as("a client of the application stays open").isFalse();
    }

    @Test
    void usesTheTrackerOfTheApplicationAndLeavesItOpen() throws Exception {
        try (UsageTracker own = UsageTracker.builder(licenses).build()) {
            Web web = web(Map.of());
            web.context.getServletContext().setAttribute("io.hourmeter.UsageTracker", own);
            web.start();
            Web.send(web.keyed("/api"));
            assertThat(own.sessions()).hasSize(1);
            web.close();
            assertThat(own.sessions()).as("not closed").hasSize(1);
        }
    }

    @Test
    void builderGivesTrackerAndResolver() throws Exception {
        try (UsageTracker own = UsageTracker.builder(licenses).build();
                Web web = web(MeteringFilter.builder()
                        .config(MeteringConfig.builder().build())
                        .tracker(own)
                        .resolver(request -> Optional.of(KEY))
                        .build())) {
            web.start();
            assertThat(web.get("/api").statusCode()).isEqualTo(200);
            assertThat(attribute(web, "io.hourmeter.UsageTracker")).isSameAs(own);
            assertThat(attribute(web, "io.hourmeter.LicenseClient")).isNull();
        }
    }

    @Test
    void resolverMayBeAnAttributeSetLater() throws Exception {
        try (Web web = web(Map.of()).start()) {
            assertThat(web.get("/api").statusCode()).isEqualTo(401);
            LicenseKeyResolver resolver = request -> Optional.of(KEY);
            web.context.getServletContext().setAttribute(MeteringFilter.RESOLVER_ATTRIBUTE, resolver);
            assertThat(web.get("/api").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aLicenseThatAResolverNamesByItsIdIsServedMeteredAndCharged() throws Exception {
        licenses.with(ID, Duration.ofHours(1));
        Web web = web(Map.of()).start();
        LicenseKeyResolver resolver = request -> Optional.ofNullable(request.getHeader("X-Login"));
        web.context.getServletContext().setAttribute(MeteringFilter.RESOLVER_ATTRIBUTE, resolver);
        HttpResponse<String> answer = Web.send(web.request("/async").header("X-Login", ID.value()));
        assertThat(header(answer, "X-Session-ID")).hasSize(32);
        assertThat(header(answer, "X-Hours-Remaining")).matches("0\\.99\\d{4}|1\\.000000");
        // With its session running, the text of the id still is no key.
        HttpResponse<String> byClient = Web.send(web.request("/api").header("X-License-Key", ID.value()));
        assertThat(byClient.statusCode()).isEqualTo(401);
        assertThat(byClient.body()).contains("INVALID_LICENSE");
        HttpResponse<String> unknown = Web.send(web.request("/api").header("X-Login", "lic_99999999"));
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(unknown.body()).contains("INVALID_LICENSE");
        web.close();
        assertThat(licenses.usedMillis(ID)).isBetween(300L, 10_000L);
    }

    @Test
    void aResolverOfTheBuilderIsPublishedForThePaymentsAndNotForOtherFilters() throws Exception {
        LicenseKeyResolver resolver = request -> Optional.of(KEY);
        MeteringConfig config = MeteringConfig.builder().build();
        Web web = web(MeteringFilter.builder().config(config).resolver(resolver).build())
                .filter(MeteringFilter.builder().config(config).build(), "/*", EnumSet.of(DispatcherType.FORWARD))
                .servlet("/forward", (request, response) -> {
                    // As a request that the first filter has not seen.
                    Collections.list(request.getAttributeNames()).stream()
                            .filter(name -> name.contains("judged"))
                            .forEach(request::removeAttribute);
                    request.getRequestDispatcher("/target").forward(request, response);
                });
        ServletContext context = web.context.getServletContext();
        context.setAttribute(MeteringFilter.CLIENT_ATTRIBUTE, licenses);
        web.start();
        assertThat(web.get("/api").statusCode()).isEqualTo(200);
        assertThat(web.get("/forward").statusCode()).isEqualTo(401);
        assertThat(context.getAttribute("io.hourmeter.LicenseKeyResolver")).isInstanceOf(Function.class);
        web.close();
        assertThat(attribute(web, "io.hourmeter.LicenseKeyResolver")).isNull();
    }

    @Test
    void initParamsAreSettings() throws Exception {
        Web web = new Web("");
        FilterHolder holder = new FilterHolder(new MeteringFilter());
        holder.setAsyncSupported(true);
        holder.setInitParameter("license.header", "X-Product-Key");
        holder.setInitParameter("usage.journal", "none");
        web.context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
        web.servlet("/*", (request, response) -> response.getWriter().print("served"));
        web.context.getServletContext().setAttribute(MeteringFilter.CLIENT_ATTRIBUTE, licenses);
        try (web) {
            web.start();
            assertThat(Web.send(web.request("/api").header("X-Product-Key", KEY))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(Web.send(web.keyed("/api")).statusCode()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "usage.check.intervall, 5m, usage.check.interval",
        "usage.check.interval, soon, a duration of at least 1s",
        "usage.lease, 1s, 10s",
    })
    void wrongSettingsStopTheStartWithOneLine(String key, String value, String hint) {
        Web web = new Web("");
        FilterHolder holder = new FilterHolder(new MeteringFilter());
        holder.setInitParameter(key, value);
        web.context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
        assertThatThrownBy(web::start)
                .isInstanceOf(ServletException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(hint)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void attributesOfAnotherTypeStopTheStart() {
        Web web = web(Map.of());
        web.context.getServletContext().setAttribute("io.hourmeter.UsageTracker", "a text");
        assertThatThrownBy(web::start)
                .isInstanceOf(ServletException.class)
                .hasMessageContaining("io.hourmeter.UsageTracker");
    }

    @Test
    void journalLiesInTheContainersTemporaryFolder(@TempDir Path temporary) throws Exception {
        Web web = web(Map.of());
        web.context.getServletContext().setAttribute(ServletContext.TEMPDIR, temporary.toFile());
        try (web) {
            web.start();
            Web.send(web.keyed("/api"));
            assertThat(temporary).isNotEmptyDirectory();
        }
    }

    @Test
    void redeployingLeavesNoThread() throws Exception {
        Set<Thread> before = threads();
        for (int i = 0; i < 3; i++) {
            try (Web web =
                    web(Web.settings(Settings.SERVER_URL, "http://127.0.0.1:1")).start()) {
                web.context.getServletContext();
                Web.send(web.keyed("/api"));
            }
        }
        Web.await(() -> strangers(before).isEmpty());
        assertThat(strangers(before)).isEmpty();
    }

    @Test
    void redeployingWithAClientOfItsOwnLeavesNoThread() throws Exception {
        Set<Thread> before = threads();
        for (int i = 0; i < 3; i++) {
            Web web = web(MeteringFilter.builder()
                    .config(Web.config(Web.settings(Settings.SERVER_URL, "http://127.0.0.1:1")))
                    .build());
            try (web) {
                web.start();
                assertThat(web.get("/api").statusCode()).isEqualTo(401);
                assertThat(attribute(web, "io.hourmeter.LicenseClient")).isNotNull();
            }
            assertThat(attribute(web, "io.hourmeter.LicenseClient")).isNull();
        }
        Web.await(() -> strangers(before).isEmpty());
        assertThat(strangers(before)).isEmpty();
    }

    private static Set<Thread> threads() {
        return Set.copyOf(Thread.getAllStackTraces().keySet());
    }

    /** Threads of ours; those of Jetty, of the JDK's client and of the JVM come and go as they like. */
    private static Set<String> strangers(Set<Thread> before) {
        return threads().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                .filter(name ->
                        !name.startsWith("HttpClient") && !name.startsWith("qtp") && !name.startsWith("ForkJoin"))
                .filter(name ->
                        name.toLowerCase(java.util.Locale.ROOT).matches(".*(hourmeter|meter|okhttp|journal|usage).*"))
                .collect(Collectors.toSet());
    }
}
