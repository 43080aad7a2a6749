package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.config.Settings;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A container whose own filter, before all others, answers WebSocket handshakes and calls nothing behind it. */
class HandshakeTest {

    private static final String[] HANDSHAKE = {"Sec-WebSocket-Version: 13"};

    private static final String[] WITH_KEY = {"Sec-WebSocket-Version: 13", "X-License-Key: " + StubTracker.KEY};

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        // The server's threads log while the test reads.
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        ((Logger) LoggerFactory.getLogger(HandshakeFilter.class)).addAppender(log);
    }

    @AfterEach
    void stopListening() {
        ((Logger) LoggerFactory.getLogger(HandshakeFilter.class)).detachAppender(log);
    }

    /** The name is what a warning is expected to say. */
    static final class ContainersWebSocketFilter implements Filter {

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            if (((HttpServletRequest) request).getHeader("Sec-WebSocket-Version") == null) {
                chain.doFilter(request, response);
            } else {
                // The real one has taken over the connection by now.
                ((HttpServletResponse) response).setStatus(HttpServletResponse.SC_SWITCHING_PROTOCOLS);
            }
        }
    }

    private static Web container(boolean webSockets) {
        return application(webSockets)
                .filter(new ContainersWebSocketFilter(), "/*", EnumSet.of(DispatcherType.REQUEST));
    }

    private static Web application(boolean webSockets) {
        Web web = new Web("");
        ServletContext context = web.context.getServletContext();
        context.setAttribute(
                MeteringFilter.CLIENT_ATTRIBUTE, new InMemoryLicenses().with(StubTracker.KEY, Duration.ofHours(1)));
        if (webSockets) {
            context.setAttribute("jakarta.websocket.server.ServerContainer", new Object());
        }
        return web.servlet("/*", (request, response) -> response.getWriter().print("served"));
    }

    private static Web withFilter(boolean webSockets, String pattern, @Nullable LicenseKeyResolver resolver)
            throws Exception {
        MeteringFilter.Builder builder = MeteringFilter.builder();
        if (resolver != null) {
            builder.resolver(resolver);
        }
        Web web = container(webSockets).filter(builder.build(), pattern, EnumSet.of(DispatcherType.REQUEST));
        web.context.addEventListener(new FilterPathsListener());
        return web.start();
    }

    private List<String> warnings() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void isJudgedBeforeTheContainerAnswersIt() throws Exception {
        try (Web web = withFilter(true, "/api/*", null)) {
            assertThat(web.rawGet("/api/socket", HANDSHAKE)).startsWith("HTTP/1.1 401");
            assertThat(web.rawGet("/api/socket", WITH_KEY))
                    .startsWith("HTTP/1.1 101")
                    .contains("X-Session-ID");
            assertThat(web.rawGet("/elsewhere", HANDSHAKE)).startsWith("HTTP/1.1 101");
            assertThat(web.get("/api/page").statusCode()).isEqualTo(401);
            assertThat(Web.send(web.keyed("/api/page")).body()).isEqualTo("served");
            assertThat(warnings()).isEmpty();
        }
    }

    @Test
    void ofASettingIsJudgedEvenWithAResolver() throws Exception {
        Web web = container(true);
        ServletContext context = web.context.getServletContext();
        context.setAttribute(
                MeteringFilter.CONFIG_ATTRIBUTE, Web.config(Web.settings(Settings.FILTER_PATHS, "/api/*")));
        context.setAttribute(MeteringFilter.RESOLVER_ATTRIBUTE, (LicenseKeyResolver) request -> Optional.empty());
        web.context.addEventListener(new FilterPathsListener());
        try (web) {
            web.start();
            assertThat(web.rawGet("/api/socket", HANDSHAKE)).startsWith("HTTP/1.1 401");
            assertThat(web.rawGet("/api/socket", WITH_KEY)).startsWith("HTTP/1.1 101");
        }
    }

    @Test
    void thatGoesRoundAFilterWithAResolverIsWarnedOfOnce() throws Exception {
        try (Web web = withFilter(true, "/*", request -> Optional.empty())) {
            // Which filter.exclude makes free.
            assertThat(web.rawGet("/health", HANDSHAKE)).startsWith("HTTP/1.1 101");
            assertThat(warnings()).isEmpty();
            assertThat(web.rawGet("/api/socket", WITH_KEY)).startsWith("HTTP/1.1 101");
            assertThat(web.rawGet("/api/socket", HANDSHAKE)).startsWith("HTTP/1.1 101");
            assertThat(warnings())
                    .singleElement()
                    .asString()
                    .contains(ContainersWebSocketFilter.class.getName(), "docs/filter.md")
                    .doesNotContain(StubTracker.KEY);
        }
    }

    @Test
    void thatIsRefusedBehindAResolverIsNotWarnedOf() throws Exception {
        Web web = application(true);
        web.filter(
                MeteringFilter.builder().resolver(request -> Optional.empty()).build(),
                "/api/*",
                EnumSet.of(DispatcherType.REQUEST));
        web.filter(new ContainersWebSocketFilter(), "/*", EnumSet.of(DispatcherType.REQUEST));
        web.context.addEventListener(new FilterPathsListener());
        try (web) {
            web.start();
            assertThat(web.rawGet("/api/socket", HANDSHAKE)).startsWith("HTTP/1.1 401");
            assertThat(web.rawGet("/api/socket", WITH_KEY)).startsWith("HTTP/1.1 101");
            assertThat(warnings()).isEmpty();
        }
    }

    @Test
    void withoutWebSocketsNothingIsAdded() throws Exception {
        try (Web web = withFilter(false, "/api/*", null)) {
            assertThat(web.context.getServletContext().getFilterRegistrations().values())
                    .extracting(filter -> filter.getClassName())
                    .doesNotContain(HandshakeFilter.class.getName());
        }
    }
}
