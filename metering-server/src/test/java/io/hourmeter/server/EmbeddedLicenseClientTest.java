package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseClient;
import io.hourmeter.client.LicenseClientProvider;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedLicenseClientTest extends LicenseClientContract {

    @TempDir
    Path folder;

    @Override
    protected LicenseClient open() {
        return EmbeddedLicenseClient.open(config());
    }

    @Override
    protected LicenseClient openOwing() {
        return EmbeddedLicenseClient.open(
                config().toBuilder().set(Settings.OUTAGE_UNCOLLECTED, "owe").build());
    }

    private MeteringConfig config() {
        return MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("data/licenses.db"))
                .set(Settings.SERVER_TIMEOUT, "30s")
                .build();
    }

    @Test
    void isFoundByTheServiceLoader() {
        LicenseClientProvider provider =
                ServiceLoader.load(LicenseClientProvider.class).findFirst().orElseThrow();
        try (LicenseClient second = provider.open(config())) {
            assertThat(second.validate(create(java.time.Duration.ofHours(1)).key())
                            .valid())
                    .isTrue();
        }
    }
}
