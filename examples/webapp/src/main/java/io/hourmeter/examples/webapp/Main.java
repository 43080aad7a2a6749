package io.hourmeter.examples.webapp;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Program;
import io.hourmeter.config.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the example web application until SIGINT or SIGTERM. Settings come from the environment and from
 * {@code metering.properties}; arguments of the form {@code key=value} stand above both.
 */
public final class Main {

    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    /** What a signal leaves for an orderly end; the promise to the outside is 10 s, the rest is for the JVM itself. */
    private static final long CLOSING_SECONDS = 9;

    private Main() {}

    /**
     * Starts the application and waits for its end.
     *
     * @param arguments {@code key=value}, keys as in a properties file
     */
    public static void main(String[] arguments) {
        WebApp app;
        try {
            app = WebApp.start(config(arguments));
        } catch (ConfigurationException | CannotStartException e) {
            // The message is the line for the person who can mend it; a stack trace would only hide it.
            System.err.println(e.getMessage());
            System.exit(1);
            return;
        }
        closeAtShutdown(app);
        System.out.println(Greeting.of(app));
        try {
            // For ever, as the process ends by a signal. Returning would let a launcher in the same JVM tear down the
            // class loader under the closing thread, or begin with its next module.
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            app.close();
        }
    }

    static MeteringConfig config(String... arguments) {
        Map<String, String> given = new LinkedHashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 1) {
                throw new ConfigurationException(
                        "Argument " + argument + ": expected key=value, like webapp.port=8081");
            }
            given.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        MeteringConfig config = defaults(given).build();
        return config.get(Settings.WEBAPP_DEMO)
                ? demoDefaults(given, config.get(Settings.STRIPE_SECRET_KEY)).build()
                : config;
    }

    private static MeteringConfigBuilder defaults(Map<String, String> given) {
        return MeteringConfig.builder()
                .process()
                .programs(Set.of(Program.APPLICATION, Program.EXAMPLE))
                .settings("argument", given)
                .byDefault(Settings.SERVER_URL, WebApp.EMBEDDED)
                // The temporary folder of this program's container is gone after a crash; this one is not.
                .byDefault(Settings.JOURNAL, "data/journal");
    }

    /**
     * Short intervals, so that things are seen to move, and a stand-in for Stripe, unless there is a key of test mode: a
     * key of live mode moves money, which a demo does only when {@code webapp.stripe=live} says so.
     */
    private static MeteringConfigBuilder demoDefaults(Map<String, String> given, String stripeKey) {
        return defaults(given)
                .byDefault(Settings.CHECK_INTERVAL, "5s")
                .byDefault(Settings.IDLE_TIMEOUT, "30s")
                .byDefault(Settings.OVERRUN, "cut") // of /api/stream and /api/slow nothing is free
                .byDefault(Settings.WEBAPP_STRIPE, stripeKey.contains("_test_") ? "live" : "stand-in");
    }

    /** Closes within a bound, whatever hangs: a process that does not end on SIGTERM is killed, and settles nothing. */
    private static void closeAtShutdown(WebApp app) {
        CountDownLatch closed = new CountDownLatch(1);
        Thread closing = new Thread(
                () -> {
                    try {
                        app.close();
                        LOG.info("Stopped");
                    } finally {
                        closed.countDown();
                    }
                },
                "webapp-close");
        closing.setDaemon(true);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            closing.start();
                            try {
                                if (!closed.await(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                                    LOG.warn(
                                            "Not everything was closed within {} s; the journal has the rest",
                                            CLOSING_SECONDS);
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "webapp-shutdown"));
    }
}
