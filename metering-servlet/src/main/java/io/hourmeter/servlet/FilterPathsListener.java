package io.hourmeter.servlet;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.util.EnumSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers the filter for the patterns in {@code filter.paths}, so that an application needs no line of
 * {@code web.xml}, unless the setting is empty or the application has registered a {@link MeteringFilter} itself. Then
 * leads WebSocket handshakes to the filter, whoever registered it, before the container answers them.
 *
 * <p>Declared in the web fragment of this jar; for use in code only where an embedded container reads no fragments. It
 * is a listener and no container initializer, because listeners of a fragment run after everything that an application
 * may use to register filters.
 */
public final class FilterPathsListener implements ServletContextListener {

    private static final Logger LOG = LoggerFactory.getLogger(FilterPathsListener.class);

    private static final String NAME = "io.hourmeter.MeteringFilter";

    /** For the container. */
    public FilterPathsListener() {}

    /**
     * Registers the filter where it is asked for.
     *
     * @param event the application that starts
     * @throws io.hourmeter.config.ConfigurationException if a setting is wrong; the application does not start
     */
    @Override
    public void contextInitialized(ServletContextEvent event) {
        ServletContext context = event.getServletContext();
        List<? extends FilterRegistration> own = context.getFilterRegistrations().values().stream()
                .filter(filter -> MeteringFilter.class.getName().equals(filter.getClassName()))
                .toList();
        own.forEach(filter -> HandshakeFilter.addBefore(context, filter, false));
        if (own.isEmpty()) {
            registerBySetting(context);
        }
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
        // After the declared filters: one of them may be the login that a LicenseKeyResolver asks.
        registration.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, paths.toArray(String[]::new));
        // Behind the container's no handshake would ever come to it.
        HandshakeFilter.addBefore(context, registration, true);
        LOG.info("Metering {} as filter.paths says", paths);
    }
}
