package io.hourmeter.tests.libraries;

import io.hourmeter.Customer;
import io.hourmeter.NewLicense;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.server.EmbeddedLicenseClient;
import java.time.Duration;

/** Makes a license in a ledger that is inside the application. */
final class FirstLicense {

    private FirstLicense() {}

    static String made() {
        try (EmbeddedLicenseClient client = EmbeddedLicenseClient.open(MeteringConfig.load())) {
            return client.create(
                            NewLicense.of(new Customer("a@example.com", "Example", "A"), Duration.ofHours(1)), null)
                    .key()
                    .text();
        }
    }
}
