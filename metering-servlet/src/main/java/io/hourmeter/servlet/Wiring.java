package io.hourmeter.servlet;

import io.hourmeter.LicenseClient;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.MeteringListener;
import io.hourmeter.usage.OutagePolicy;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.ServletContext;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings, client and tracker of an application, shared through attributes of its ServletContext. What is there is
 * used; what is missing is opened, published, and closed again by whoever opened it.
 */
final class Wiring implements AutoCloseable {

    static final String TRACKER = "io.hourmeter.UsageTracker";
    static final String CLIENT = "io.hourmeter.LicenseClient";
    static final String CONFIG = "io.hourmeter.MeteringConfig";

    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

    /** A crash may come just before a checkpoint, and tear the one before. */
    private static final int CHECKPOINTS_LOST = 2;

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
            UsageTracker built = settings.trackerBuilder(client, temporaryFolder())
                    .listener(listener)
                    .build();
            opened.add(0, built);
            logBounds(settings);
            return built;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** What a crash, and what an absent license server, can cost: whoever runs the application should know at the start. */
    private void logBounds(MeteringConfig settings) {
        Path journal = settings.journal(temporaryFolder());
        if (journal != null) {
            LOG.info(
                    "Crash journal in {}: after a crash at most {} s of each running session are not charged",
                    journal,
                    settings.get(Settings.JOURNAL_INTERVAL)
                            .multipliedBy(CHECKPOINTS_LOST)
                            .toSeconds());
        }
        LOG.info(
                "Without the license server sessions go on for up to {} s that are held in advance; unpaid time is then"
                        + " at most {} s per license and node",
                settings.lease().toSeconds(),
                settings.get(Settings.OUTAGE_POLICY) == OutagePolicy.ALLOW
                        ? settings.get(Settings.OUTAGE_GRACE).toSeconds()
                        : 0);
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

    private boolean publish(String name, Object value) {
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
