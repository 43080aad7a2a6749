package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.server.LicenseServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The filter hands a body on byte for byte, whether or not the key stood in it. */
@Tag("full")
class UploadEndToEndTest {

    private static final long SEED = 42;

    private Rig rig;
    private WebApp app;
    private String key;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new Rig(folder);
        LicenseServer server = rig.licenseServer(0);
        key = rig.license(server.port(), "1");
        app = rig.webApp(server.port(), Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 1_000, 65_535, 65_536, 65_537, 200_000, 3_000_000})
    void bodyArrivesAsSent(int size) throws Exception {
        byte[] body = new byte[size];
        new SplittableRandom(SEED + size).nextBytes(body);
        HttpResponse<String> answer = rig.send(rig.request(app.port(), "/api/upload")
                .header("X-License-Key", key)
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofByteArray(body)));
        assertUploaded(answer, body);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1_000, 65_535, 65_536})
    void bodyMayCarryTheKey(int size) throws Exception {
        byte[] body = jsonWithKey(size);
        HttpResponse<String> answer = rig.send(rig.request(app.port(), "/api/upload")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body)));
        assertUploaded(answer, body);
    }

    @Test
    void keyInALargerBodyIsNotLookedFor() {
        HttpResponse<String> answer = rig.send(rig.request(app.port(), "/api/upload")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(jsonWithKey(65_537))));
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(Rig.json(answer).get("code").asText()).isEqualTo("LICENSE_REQUIRED");
    }

    private byte[] jsonWithKey(int size) {
        String head = "{\"license_key\":\"" + key + "\",\"data\":\"";
        String tail = "\"}";
        return (head + "x".repeat(size - head.length() - tail.length()) + tail).getBytes(StandardCharsets.US_ASCII);
    }

    private static void assertUploaded(HttpResponse<String> answer, byte[] body) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode upload = Rig.json(answer);
        assertThat(upload.get("bytes").asInt()).isEqualTo(body.length);
        assertThat(upload.get("sha256").asText())
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(body)));
    }
}
