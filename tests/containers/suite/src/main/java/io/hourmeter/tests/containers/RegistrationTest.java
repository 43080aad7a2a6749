package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each of the one-step registrations, in an application that has the jars and a settings file. */
class RegistrationTest {

    /** As docs/filter.md has it. */
    private static final String WEB_XML = """
            <filter>
              <filter-name>metering</filter-name>
              <filter-class>io.hourmeter.servlet.MeteringFilter</filter-class>
              <async-supported>true</async-supported>
            </filter>
            <filter-mapping>
              <filter-name>metering</filter-name>
              <url-pattern>/api/*</url-pattern>
            </filter-mapping>
            """;

    /** As docs/filter.md has it. */
    private static final String FILTER_LAST = """
            <filter>
              <filter-name>%s</filter-name>
              <filter-class>%s</filter-class>
              <async-supported>true</async-supported>
            </filter>
            <filter-mapping>
              <filter-name>%s</filter-name>
              <url-pattern>/*</url-pattern>
            </filter-mapping>
            """;

    private static LicenseServerRig licenses;
    private static LicenseServerRig.License license;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        licenses = new LicenseServerRig();
        license = licenses.license(Duration.ofHours(1));
    }

    @AfterAll
    static void stop() {
        licenses.close();
    }

    private WarBuilder war(String... settings) throws Exception {
        String[] all = Arrays.copyOf(settings, settings.length + 2);
        all[settings.length] = "license.server.url=" + licenses.url();
        all[settings.length + 1] = "license.server.timeout=20s";
        return new WarBuilder(folder).settings(all);
    }

    private static void assertMetersApi(WarBuilder war) throws Exception {
        try (Container.Running running = Container.current().start(WebApplication.of(war.build()))) {
            Http http = new Http(running.port(), license.key());
            assertThat(http.send(http.request("/api/x")).statusCode()).isEqualTo(401);
            assertThat(http.send(http.request("/other")).statusCode()).isEqualTo(200);
            for (String path : new String[] {"/api/x", "/api/async"}) {
                HttpResponse<String> answer = http.send(http.keyed(path));
                assertThat(answer.statusCode()).isEqualTo(200);
                // The application's own copy of the filter is at work.
                assertThat(answer.body()).isEqualTo("true");
                assertThat(answer.headers().firstValue("X-Session-ID")).isPresent();
            }
        }
    }

    @Test
    void byWebXml() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        assertMetersApi(war().webXml(WEB_XML));
    }

    @Test
    void byFilterPathsInTheSettings() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        assertMetersApi(war("filter.paths=/api/*"));
    }

    @Test
    void byCode() throws Exception {
        ProtocolTest.assumeOffered(Feature.REDEPLOY);
        assertMetersApi(war().filterByCode());
    }

    private static final String TO_INDEX = """
            <filter>
              <filter-name>to-index</filter-name>
              <filter-class>%s</filter-class>
            </filter>
            <filter-mapping>
              <filter-name>to-index</filter-name>
              <url-pattern>/*</url-pattern>
            </filter-mapping>
            """.formatted(WarSite.ToIndex.class.getName());

    private static void assertMeters(WarBuilder war, String... paths) throws Exception {
        try (Container.Running running = Container.current().start(WebApplication.of(war.build()))) {
            Http http = new Http(running.port(), license.key());
            for (String path : paths) {
                assertThat(http.send(http.request(path)).statusCode()).as(path).isEqualTo(401);
                HttpResponse<String> answer = http.send(http.keyed(path));
                assertThat(answer.statusCode()).as(path).isEqualTo(200);
                assertThat(answer.headers().firstValue("X-Session-ID")).as(path).isPresent();
            }
        }
    }

    /** Whoever forwards before the filter of the setting has seen the request lets everybody in. */
    @Test
    void filterPathsGoBeforeTheFiltersOfTheApplication() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        assertMeters(war("filter.paths=/*").webXml(TO_INDEX), "/", "/index.html", "/other");
    }

    /** The log-in comes first then, and what it forwards is judged behind it. */
    @Test
    void withAResolverFilterPathsGoAfterTheFiltersOfTheApplication() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        assertMeters(war("filter.paths=/*").resolver().webXml(TO_INDEX), "/", "/index.html", "/other");
    }

    @Test
    void dispatchesFromElsewhereAreJudgedThoughWebXmlNamesNoDispatchers() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        assertMeters(war().webXml(WEB_XML), WarSite.FORWARD, WarSite.DISPATCH);
    }

    @Test
    void dispatchesFromElsewhereAreJudgedByFilterPaths() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        assertMeters(war("filter.paths=/api/*"), WarSite.FORWARD, WarSite.DISPATCH);
    }

    @Test
    void dispatchesFromElsewhereAreJudgedThoughCodeNamesNoDispatchers() throws Exception {
        ProtocolTest.assumeOffered(Feature.REDEPLOY);
        assertMeters(war().filterByCode().listenerOfTheFragment(), WarSite.FORWARD, WarSite.DISPATCH);
    }

    /** No way of registering lets a handshake go round the filter. */
    private static void assertMetersHandshakes(WarBuilder war) throws Exception {
        try (Container.Running running =
                Container.current().start(WebApplication.of(war.sockets().build()))) {
            Http http = new Http(running.port(), license.key());
            // Undertow starts a filter with the first request.
            assertThat(http.send(http.request("/api/x")).statusCode()).isEqualTo(401);
            assertThat(WebSocketTest.handshake(http, "/api" + Sockets.ECHO, false))
                    .isEqualTo(401);
            assertThat(WebSocketTest.handshake(http, "/api" + Sockets.ECHO, true))
                    .isEqualTo(101);
        }
    }

    @Test
    void handshakeByWebXml() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        ProtocolTest.assumeOffered(Feature.WEBSOCKET);
        assertMetersHandshakes(war().webXml(WEB_XML));
    }

    /** With a resolver the order is that of web.xml, if the container keeps to it. */
    @Test
    void handshakeOfAnApplicationWithAResolver() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        ProtocolTest.assumeOffered(Feature.WEBSOCKET);
        String containers = Container.current()
                .webSocketFilter()
                .map(type -> FILTER_LAST.formatted(type, type, type))
                .orElse("");
        assertMetersHandshakes(war().resolver().webXml(WEB_XML + containers));
    }

    @Test
    void handshakeByFilterPathsInTheSettings() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        ProtocolTest.assumeOffered(Feature.WEBSOCKET);
        assertMetersHandshakes(war("filter.paths=/api/*"));
    }

    @Test
    void handshakeByCode() throws Exception {
        ProtocolTest.assumeOffered(Feature.REDEPLOY);
        ProtocolTest.assumeOffered(Feature.WEBSOCKET);
        assertMetersHandshakes(war().filterByCode());
    }

    @Test
    void webXmlGoesBeforeFilterPaths() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        assertMetersApi(war("filter.paths=/other").webXml(WEB_XML));
    }

    @Test
    void withoutAnyOfThemNothingIsMetered() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        try (Container.Running running = Container.current().start(WebApplication.of(war().build()))) {
            Http http = new Http(running.port(), license.key());
            HttpResponse<String> answer = http.send(http.keyed("/api/x"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("X-Session-ID")).isEmpty();
        }
    }

    @Test
    void wrongSettingStopsTheStart() throws Exception {
        ProtocolTest.assumeOffered(Feature.WEB_XML);
        WebApplication wrong =
                WebApplication.of(war("filter.path=/api/*").webXml(WEB_XML).build());
        assertThatThrownBy(() -> Container.current().start(wrong).close()).isInstanceOf(Exception.class);
    }
}
