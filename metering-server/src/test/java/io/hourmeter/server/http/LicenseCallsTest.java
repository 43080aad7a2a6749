package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.server.http.TestServer.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the calls answer, member by member. */
class LicenseCallsTest {

    @AutoClose
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.start(folder);
    }

    @Test
    void aLicenseIsCreatedStandardWithoutHoursAndWithoutEnd() {
        Reply reply = server.post("/api/licenses", "{\"email\":\" ann@example.com \"}");
        assertThat(reply.status()).isEqualTo(201);
        JsonNode license = reply.body().path("license");
        assertThat(reply.header("Location"))
                .isEqualTo("/api/licenses/" + license.path("id").asText());
        assertThat(license.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "id",
                        "key",
                        "customer",
                        "type",
                        "status",
                        "created",
                        "expires",
                        "hours_remaining",
                        "purchased_hours",
                        "used_hours",
                        "held_hours",
                        "as_of");
        assertThat(license.path("customer").toString())
                .isEqualTo("{\"email\":\"ann@example.com\",\"company\":\"\",\"name\":\"\"}");
        assertThat(license.path("type").asText()).isEqualTo("standard");
        assertThat(license.path("status").asText()).isEqualTo("active");
        assertThat(license.path("expires").isNull()).isTrue();
        assertThat(license.path("hours_remaining").asText()).isEqualTo("0");
    }

    @Test
    void theEndIsGivenAsAnInstantOrInDays() {
        JsonNode license = license("\"type\":\"Édition d'essai\",\"expires\":\"2031-01-31T02:00:00+02:00\"");
        assertThat(license.path("expires").asText()).isEqualTo("2031-01-31T00:00:00Z");
        assertThat(license.path("type").asText()).isEqualTo("Édition d'essai");
        JsonNode thirtyDays = license("\"duration_days\":30");
        assertThat(Instant.parse(thirtyDays.path("expires").asText()))
                .isEqualTo(Instant.parse(thirtyDays.path("created").asText()).plus(Duration.ofDays(30)));
    }

    @Test
    void statusAndEndAreChangedTogetherAndTheEndIsTakenAway() {
        String path = "/api/licenses/" + server.createKey("1");
        JsonNode both = patched(path, "{\"status\":\"suspended\",\"expires\":\"2031-01-31T00:00:00Z\"}");
        assertThat(both.path("status").asText()).isEqualTo("suspended");
        assertThat(both.path("expires").asText()).isEqualTo("2031-01-31T00:00:00Z");
        assertThat(both.path("hours_remaining").asText()).isEqualTo("1");
        JsonNode status = patched(path, "{\"status\":\"active\"}");
        assertThat(status.path("status").asText()).isEqualTo("active");
        assertThat(status.path("expires").asText()).isEqualTo("2031-01-31T00:00:00Z");
        JsonNode end = patched(path, "{\"expires\":null}");
        assertThat(end.path("expires").isNull()).isTrue();
        assertThat(end.path("status").asText()).isEqualTo("active");
    }

    @Test
    void rotatingEndsTheOldKeyAtOnceOrAfterTheGrace() {
        JsonNode created = server.create("5");
        String first = created.path("key").asText();
        Reply rotated = server.send("POST", "/api/licenses/" + first + "/rotate", null);
        assertThat(rotated.status()).isEqualTo(201);
        assertThat(rotated.body().path("success").booleanValue()).isTrue();
        JsonNode license = rotated.body().path("license");
        String second = license.path("key").asText();
        assertThat(second).isNotEqualTo(first).hasSameSizeAs(first);
        assertThat(license.path("id")).isEqualTo(created.path("id"));
        assertThat(license.path("hours_remaining").asText()).isEqualTo("5");
        assertThat(server.get("/api/licenses/" + first).status()).isEqualTo(404);

        Reply again = server.post("/api/licenses/" + second + "/rotate", "{\"grace\":\"24h\"}");
        String third = again.body().at("/license/key").asText();
        assertThat(Duration.between(
                        Instant.parse(again.body().at("/license/as_of").asText()),
                        Instant.parse(again.body().path("old_key_ends").asText())))
                .isEqualTo(Duration.ofHours(24));
        for (String key : List.of(second, third)) {
            Reply read = server.get("/api/licenses/" + key);
            assertThat(read.status()).isEqualTo(200);
            assertThat(read.body().at("/license/key").asText())
                    .as("masked, and the newest")
                    .isEqualTo(third.substring(0, 7) + "…");
        }
    }

    @Test
    void validateOnlyReads() {
        String key = server.createKey("1");
        String before = server.dump();
        for (int i = 0; i < 3; i++) {
            assertThat(server.post("/api/licenses/" + key + "/validate", "{}").status())
                    .isEqualTo(200);
        }
        assertThat(server.dump()).isEqualTo(before);
    }

    @Test
    void everyBalanceTellsWhatIsHeldAndWhen() {
        String path = "/api/licenses/" + server.createKey("2");
        for (JsonNode balance : List.of(
                server.get(path).body().path("license"),
                server.post(path + "/validate", "{}").body().path("license"),
                server.get(path + "/hours").body(),
                server.post(path + "/hours", "{\"hours\":1}").body(),
                server.post(path + "/usage", "{\"hours\":0.25}").body())) {
            assertThat(balance.fieldNames())
                    .toIterable()
                    .contains("hours_remaining", "purchased_hours", "used_hours", "held_hours", "as_of");
            assertThat(Instant.parse(balance.path("as_of").asText()))
                    .isBefore(Instant.now().plusSeconds(5));
        }
    }

    /** Hours as programs write them; in milliseconds, half up. */
    @ParameterizedTest
    @CsvSource({
        "1.1400000000000001,        1.14",
        "0.30000000000000004,       0.3",
        "0.1000000000000000055511,  0.1",
        "14.499999999999998,        14.5",
        "2.675,                     2.675",
        "1E-6,                      0.0000011111",
        "1e2,                       100",
        "0.000000138888888889,      0.0000002778",
        "0.00000041666666,          0.0000002778",
        "0.00000041666667,          0.0000005556",
        "999999.9999999999,         1000000",
        "1000000.0,                 1000000"
    })
    void hoursAreRoundedToMilliseconds(String given, String kept) {
        String key = server.createKey("0");
        Reply reply = server.post("/api/licenses/" + key + "/hours", "{\"hours\":" + given + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.text()).contains("\"hours_added\":" + kept + ",", "\"hours_remaining\":" + kept + ",");
    }

    private static JsonNode license(String members) {
        Reply reply = server.post("/api/licenses", "{\"email\":\"ann@example.com\"," + members + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(201);
        return reply.body().path("license");
    }

    private static JsonNode patched(String path, String body) {
        Reply reply = server.send("PATCH", path, body);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        assertThat(reply.body().path("success").booleanValue()).isTrue();
        return reply.body().path("license");
    }
}
