package io.hourmeter.server;

import io.hourmeter.LicenseClient;
import io.hourmeter.client.LicenseClientProvider;
import io.hourmeter.config.MeteringConfig;

/** How {@code license.server.url=embedded} finds {@link EmbeddedLicenseClient}; for {@link java.util.ServiceLoader}. */
public final class EmbeddedLicenseClientProvider implements LicenseClientProvider {

    /** Called by the service loader. */
    public EmbeddedLicenseClientProvider() {}

    @Override
    public LicenseClient open(MeteringConfig config) {
        return EmbeddedLicenseClient.open(config);
    }
}
