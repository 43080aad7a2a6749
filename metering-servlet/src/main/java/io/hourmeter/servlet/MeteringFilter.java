package io.hourmeter.servlet;

import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.LibraryVersions;
import io.hourmeter.internal.LibraryVersions.LibraryException;
import io.hourmeter.internal.OwnClasses;
import io.hourmeter.usage.MeteringListener;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Meters the time in which a license is in use and refuses requests without a license that may be served. Declared in
 * {@code web.xml} (with {@code async-supported}), added with {@code ServletContext.addFilter}, returned as a bean, or
 * registered by the setting {@code filter.paths}; the mapping decides which paths are metered.
 *
 * <p>Made without arguments it reads the settings of the process and its init-params; {@link #builder()} takes what an
 * application has already. Settings, license-server client and tracker are shared with the payments servlet and with the
 * application's own code through the ServletContext attributes {@value #CONFIG_ATTRIBUTE}, {@value #CLIENT_ATTRIBUTE}
 * and {@value #TRACKER_ATTRIBUTE}: what is there when the filter starts is used and left open, what is missing the filter
 * opens, publishes, and closes when it is destroyed.
 *
 * <p>Thread-safe, as every filter must be. {@code docs/license-keys.md} has the places where a key may stand, {@code docs/refusals.md} the answers.
 */
public final class MeteringFilter implements Filter {

    static {
        // Whoever replaces the jar of a running process leaves it with the classes that it has.
        OwnClasses.load(MeteringFilter.class);
    }

    /** ServletContext attribute: the {@link UsageTracker} in use. */
    public static final String TRACKER_ATTRIBUTE = Wiring.TRACKER;

    /** ServletContext attribute: the {@link io.hourmeter.LicenseClient} of the tracker that the filter built. */
    public static final String CLIENT_ATTRIBUTE = Wiring.CLIENT;

    /** ServletContext attribute: the {@link MeteringConfig} in use. */
    public static final String CONFIG_ATTRIBUTE = Wiring.CONFIG;

    /**
     * ServletContext attribute: a {@link LicenseKeyResolver} that the application sets, at any time. One that the filter
     * was built with is published here, so that the payments servlet finds it.
     */
    public static final String RESOLVER_ATTRIBUTE = "io.hourmeter.LicenseKeyResolver";

    private final Builder given;
    private volatile @Nullable Wiring wiring;
    private volatile @Nullable RequestMeter meter;
    private volatile @Nullable FilterConfig place;

    /** For the container: everything comes from the settings. */
    public MeteringFilter() {
        this(new Builder());
    }

    private MeteringFilter(Builder given) {
        this.given = given;
    }

    /**
     * Begins a filter with what the application has already.
     *
     * @return a builder; what is not set on it comes from the ServletContext or the settings
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The license under which a filter admitted a request, wherever its key stood or whoever named its id; for what goes
     * on after the request, a socket or a job, and is metered with
     * {@link UsageTracker#admit(io.hourmeter.LicenseRef)}.
     *
     * @param request in a filter or servlet behind this filter, or one that wraps it
     * @return empty when the request passed unmetered
     */
    public static Optional<LicenseRef> license(ServletRequest request) {
        return AlreadyFiltered.license(request);
    }

    /**
     * The same where it is a key.
     *
     * @param request as in {@link #license}
     * @return empty when the request passed unmetered, or a {@link LicenseKeyResolver} named its license by the id
     */
    public static Optional<LicenseKey> licenseKey(ServletRequest request) {
        return AlreadyFiltered.license(request)
                .filter(LicenseKey.class::isInstance)
                .map(LicenseKey.class::cast);
    }

    /**
     * Reads the settings, finds or opens client and tracker. The license server need not be there.
     *
     * @param filter where the init-params are, named as the settings
     * @throws ServletException if a setting is wrong, or a library is missing or too old; the message is the line for the
     *     person who can mend it
     */
    @Override
    public void init(FilterConfig filter) throws ServletException {
        ServletContext context = filter.getServletContext();
        try {
            LibraryVersions.requireCore();
            Wiring wired = new Wiring(context, given.config, given.tracker, given.listener, initParams(filter));
            wiring = wired;
            if (given.resolver != null) {
                wired.publish(RESOLVER_ATTRIBUTE, new Published(given.resolver));
            }
            meter = new RequestMeter(
                    wired.config(), Admitter.of(wired.tracker()), () -> resolver(context), System::nanoTime);
            place = filter;
            context.setAttribute(HandshakeFilter.attribute(filter.getFilterName()), this);
        } catch (ConfigurationException | LibraryException e) {
            throw new ServletException(e.getMessage(), e);
        }
    }

    private static Map<String, String> initParams(FilterConfig filter) {
        Map<String, String> params = new LinkedHashMap<>();
        for (String name : Collections.list(filter.getInitParameterNames())) {
            params.put(name, filter.getInitParameter(name));
        }
        return params;
    }

    /** Asked for each request, because a servlet may set the attribute after the filters have started. */
    private @Nullable LicenseKeyResolver resolver(ServletContext context) {
        if (given.resolver != null) {
            return given.resolver;
        }
        Object set = context.getAttribute(RESOLVER_ATTRIBUTE);
        return set instanceof Published ? null : (LicenseKeyResolver) set;
    }

    /** What one filter was built with; another filter of the application may have none on purpose. */
    private record Published(LicenseKeyResolver own) implements LicenseKeyResolver {

        @Override
        public Optional<String> resolve(HttpServletRequest request) {
            return own.resolve(request);
        }
    }

    /**
     * Meters, passes on or refuses. What the application throws passes through unchanged.
     *
     * @throws IOException as the application, or writing a refusal, throws it
     * @throws ServletException as the application throws it, and when a filter before this one has hidden that this is a
     *     request over HTTP: it cannot be judged
     */
    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http) || !(response instanceof HttpServletResponse answer)) {
            throw new ServletException("a request that is none over HTTP cannot be metered");
        }
        RequestMeter ready = null;
        Passage passage = null;
        try {
            ready = meter;
            passage = new Passage(chain);
            if (ready == null) {
                // Not initialized yet, or the application is stopping.
                RequestMeter.refusePlainly(answer);
            } else {
                ready.filter(http, answer, passage);
            }
        } catch (Throwable e) {
            if (e instanceof IOException || (passage != null && e == passage.thrown)) {
                throw e;
            }
            FatalErrors.throwIfFatal(e);
            if (ready == null || passage == null) {
                RequestMeter.refusePlainly(answer);
            } else {
                ready.failed(http, answer, passage, e);
            }
        }
    }

    /** Whether who has logged in may decide, so that the filters before this one matter. */
    boolean hasResolver() {
        FilterConfig filter = place;
        return filter != null && resolver(filter.getServletContext()) != null;
    }

    /** Whether it only looks on. */
    boolean refusesNobody() {
        RequestMeter ready = meter;
        return ready != null && ready.refusesNobody();
    }

    /** Whether a request that would have to be judged has not come here. */
    boolean missed(HttpServletRequest request) {
        RequestMeter ready = meter;
        return ready != null && ready.missed(request);
    }

    /** Settles open sessions within a bound and closes what this filter opened. */
    @Override
    public void destroy() {
        Wiring wired = wiring;
        FilterConfig filter = place;
        meter = null;
        wiring = null;
        place = null;
        if (filter != null) {
            filter.getServletContext().removeAttribute(HandshakeFilter.attribute(filter.getFilterName()));
        }
        if (wired != null) {
            wired.close();
        }
    }

    /** What an application gives to a {@link MeteringFilter}. Not thread-safe. */
    public static final class Builder {

        private @Nullable MeteringConfig config;
        private @Nullable UsageTracker tracker;
        private @Nullable LicenseKeyResolver resolver;
        private MeteringListener listener = MeteringListener.NONE;

        private Builder() {}

        /**
         * Settings, instead of those of the process; init-params of the filter are then not read.
         *
         * @param settings read and checked
         * @return this
         */
        public Builder config(MeteringConfig settings) {
            config = settings;
            return this;
        }

        /**
         * The application's own tracker. The filter does not close it.
         *
         * @param own running
         * @return this
         */
        public Builder tracker(UsageTracker own) {
            tracker = own;
            return this;
        }

        /**
         * Tells which license a request belongs to.
         *
         * @param own asked before any other place
         * @return this
         */
        public Builder resolver(LicenseKeyResolver own) {
            resolver = own;
            return this;
        }

        /**
         * Is told what happens to sessions and balances, by the tracker that the filter builds; a tracker that the
         * application built has its own listener.
         *
         * @param own called from the tracker's threads
         * @return this
         */
        public Builder listener(MeteringListener own) {
            listener = own;
            return this;
        }

        /**
         * Makes the filter. It begins to work when the container calls {@link MeteringFilter#init}.
         *
         * @return a filter to register with {@code ServletContext.addFilter} or to return as a bean
         */
        public MeteringFilter build() {
            Builder copy = new Builder();
            copy.config = config;
            copy.tracker = tracker;
            copy.resolver = resolver;
            copy.listener = listener;
            return new MeteringFilter(copy);
        }
    }
}
