package io.hourmeter.server;

import io.hourmeter.LicenseClient;
import io.hourmeter.client.HttpLicenseClient;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The client over HTTP, with a token, against a server in the same process. */
class HttpLicenseClientTest extends LicenseClientContract {

    @TempDir
    Path folder;

    private LicenseServer server;

    @Override
    protected LicenseClient open() {
        return open("forgive");
    }

    @Override
    protected LicenseClient openOwing() {
        server.close();
        return open("owe");
    }

    private LicenseClient open(String uncollected) {
        server = LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .set(Settings.ADMIN_TOKENS, "the-admin")
                .set(Settings.OUTAGE_UNCOLLECTED, uncollected)
                .build());
        return HttpLicenseClient.builder(server.url().toString())
                .token("the-admin")
                .timeout(Duration.ofSeconds(30))
                .build();
    }

    @AfterEach
    void stop() {
        server.close();
    }
}
