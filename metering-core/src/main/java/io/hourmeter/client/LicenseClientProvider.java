package io.hourmeter.client;

import io.hourmeter.LicenseClient;
import io.hourmeter.config.MeteringConfig;

/**
 * Opens a license server inside this process. Found by {@link java.util.ServiceLoader} when
 * {@code license.server.url=embedded}; metering-server provides one.
 */
public interface LicenseClientProvider {

    /**
     * Opens the server's ledger.
     *
     * @param config where it is, and how it is set
     * @return a client that the caller closes
     */
    LicenseClient open(MeteringConfig config);
}
