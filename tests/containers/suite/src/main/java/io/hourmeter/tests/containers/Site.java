package io.hourmeter.tests.containers;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Program;
import io.hourmeter.config.Settings;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import java.io.IOException;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The application of most tests: every servlet three times, metered below {@value #METERED}, metered if there is a key
 * below {@value #OPEN}, and without the filter below {@value #FREE}, so that the host's answers can be compared. The filter is mapped to all dispatches, which is the
 * hardest case for "once per request".
 */
final class Site implements WebApplication.Setup {

    /** As long as {@link #FREE}: some containers name the path in their error pages. */
    static final String METERED = "/paid";

    static final String FREE = "/free";

    /** Behind the filter and free. */
    static final String EXCLUDED = METERED + "/lead/*";

    /** Where requests without a key pass unmetered. */
    static final String OPEN = "/open";

    static final String ERROR_PAGE = "/error-page";

    /** Asynchronous requests that the servlets left to the test. */
    final BlockingQueue<AsyncContext> held = new LinkedBlockingQueue<>();

    /** What came out of servlet and filter, as the container sees it. */
    final AtomicReference<Throwable> thrown = new AtomicReference<>();

    private final MeteringConfig config;
    private final Map<String, Handler> handlers = new LinkedHashMap<>();
    private volatile ServletContext context;

    Site(MeteringConfig config) {
        this.config = config;
    }

    Site with(String path, Handler handler) {
        handlers.put(path, handler);
        return this;
    }

    WebApplication application() {
        return WebApplication.of(this)
                .withErrorPages(
                        Map.of(402, ERROR_PAGE, 418, ERROR_PAGE), Map.of(IllegalArgumentException.class, ERROR_PAGE));
    }

    @Override
    public void start(ServletContext started) throws ServletException {
        context = started;
        FilterRegistration.Dynamic witness = started.addFilter("witness", (request, response, chain) -> {
            try {
                chain.doFilter(request, response);
            } catch (IOException | ServletException | RuntimeException | Error e) {
                thrown.set(e);
                throw e;
            }
        });
        witness.setAsyncSupported(true);
        witness.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, METERED + "/*", FREE + "/*");

        FilterRegistration.Dynamic metering = started.addFilter(
                "metering", MeteringFilter.builder().config(config).build());
        metering.setAsyncSupported(true);
        metering.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), true, METERED + "/*", ERROR_PAGE);

        // As docs/filter.md has it for sockets where no web fragment is read.
        metering.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, METERED + Sockets.ALL);

        FilterRegistration.Dynamic lenient = started.addFilter(
                "lenient",
                MeteringFilter.builder()
                        .config(config.toBuilder()
                                .programs(Set.of(Program.APPLICATION))
                                .set(Settings.LICENSE_REQUIRED, "false")
                                .build())
                        .build());
        lenient.setAsyncSupported(true);
        lenient.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, OPEN + "/*");

        if (Container.current().lacks(Feature.WEBSOCKET).isEmpty()) {
            started.addListener(new SocketListener());
        }
        add(ERROR_PAGE, (request, response) -> response.getWriter().print("the application's error page"));
        handlers.forEach((path, handler) -> {
            add(METERED + path, handler);
            add(FREE + path, handler);
            add(OPEN + path, handler);
        });
    }

    private void add(String path, Handler handler) {
        ServletRegistration.Dynamic servlet = context.addServlet(path, handler.servlet());
        servlet.setAsyncSupported(true);
        servlet.setMultipartConfig(new MultipartConfigElement(""));
        servlet.addMapping(path);
    }

    /** The tracker that the filter opened. */
    UsageTracker tracker() {
        return Objects.requireNonNull(
                (UsageTracker) context.getAttribute(MeteringFilter.TRACKER_ATTRIBUTE), "the filter has not started");
    }
}
