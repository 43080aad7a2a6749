package io.hourmeter.servlet;

import io.hourmeter.LicenseClient;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.usage.MeteringListener;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.ServletContext;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Settings, client and tracker of an application, shared through attributes of its ServletContext. What is there is
 * used; what is missing is opened, published, and closed again by whoever opened it.
 */
final class Wiring implements AutoCloseable {

    static final String TRACKER = "io.hourmeter.UsageTracker";
    static final String CLIENT = "io.hourmeter.LicenseClient";
    static final String CONFIG = "io.hourmeter.MeteringConfig";

    private final ServletContext context;
    private final MeteringConfig config;
    private final UsageTracker tracker;
    private final List<String> published = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    /**
     * Puts an application's metering together.
     *
     * @param givenConfig from the builder; null for the published settings, or those of this process
     * @param givenTracker from the builder; null for the published tracker, or a new one
     * @param listener told by a tracker that is built here
     * @param initParams of the filter; they are not lost because somebody else has read the settings before
     * @throws ConfigurationException if a setting is wrong
     */
    Wiring(
            ServletContext context,
            @Nullable MeteringConfig givenConfig,
            @Nullable UsageTracker givenTracker,
            MeteringListener listener,
            Map<String, String> initParams) {
        this.context = context;
        MeteringConfig shared = givenConfig != null ? givenConfig : attribute(CONFIG, MeteringConfig.class);
        if (givenConfig != null) {
            config = givenConfig;
        } else if (shared != null && initParams.isEmpty()) {
            config = shared;
        } else {
            config = MeteringConfig.load(initParams);
        }
        UsageTracker known = givenTracker != null ? givenTracker : attribute(TRACKER, UsageTracker.class);
        tracker = known != null ? known : open(shared != null ? shared : config, listener);
        if (publish(CONFIG, config)) {
            config.log();
        }
        publish(TRACKER, tracker);
    }

    MeteringConfig config() {
        return config;
    }

    UsageTracker tracker() {
        return tracker;
    }

    private UsageTracker open(MeteringConfig settings, MeteringListener listener) {
        LicenseClient client = attribute(CLIENT, LicenseClient.class);
        if (client == null) {
            client = LicenseClients.open(settings);
            opened.add(client);
            publish(CLIENT, client);
        }
        try {
            UsageTracker built = UsageTracker.builder(client, settings)
                    .journal(settings.journal(temporaryFolder()))
                    .listener(listener)
                    .build();
            opened.add(0, built);
            return built;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private @Nullable Path temporaryFolder() {
        Object folder = context.getAttribute(ServletContext.TEMPDIR);
        return folder instanceof File file ? file.toPath() : null;
    }

    private <T> @Nullable T attribute(String name, Class<T> type) {
        Object value = context.getAttribute(name);
        if (value != null && !type.isInstance(value)) {
            throw new ConfigurationException("ServletContext attribute " + name + " is a "
                    + value.getClass().getName() + ", not a " + type.getName());
        }
        return type.cast(value);
    }

    /** Sets an attribute that is not there; withdrawn with the rest. Returns whether it was not there. */
    boolean publish(String name, Object value) {
        if (context.getAttribute(name) != null) {
            return false;
        }
        context.setAttribute(name, value);
        published.add(name);
        return true;
    }

    /** Withdraws what was published and closes what was opened, the tracker first: it still reports. */
    @Override
    public void close() {
        published.forEach(context::removeAttribute);
        published.clear();
        for (AutoCloseable each : opened) {
            if (each instanceof UsageTracker own) {
                own.close();
            } else if (each instanceof LicenseClient own) {
                own.close();
            }
        }
        opened.clear();
    }
}
