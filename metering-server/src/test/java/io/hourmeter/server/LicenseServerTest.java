package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The license server inside an application. */
class LicenseServerTest {

    private static final NewLicense TEN_HOURS =
            NewLicense.of(new Customer("ann@example.com", "", ""), Duration.ofHours(10));

    @TempDir
    Path folder;

    @Test
    void clientAndPortServeTheSameBalances() throws Exception {
        try (LicenseServer server = LicenseServer.start(config(0))) {
            CreatedLicense created = server.client().create(TEN_HOURS, null);
            assertThat(hours(server, created)).contains("\"hours_remaining\":10,");
            server.client().addHours(created.key(), Duration.ofMinutes(30), null, "", "");
            assertThat(hours(server, created)).contains("\"hours_remaining\":10.5,");
        }
    }

    @Test
    void anEmbeddedClientOfTheSameDatabaseSharesItsLedger() throws Exception {
        try (LicenseClient embedded = EmbeddedLicenseClient.open(config(0));
                LicenseServer server = LicenseServer.start(config(0))) {
            CreatedLicense created = embedded.create(TEN_HOURS, null);
            assertThat(hours(server, created)).contains("\"hours_remaining\":10,");
            server.close();
            assertThat(embedded.hoursRemaining(created.key()).remainingMillis())
                    .isEqualTo(Duration.ofHours(10).toMillis());
        }
    }

    @Test
    void closeTwiceIsCloseOnceAndFreesThePort() throws Exception {
        LicenseServer server = LicenseServer.start(config(0));
        int port = server.port();
        server.close();
        server.close();
        try (LicenseServer again = LicenseServer.start(config(port))) {
            assertThat(again.port()).isEqualTo(port);
            assertThat(again.url()).isEqualTo(URI.create("http://127.0.0.1:" + port));
        }
    }

    @Test
    void aBusyPortIsToldBeforeAnythingIsOpened() throws Exception {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> LicenseServer.start(config(busy.getLocalPort())))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("license.server.port=" + busy.getLocalPort())
                    .hasMessageContaining("in use");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aDatabaseThatCannotBeOpenedFreesThePort() throws Exception {
        Files.writeString(folder.resolve("licenses.db"), "this is no database ".repeat(100));
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        assertThatThrownBy(() -> LicenseServer.start(config(port)))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .hasMessageContaining("licenses.db");
        new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1")).close();
    }

    private MeteringConfig config(int port) {
        return MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, String.valueOf(port))
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .build();
    }

    private static String hours(LicenseServer server, CreatedLicense created) throws Exception {
        URI uri = server.url().resolve("/api/licenses/" + created.key().text() + "/hours");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
