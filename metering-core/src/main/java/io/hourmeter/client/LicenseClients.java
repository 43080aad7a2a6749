package io.hourmeter.client;

import io.hourmeter.LicenseClient;
import io.hourmeter.config.MeteringConfig;
import java.util.ServiceLoader;

/** Opens the client that the settings ask for. */
public final class LicenseClients {

    private LicenseClients() {}

    /**
     * Opens a client with {@code license.server.token}, the token for metering.
     *
     * @param config the settings
     * @return a client that the caller closes
     */
    public static LicenseClient open(MeteringConfig config) {
        return embedded(config);
    }

    /**
     * Opens a client with {@code payment.server.token}, the token for crediting.
     *
     * @param config the settings
     * @return a client that the caller closes
     */
    public static LicenseClient openForPayments(MeteringConfig config) {
        return embedded(config);
    }

    private static LicenseClient embedded(MeteringConfig config) {
        return ServiceLoader.load(LicenseClientProvider.class)
                .findFirst()
                .orElseThrow()
                .open(config);
    }
}
