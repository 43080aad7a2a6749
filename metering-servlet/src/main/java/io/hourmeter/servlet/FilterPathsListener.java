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
 * {@code web.xml}. Declared in the web fragment of this jar; not for use in code.
 *
 * <p>Does nothing when the setting is empty, or when the application has registered a {@link MeteringFilter} itself. It
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
        if (registered(context)) {
            return;
        }
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
        LOG.info("Metering {} as filter.paths says", paths);
    }

    private static boolean registered(ServletContext context) {
        return context.getFilterRegistrations().values().stream()
                .anyMatch(filter -> MeteringFilter.class.getName().equals(filter.getClassName()));
    }
}
