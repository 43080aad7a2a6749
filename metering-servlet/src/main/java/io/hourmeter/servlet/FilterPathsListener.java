package io.hourmeter.servlet;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.LibraryVersions;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers the filter for the patterns in {@code filter.paths}, so that an application needs no line of
 * {@code web.xml}, unless the setting is empty or the application has registered a {@link MeteringFilter} itself. Then
 * has forwards and asynchronous dispatches pass the filter too, whoever registered it, and leads WebSocket handshakes to
 * it before the container answers them.
 *
 * <p>Declared in the web fragment of this jar; for use in code only where an embedded container reads no fragments. It
 * is a listener and no container initializer, because listeners of a fragment run after everything that an application
 * may use to register filters.
 */
public final class FilterPathsListener implements ServletContextListener {

    /** By which a request comes to a path from elsewhere in the application. */
    private static final Set<DispatcherType> FROM_ELSEWHERE = Set.of(DispatcherType.FORWARD, DispatcherType.ASYNC);

    /** By which a request comes to a path. */
    static final Set<DispatcherType> DISPATCHES =
            Set.of(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC);

    private static final String NAME = "io.hourmeter.MeteringFilter";

    /** For the container. */
    public FilterPathsListener() {}

    /**
     * Registers the filter where it is asked for.
     *
     * @param event the application that starts
     * @throws io.hourmeter.config.ConfigurationException if a setting is wrong; the application does not start
     * @throws IllegalStateException if a library is missing or too old; the application does not start
     */
    @Override
    public void contextInitialized(ServletContextEvent event) {
        LibraryVersions.requireCore();
        ServletContext context = event.getServletContext();
        List<? extends FilterRegistration> own = context.getFilterRegistrations().values().stream()
                .filter(filter -> MeteringFilter.class.getName().equals(filter.getClassName()))
                .toList();
        own.forEach(filter -> complete(context, filter));
        if (own.isEmpty()) {
            registerBySetting(context);
        }
    }

    /**
     * A mapping without dispatchers, which is the usual one, lets a forward and an asynchronous dispatch from another path
     * go round the filter.
     */
    private static void complete(ServletContext context, FilterRegistration own) {
        try {
            Collection<String> paths = own.getUrlPatternMappings();
            if (!paths.isEmpty()) {
                own.addMappingForUrlPatterns(EnumSet.copyOf(FROM_ELSEWHERE), true, paths.toArray(String[]::new));
            }
            Collection<String> servlets = own.getServletNameMappings();
            if (!servlets.isEmpty()) {
                own.addMappingForServletNames(EnumSet.copyOf(FROM_ELSEWHERE), true, servlets.toArray(String[]::new));
            }
        } catch (IllegalStateException | UnsupportedOperationException e) {
            log().warn(
                            "The filter {} could not be mapped to forwards and asynchronous dispatches, which reach its paths"
                                    + " unmetered unless its mapping names the dispatchers FORWARD and ASYNC",
                            own.getName(),
                            e);
        }
        HandshakeFilter.addBefore(context, own);
    }

    private static void registerBySetting(ServletContext context) {
        MeteringConfig config =
                context.getAttribute(Wiring.CONFIG) instanceof MeteringConfig shared ? shared : MeteringConfig.load();
        List<String> paths = config.get(Settings.FILTER_PATHS);
        if (paths.isEmpty()) {
            return;
        }
        FilterRegistration.Dynamic registration =
                context.addFilter(NAME, MeteringFilter.builder().config(config).build());
        if (registration == null) {
            return;
        }
        registration.setAsyncSupported(true);
        // After the declared filters: one of them may be the login that a LicenseKeyResolver asks. Where there is no
        // resolver, the other filter leads every request here before them.
        registration.addMappingForUrlPatterns(EnumSet.copyOf(DISPATCHES), true, paths.toArray(String[]::new));
        HandshakeFilter.addFirst(context, registration);
        log().info("Metering {} as filter.paths says", paths);
    }

    /** Not kept: the container loads this class before anybody has checked that there is a logging API. */
    private static Logger log() {
        return LoggerFactory.getLogger(FilterPathsListener.class);
    }
}
