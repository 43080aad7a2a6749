package io.hourmeter.examples.webapp;

import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseServerException;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Program;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import io.hourmeter.test.stripe.StripeStandIn;
import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The running application: the web server, and with {@code license.server.url=embedded} the license server on the same
 * ledger. Several can run in one JVM, on ports of their own. Thread-safe.
 */
public final class WebApp implements AutoCloseable {

    /** Value of {@code license.server.url} for a license server in this process. */
    static final String EMBEDDED = "embedded";

    /** Only programs on this machine are served: the application speaks plain HTTP. */
    static final String HOST = "127.0.0.1";

    private final MeteringConfig config;
    private final @Nullable LicenseServer licenseServer;
    private final @Nullable DemoLicense demo;
    private final @Nullable StripeStandIn stripe;
    private final Site site;

    private WebApp(
            MeteringConfig config,
            @Nullable LicenseServer licenseServer,
            @Nullable DemoLicense demo,
            @Nullable StripeStandIn stripe,
            Site site) {
        this.config = config;
        this.licenseServer = licenseServer;
        this.demo = demo;
        this.stripe = stripe;
        this.site = site;
    }

    /**
     * Starts the application.
     *
     * @param config the settings; port 0 takes any free port
     * @return the running application, which the caller closes
     * @throws CannotStartException with one line for people, when the port is in use, the ledger cannot be opened or the
     *     demo license cannot be made
     * @throws io.hourmeter.config.ConfigurationException with one line for people, when a setting cannot be used
     */
    public static WebApp start(MeteringConfig config) {
        StripeStandIn stripe = config.get(Settings.WEBAPP_STRIPE).equals("stand-in") ? startStandIn() : null;
        try {
            return start(stripe == null ? config : paidAt(stripe, config), stripe);
        } catch (RuntimeException | Error e) {
            if (stripe != null) {
                stripe.close();
            }
            throw e;
        }
    }

    private static WebApp start(MeteringConfig config, @Nullable StripeStandIn stripe) {
        config.log();
        LicenseServer licenseServer =
                config.get(Settings.SERVER_URL).equals(EMBEDDED) ? startLicenseServer(config) : null;
        try {
            DemoLicense demo = config.get(Settings.WEBAPP_DEMO) ? demoLicense(config, licenseServer) : null;
            Site site = startSite(config);
            if (stripe != null) {
                stripe.deliverTo(URI.create("http://" + HOST + ":" + site.port() + "/payments/webhook"));
            }
            return new WebApp(config, licenseServer, demo, stripe, site);
        } catch (RuntimeException | Error e) {
            if (licenseServer != null) {
                licenseServer.close();
            }
            throw e;
        }
    }

    private static StripeStandIn startStandIn() {
        try {
            return StripeStandIn.start();
        } catch (IOException e) {
            throw new CannotStartException("The stand-in for Stripe cannot listen: " + e.getMessage(), e);
        }
    }

    /** The same settings with the stand-in's address and secrets: keys of a real account must not reach it. */
    private static MeteringConfig paidAt(StripeStandIn stripe, MeteringConfig config) {
        return config.toBuilder()
                .programs(Set.of(Program.APPLICATION, Program.EXAMPLE))
                .set(Settings.STRIPE_API_BASE, stripe.baseUrl())
                .set(Settings.STRIPE_SECRET_KEY, stripe.secretKey())
                .set(Settings.STRIPE_PUBLISHABLE_KEY, "pk_test_standin")
                .set(Settings.STRIPE_WEBHOOK_SECRET, stripe.webhookSecret())
                .build();
    }

    private static LicenseServer startLicenseServer(MeteringConfig config) {
        try {
            return LicenseServer.start(config);
        } catch (LicenseServerException e) {
            throw new CannotStartException(String.valueOf(e.getMessage()), e);
        }
    }

    private static DemoLicense demoLicense(MeteringConfig config, @Nullable LicenseServer licenseServer) {
        if (licenseServer != null) {
            return DemoLicense.findOrCreate(licenseServer.client());
        }
        try (LicenseClient client = LicenseClients.openForPayments(config)) {
            return DemoLicense.findOrCreate(client);
        }
    }

    private static Site startSite(MeteringConfig config) {
        int port = config.get(Settings.WEBAPP_PORT);
        try {
            return Site.start(config);
        } catch (IOException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException) {
                    throw new CannotStartException(
                            "Port " + port + " is in use: stop the program that has it, or set "
                                    + Settings.WEBAPP_PORT.key() + " (" + Settings.WEBAPP_PORT.environmentKey()
                                    + ") to a free one",
                            e);
                }
            }
            throw new CannotStartException("Cannot listen on port " + port + ": " + e.getMessage(), e);
        }
    }

    /**
     * The port of the web server.
     *
     * @return as bound, never 0
     */
    public int port() {
        return site.port();
    }

    /**
     * The port of the license server in this process.
     *
     * @return as bound; empty with a separate license server
     */
    public OptionalInt licenseServerPort() {
        return licenseServer == null ? OptionalInt.empty() : OptionalInt.of(licenseServer.port());
    }

    /**
     * Where the stand-in for Stripe shows what was bought.
     *
     * @return its address; empty when purchases go to Stripe
     */
    public Optional<String> stripeStandIn() {
        return Optional.ofNullable(stripe).map(StripeStandIn::baseUrl);
    }

    MeteringConfig config() {
        return config;
    }

    Optional<DemoLicense> demo() {
        return Optional.ofNullable(demo);
    }

    /**
     * Stops accepting requests, lets the filter settle what is open, and closes the license server last, so that what is
     * settled still finds it. Idempotent, and bounded to a few seconds.
     */
    @Override
    public void close() {
        try {
            site.close();
        } finally {
            if (stripe != null) {
                stripe.close();
            }
            if (licenseServer != null) {
                licenseServer.close();
            }
        }
    }
}
