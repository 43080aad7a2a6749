package io.hourmeter.client;

import io.hourmeter.LicenseClient;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.ServerKind;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.LibraryVersions;
import io.hourmeter.internal.Ticker;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Opens the client that the settings ask for. */
public final class LicenseClients {

    private static final String EMBEDDED = "embedded";

    private LicenseClients() {}

    /**
     * Opens a client with {@code license.server.token}, the token for metering.
     *
     * @param config the settings
     * @return a client that the caller closes
     * @throws ConfigurationException if {@code license.server.url} is {@code embedded} and no license server is on the
     *     class path, or if a setting of it is wrong
     * @throws IllegalStateException if a library is missing or too old
     */
    public static LicenseClient open(MeteringConfig config) {
        return open(config, config.get(Settings.SERVER_TOKEN));
    }

    /**
     * Opens a client with {@code payment.server.token}, the token for crediting; where that is not set with
     * {@code license.server.token}.
     *
     * @param config the settings
     * @return a client that the caller closes
     * @throws ConfigurationException as {@link #open(MeteringConfig)}
     */
    public static LicenseClient openForPayments(MeteringConfig config) {
        return open(config, config.paymentToken());
    }

    private static LicenseClient open(MeteringConfig config, String token) {
        LibraryVersions.requireCore();
        String url = config.get(Settings.SERVER_URL);
        if (url.equals(EMBEDDED)) {
            return provider().open(config);
        }
        try {
            HttpLicenseClient.Builder builder =
                    HttpLicenseClient.builder(url).token(token).timeout(config.get(Settings.SERVER_TIMEOUT));
            return config.get(Settings.SERVER_KIND) == ServerKind.OLDER
                    ? builder.buildOlder(Ticker.system())
                    : builder.build();
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(Settings.SERVER_URL + "=" + url + " cannot be used: " + e.getMessage());
        }
    }

    private static LicenseClientProvider provider() {
        try {
            // The application's class loader first, as in a web application; then the one that has this class.
            return ServiceLoader.load(LicenseClientProvider.class)
                    .findFirst()
                    .or(() -> ownProvider())
                    .orElseThrow(() -> new ConfigurationException(Settings.SERVER_URL + "=" + EMBEDDED
                            + " needs the license server in this process: put metering-server on the class path, or set"
                            + " an address like " + Settings.SERVER_URL.defaultText()));
        } catch (ServiceConfigurationError e) {
            throw new ConfigurationException(
                    Settings.SERVER_URL + "=" + EMBEDDED + " cannot be used: " + e.getMessage());
        }
    }

    private static Optional<LicenseClientProvider> ownProvider() {
        return ServiceLoader.load(LicenseClientProvider.class, LicenseClients.class.getClassLoader())
                .findFirst();
    }
}
