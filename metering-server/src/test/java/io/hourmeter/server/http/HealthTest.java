package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.http.TestServer.Reply;
import io.hourmeter.server.ledger.SmallDisk;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Healthy is a server that can write. */
class HealthTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-30T12:00:00.123456Z"), ZoneOffset.UTC);

    @TempDir
    Path folder;

    @Test
    void healthIsWhatTheLedgersTrialSaysAtTheMoment() throws Exception {
        AtomicReference<Optional<String>> trouble = new AtomicReference<>(Optional.empty());
        LicenseHttpServer server = LicenseHttpServer.bind(
                MeteringConfig.builder().set(Settings.LICENSE_SERVER_PORT, "0").build());
        try (server) {
            server.serve(new HealthResource(trouble::get, CLOCK).routes());
            assertThat(health(server).statusCode()).isEqualTo(200);
            assertThat(health(server).body())
                    .isEqualTo("{\"status\":\"healthy\",\"timestamp\":\"2026-11-30T12:00:00.123Z\"}");
            trouble.set(Optional.of("the disk is full"));
            assertThat(health(server).statusCode()).isEqualTo(503);
            assertThat(health(server).body())
                    .isEqualTo("{\"status\":\"unhealthy\",\"timestamp\":\"2026-11-30T12:00:00.123Z\","
                            + "\"reason\":\"the disk is full\"}");
            trouble.set(Optional.empty());
            assertThat(health(server).statusCode()).isEqualTo(200);
        }
    }

    /** The trial counts for a second of real time, so this takes some. */
    @Test
    @Tag("full")
    @Timeout(60)
    void aServerWhoseDiskIsFullIsNotHealthyUntilThereIsRoomAgain() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"));
                TestServer server = TestServer.start(disk.path())) {
            String hours = "/api/licenses/" + server.createKey("1") + "/hours";
            assertThat(server.get("/api/health").status()).isEqualTo(200);
            disk.fill();
            // What the write-ahead log has of room is used up first.
            while (server.post(hours, "{\"hours\":1}").status() == 200) {
                assertThat(server.get(hours).status()).isEqualTo(200);
            }
            Reply refused = server.post(hours, "{\"hours\":1}");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.code()).isEqualTo("BUSY");
            Reply sick = await(server, 503);
            assertThat(sick.body().path("status").asText()).isEqualTo("unhealthy");
            assertThat(sick.body().path("reason").asText()).isEqualTo("the disk is full");
            assertThat(server.get(hours).status()).as("reading goes on").isEqualTo(200);
            disk.free();
            await(server, 200);
            assertThat(server.post(hours, "{\"hours\":1}").status()).isEqualTo(200);
        }
    }

    private static Reply await(TestServer server, int status) throws InterruptedException {
        while (true) {
            Reply reply = server.get("/api/health");
            if (reply.status() == status) {
                return reply;
            }
            Thread.sleep(Duration.ofMillis(100).toMillis());
        }
    }

    private static HttpResponse<String> health(LicenseHttpServer server) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.port() + "/api/health");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
}
