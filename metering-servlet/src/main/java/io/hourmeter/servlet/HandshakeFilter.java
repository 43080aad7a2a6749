package io.hourmeter.servlet;

import io.hourmeter.internal.FatalErrors;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before all filters and leads to the metering filter from there what must not be answered before it. Everything
 * else takes its way.
 *
 * <p>WebSocket handshakes: a container answers them in a filter of its own and calls nothing behind it, and that filter
 * stands before those that an application adds by code (Tomcat), or before all of them (Jetty). And, where the metering
 * filter is there by a setting and no application gave it its place, every request: a filter of the application may
 * answer it, or forward it elsewhere.
 *
 * <p>A {@link LicenseKeyResolver} may ask for what a filter in between finds out, the login for example. Where there is
 * one, requests take the way of the application; so do handshakes where the application registered the metering filter,
 * and one that thereby goes round the metering is warned of. Thread-safe.
 */
final class HandshakeFilter implements Filter {

    private static final Logger LOG = LoggerFactory.getLogger(HandshakeFilter.class);

    /** Where a container publishes that it answers handshakes, as Jakarta WebSocket 6.4 says. */
    private static final String WEB_SOCKETS = "jakarta.websocket.server.ServerContainer";

    /** No handshake goes without this header, over HTTP/2 neither (RFC 6455 4.2.1, RFC 8441 5), and nothing else has it. */
    private static final String VERSION = "Sec-WebSocket-Version";

    private static final String SUFFIX = ".handshakes";

    private final String metering;
    private final String attribute;
    private final boolean bySetting;
    private final AtomicBoolean warned = new AtomicBoolean();
    private volatile @Nullable ServletContext context;

    private HandshakeFilter(String metering, boolean bySetting) {
        this.metering = metering;
        attribute = attribute(metering);
        this.bySetting = bySetting;
    }

    /**
     * Adds one for a metering filter that the application registered, if the container answers handshakes. Before the
     * application has started only.
     *
     * @param metering the filter, mapped to its paths
     */
    static void addBefore(ServletContext context, FilterRegistration metering) {
        if (context.getAttribute(WEB_SOCKETS) != null) {
            addBefore(context, metering, false);
        }
    }

    /**
     * Adds one for a metering filter that a setting registered.
     *
     * @param metering the filter, mapped to its paths
     */
    static void addFirst(ServletContext context, FilterRegistration metering) {
        addBefore(context, metering, true);
    }

    private static void addBefore(ServletContext context, FilterRegistration metering, boolean bySetting) {
        FilterRegistration.Dynamic first =
                context.addFilter(metering.getName() + SUFFIX, new HandshakeFilter(metering.getName(), bySetting));
        if (first == null) {
            return;
        }
        first.setAsyncSupported(true);
        EnumSet<DispatcherType> requests = EnumSet.copyOf(FilterPathsListener.DISPATCHES);
        Collection<String> paths = metering.getUrlPatternMappings();
        if (!paths.isEmpty()) {
            first.addMappingForUrlPatterns(requests, false, paths.toArray(String[]::new));
        }
        Collection<String> servlets = metering.getServletNameMappings();
        if (!servlets.isEmpty()) {
            first.addMappingForServletNames(requests, false, servlets.toArray(String[]::new));
        }
    }

    /** The ServletContext attribute under which a metering filter is found by its name. */
    static String attribute(String filterName) {
        return MeteringFilter.class.getName() + "." + filterName;
    }

    @Override
    public void init(FilterConfig filter) {
        context = filter.getServletContext();
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http) || !(response instanceof HttpServletResponse answer)) {
            chain.doFilter(request, response);
            return;
        }
        Passage passage = null;
        try {
            passage = new Passage(chain);
            lead(http, answer, passage);
        } catch (Throwable e) {
            if (e instanceof IOException || (passage != null && e == passage.thrown)) {
                throw e;
            }
            FatalErrors.throwIfFatal(e);
            failed(http, answer, passage);
        }
    }

    /** A fault of ours: who has not come to the application stays outside, since nobody may judge them behind this filter. */
    private void failed(HttpServletRequest request, HttpServletResponse response, @Nullable Passage passage)
            throws IOException, ServletException {
        if (passage != null && passage.entered()) {
            passage.fail();
        } else if (passage != null
                && Objects.requireNonNull(context).getAttribute(attribute) instanceof MeteringFilter filter
                && filter.refusesNobody()) {
            passage.doFilter(request, response);
        } else {
            RequestMeter.refusePlainly(response);
        }
    }

    private void lead(HttpServletRequest request, HttpServletResponse response, Passage passage)
            throws IOException, ServletException {
        if (!(Objects.requireNonNull(context).getAttribute(attribute) instanceof MeteringFilter filter)) {
            passage.doFilter(request, response);
            return;
        }
        boolean handshake = request.getHeader(VERSION) != null;
        if ((handshake && bySetting) || ((handshake || bySetting) && !filter.hasResolver())) {
            filter.doFilter(request, response, passage);
            return;
        }
        passage.doFilter(request, response);
        if (handshake) {
            warnIfMissed(filter, request, response);
        }
    }

    private void warnIfMissed(MeteringFilter filter, HttpServletRequest request, HttpServletResponse response) {
        if (response.getStatus() == HttpServletResponse.SC_SWITCHING_PROTOCOLS
                && filter.missed(request)
                && warned.compareAndSet(false, true)) {
            LOG.warn(
                    "WebSocket handshakes are not metered: {} answers them before the filter {}, which has a"
                            + " LicenseKeyResolver. docs/filter.md, \"WebSocket handshakes\", tells how to order"
                            + " the two",
                    containersFilter(),
                    metering);
        }
    }

    /** By its class, for a person who reads the log. */
    private String containersFilter() {
        return Objects.requireNonNull(context).getFilterRegistrations().values().stream()
                .map(FilterRegistration::getClassName)
                .filter(name -> name != null && name.toLowerCase(Locale.ROOT).contains("websocket"))
                .sorted()
                .collect(Collectors.collectingAndThen(
                        Collectors.joining(", "), names -> names.isEmpty() ? "the container" : names));
    }
}
