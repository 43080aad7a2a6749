package io.hourmeter.tests.libraries;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.NewLicense;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import java.time.Duration;

/** A program with the license server inside, which it also asks over HTTP. */
public final class LicenseServerHost {

    private LicenseServerHost() {}

    /**
     * Creates, credits and deducts; tells the hours that are left, in milliseconds.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        try (LicenseServer server = LicenseServer.start(MeteringConfig.load());
                LicenseClient client = LicenseClients.open(MeteringConfig.builder()
                        .set(Settings.SERVER_URL, server.url().toString())
                        .set(Settings.SERVER_TIMEOUT, "30s")
                        .build())) {
            CreatedLicense made = server.client()
                    .create(NewLicense.of(new Customer("a@example.com", "Example", "A"), Duration.ofHours(10)), null);
            client.addHours(made.key(), Duration.ofHours(5), "credit-1", "order 1", "bought");
            client.deductHours(made.key(), Duration.ofHours(2), "debit-1");
            System.out.println(
                    "left=" + server.client().hoursRemaining(made.key()).remainingMillis());
        }
    }
}
