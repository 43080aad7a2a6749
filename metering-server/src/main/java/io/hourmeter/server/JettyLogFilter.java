package io.hourmeter.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggerContextListener;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Keeps what comes over the wire out of the license server's log, whatever levels are configured: below INFO, Jetty logs
 * heads and bodies, and with them tokens and keys. Thread-safe.
 */
final class JettyLogFilter extends TurboFilter {

    private static final String LOGBACK = "ch.qos.logback.classic.LoggerContext";
    private static final String JETTY = "org.eclipse.jetty";

    /** They warn of malformed requests, and quote them. */
    private static final String PARSER = "org.eclipse.jetty.http.";

    private static final String HOST = "org.eclipse.jetty.util.HostPort";

    private JettyLogFilter() {}

    /** Filters what this program logs. Does nothing with another backend than the one of the runnable jar. */
    static void install() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        // By name: with another backend the class may be missing.
        if (factory.getClass().getName().equals(LOGBACK)) {
            install((LoggerContext) factory);
        }
    }

    static void install(LoggerContext context) {
        add(context);
        context.addListener(new LoggerContextListener() {
            @Override
            public boolean isResetResistant() {
                return true;
            }

            @Override
            public void onReset(LoggerContext reset) {
                // A configuration that is read again begins without filters.
                add(reset);
            }

            @Override
            public void onStart(LoggerContext started) {}

            @Override
            public void onStop(LoggerContext stopped) {}

            @Override
            public void onLevelChange(Logger logger, Level level) {}
        });
    }

    private static void add(LoggerContext context) {
        JettyLogFilter filter = new JettyLogFilter();
        filter.setContext(context);
        filter.start();
        context.addTurboFilter(filter);
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] params,
            @Nullable Throwable thrown) {
        String name = logger.getName();
        if (!name.startsWith(JETTY)) {
            return FilterReply.NEUTRAL;
        }
        Level least = name.startsWith(PARSER) || name.equals(HOST) ? Level.ERROR : Level.INFO;
        return level.isGreaterOrEqual(least) ? FilterReply.NEUTRAL : FilterReply.DENY;
    }
}
