package io.hourmeter.stripe.web;

import io.hourmeter.Balance;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseRef;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.ServerKind;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the servlet works with: the settings, and a client and a tracker that belong to the application's filter where
 * there is one. Closes only what it opened itself.
 */
final class Wiring implements AutoCloseable {

    /** Context attribute: the tracker of the application. */
    static final String TRACKER = "io.hourmeter.UsageTracker";
    /** Context attribute: the client that the tracker uses. */
    static final String CLIENT = "io.hourmeter.LicenseClient";
    /** Context attribute: the settings that the filter read. */
    static final String CONFIG = "io.hourmeter.MeteringConfig";

    private final ServletContext context;
    private final MeteringConfig config;
    private final LicenseClient client;
    private final boolean ownClient;

    private Wiring(ServletContext context, MeteringConfig config, LicenseClient client, boolean ownClient) {
        this.context = context;
        this.config = config;
        this.client = client;
        this.ownClient = ownClient;
    }

    static Wiring of(ServletConfig servlet) {
        ServletContext context = servlet.getServletContext();
        MeteringConfig config = config(servlet, context);
        LicenseClient shared = (LicenseClient) context.getAttribute(CLIENT);
        if (shared != null && sameToken(config)) {
            return new Wiring(context, config, shared, false);
        }
        return new Wiring(context, config, LicenseClients.openForPayments(config), true);
    }

    /** Init-params of this servlet must not be lost because a filter has read the settings before. */
    private static MeteringConfig config(ServletConfig servlet, ServletContext context) {
        Map<String, String> initParams = new LinkedHashMap<>();
        for (String name : Collections.list(servlet.getInitParameterNames())) {
            initParams.put(name, servlet.getInitParameter(name));
        }
        MeteringConfig shared = (MeteringConfig) context.getAttribute(CONFIG);
        if (shared != null && initParams.isEmpty()) {
            return shared;
        }
        MeteringConfig own = MeteringConfig.load(initParams);
        own.log();
        return own;
    }

    /** Whether what the filter's client may do is also what the payments may do. */
    private static boolean sameToken(MeteringConfig config) {
        byte[] payments = config.paymentToken().getBytes(StandardCharsets.UTF_8);
        byte[] metering = config.get(Settings.SERVER_TOKEN).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(payments, metering);
    }

    MeteringConfig config() {
        return config;
    }

    LicenseClient client() {
        return client;
    }

    /** Who has logged in, where the application has a login of its own. */
    LoginLicense login() {
        return new LoginLicense(context);
    }

    /** Whether the license server only validates, tells hours and deducts: it takes no hours, and keeps no history. */
    boolean olderServer() {
        return config.get(Settings.SERVER_KIND) == ServerKind.OLDER;
    }

    /** Brings the balance of a license up to this second, as far as this application knows its use. */
    void report(LicenseRef license) {
        // Asked each time: an application may publish its tracker after this servlet was initialized.
        UsageTracker tracker = (UsageTracker) context.getAttribute(TRACKER);
        if (tracker != null) {
            tracker.report(license);
        }
    }

    /** Hours were added: who was refused for the lack of them is served at once, and the application's listener told. */
    void credited(LicenseId license, Balance balance) {
        UsageTracker tracker = (UsageTracker) context.getAttribute(TRACKER);
        if (tracker != null) {
            tracker.credited(license, balance);
        }
    }

    /** The path of the application as the container was told it, not as a client wrote it. */
    String contextPath() {
        return context.getContextPath();
    }

    @Override
    public void close() {
        if (ownClient) {
            client.close();
        }
    }
}
