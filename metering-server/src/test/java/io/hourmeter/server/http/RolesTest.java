package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.server.http.TestServer.Reply;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call by every kind of caller, once tokens are configured. */
class RolesTest {

    private static final String[] ADMIN = {"Authorization", "Bearer the-admin"};

    @AutoClose
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.withTokens(folder);
    }

    /**
     * One call.
     *
     * @param line method and path; KEY or ID stands for the license
     * @param body null for none
     * @param lowest the least scope that may call: key, usage, credit or admin; none for anybody
     * @param success the status for those who may
     */
    record Row(String line, String body, String lowest, int success) {}

    static Stream<Row> rows() {
        String create = "{\"email\":\"a@example.com\"";
        return Stream.of(
                new Row("POST /api/licenses", create + "}", "credit", 201),
                new Row("POST /api/licenses", create + ",\"hours\":0}", "credit", 201),
                new Row("POST /api/licenses", create + ",\"hours\":1}", "admin", 201),
                new Row("GET /api/licenses", null, "admin", 200),
                new Row("POST /api/licenses/lookup", "{\"license_key\":\"KEY\"}", "key", 200),
                new Row("POST /api/licenses/lookup", "{\"license_key\":\"ID\"}", "usage", 200),
                new Row("GET /api/licenses/KEY", null, "key", 200),
                new Row("GET /api/licenses/ID", null, "usage", 200),
                new Row("POST /api/licenses/KEY/validate", null, "key", 200),
                new Row("POST /api/licenses/ID/validate", null, "usage", 200),
                new Row("GET /api/licenses/KEY/hours", null, "key", 200),
                new Row("GET /api/licenses/ID/hours", null, "usage", 200),
                new Row("GET /api/licenses/KEY/history", null, "key", 200),
                new Row("GET /api/licenses/ID/history", null, "usage", 200),
                new Row("POST /api/licenses/KEY/usage", "{\"hours\":0.1}", "usage", 200),
                new Row("POST /api/licenses/ID/usage", "{\"hours\":0.1}", "usage", 200),
                new Row("POST /api/usage", UsageCallTest.message(""), "usage", 200),
                new Row("POST /api/licenses/KEY/hours", "{\"hours\":1}", "credit", 200),
                new Row("POST /api/licenses/ID/hours", "{\"hours\":1}", "credit", 200),
                new Row(
                        "POST /api/licenses/KEY/reversals",
                        "{\"purchase\":\"p\",\"object\":\"re\",\"version\":1,\"part\":1,\"whole\":1}",
                        "credit",
                        200),
                new Row("PATCH /api/licenses/KEY", "{\"status\":\"active\"}", "admin", 200),
                new Row("POST /api/licenses/KEY/rotate", null, "admin", 201),
                new Row("GET /metrics", null, "admin", 200),
                new Row("GET /api/health", null, "none", 200));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void everyCallAsksForItsScope(Row row) {
        for (Map.Entry<String, String> caller : callers().entrySet()) {
            JsonNode license = server.create("1", ADMIN);
            server.post(path(license, "KEY") + "/hours", "{\"hours\":1}", with(ADMIN, "Idempotency-Key", "p"));
            String before = server.dump();
            Reply reply = send(row, license, caller.getValue());
            String what = row + " by " + caller.getKey() + ": " + reply.text();
            int rank = rank(caller.getKey());
            if (rank >= rank(row.lowest())) {
                assertThat(reply.status()).as(what).isEqualTo(row.success());
            } else if (rank <= rank("key")) {
                assertThat(reply.status()).as(what).isEqualTo(401);
                assertThat(reply.code()).isEqualTo("UNAUTHORIZED");
                assertThat(reply.header("WWW-Authenticate")).startsWith("Bearer");
                assertThat(server.dump()).as(what).isEqualTo(before);
            } else {
                assertThat(reply.status()).as(what).isEqualTo(403);
                assertThat(reply.code()).isEqualTo("FORBIDDEN");
                assertThat(server.dump()).as(what).isEqualTo(before);
            }
        }
    }

    @Test
    void usageCanNeverAddHours() {
        JsonNode license = server.create("1", ADMIN);
        String[] usage = {"Authorization", "Bearer the-usage"};
        for (String by : List.of("KEY", "ID")) {
            assertThat(server.post(path(license, by) + "/hours", "{\"hours\":1}", usage)
                            .status())
                    .isEqualTo(403);
            assertThat(server.post(path(license, by) + "/usage", "{\"hours\":-1}", usage)
                            .status())
                    .isEqualTo(400);
            assertThat(server.post(
                                    path(license, by) + "/reversals",
                                    "{\"purchase\":\"p\",\"object\":\"re\",\"version\":1,\"part\":0,\"whole\":1}",
                                    usage)
                            .status())
                    .isEqualTo(403);
        }
        assertThat(server.post("/api/licenses", "{\"email\":\"a@example.com\",\"hours\":1}", usage)
                        .status())
                .isEqualTo(403);
        assertThat(server.get(path(license, "KEY") + "/hours")
                        .body()
                        .path("hours_remaining")
                        .asText())
                .isEqualTo("1");
    }

    @Test
    void usageHasNoUseOfThePaymentsKeys() {
        JsonNode license = server.create("1", ADMIN);
        String usage = path(license, "KEY") + "/usage";
        String[] key = {"Idempotency-Key", "stripe:cs_1"};
        String before = server.dump();
        Reply refused = server.post(usage, "{\"hours\":0.1}", with(key, "Authorization", "Bearer the-usage"));
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.detail()).contains("credit");
        assertThat(server.dump()).isEqualTo(before);
        assertThat(server.post(usage, "{\"hours\":0.1}", with(key, "Authorization", "Bearer the-credit"))
                        .status())
                .isEqualTo(200);
        assertThat(server.post(path(license, "KEY") + "/hours", "{\"hours\":1}", with(key, ADMIN))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void onlyAdministratorsLearnWhoHoldsALicense() {
        JsonNode license = server.create("1", ADMIN);
        String lookup = filled("{\"license_key\":\"KEY\"}", license);
        callers().forEach((caller, authorization) -> {
            String[] headers = authorization == null ? new String[0] : new String[] {"Authorization", authorization};
            for (Reply reply : List.of(
                    server.get(path(license, "KEY"), headers),
                    server.post("/api/licenses/lookup", lookup, headers),
                    server.post(path(license, "KEY") + "/validate", "{}", headers))) {
                boolean told = caller.equals("admin") && !reply.body().has("valid");
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.body().at("/license/customer/email").asText())
                        .as(caller + " " + reply.text())
                        .isEqualTo(told ? "ann@example.com" : "");
                assertThat(reply.text().contains("ann@example.com")).isEqualTo(told);
            }
        });
        JsonNode listed = server.get("/api/licenses?limit=1", ADMIN).body().at("/licenses/0");
        assertThat(listed.at("/customer/company").asText()).isEqualTo("Example");
        assertThat(listed.path("key").asText()).endsWith("…");
    }

    @Test
    void everyTokenOfAListWorksWhileTheyAreRotated() {
        assertThat(server.get("/api/licenses", "Authorization", "Bearer old-admin")
                        .status())
                .isEqualTo(200);
        assertThat(server.get("/api/licenses", "Authorization", "bearer  the-admin ")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aTokenIsTakenFromOneBearerHeaderOnly() {
        for (String value :
                List.of("the-admin", "Basic the-admin", "Bearer", "Bearer the-admin x", "Bearer THE-ADMIN")) {
            assertThat(server.get("/api/licenses", "Authorization", value).status())
                    .as(value)
                    .isEqualTo(401);
        }
        assertThat(server.get("/api/licenses", "Authorization", "Bearer the-admin", "Authorization", "Bearer the-admin")
                        .status())
                .isEqualTo(401);
        assertThat(server.get("/api/licenses?token=the-admin&access_token=the-admin")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void withTokensTheHostOfTheRequestDoesNotMatter() throws Exception {
        assertThat(server.raw("GET /api/health HTTP/1.1\r\nHost: licenses.example.com\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    private static Map<String, String> callers() {
        Map<String, String> callers = new LinkedHashMap<>();
        callers.put("key", null);
        callers.put("unknown", "Bearer of-nobody");
        callers.put("usage", "Bearer the-usage");
        callers.put("credit", "Bearer the-credit");
        callers.put("admin", "Bearer the-admin");
        return callers;
    }

    /** A token that is unknown is worth as much as none: then the key alone speaks. */
    private static int rank(String scope) {
        return switch (scope) {
            case "none" -> 0;
            case "key", "unknown" -> 1;
            case "usage" -> 2;
            case "credit" -> 3;
            case "admin" -> 4;
            default -> throw new AssertionError(scope);
        };
    }

    private static Reply send(Row row, JsonNode license, String authorization) {
        String[] words = filled(row.line(), license).split(" ", 2);
        String body = row.body() == null ? null : filled(row.body(), license);
        return authorization == null
                ? server.send(words[0], words[1], body)
                : server.send(words[0], words[1], body, "Authorization", authorization);
    }

    private static String filled(String text, JsonNode license) {
        return text.replace("KEY", license.path("key").asText())
                .replace("ID", license.path("id").asText());
    }

    private static String path(JsonNode license, String by) {
        return filled("/api/licenses/" + by, license);
    }

    private static String[] with(String[] headers, String... more) {
        return Stream.concat(Stream.of(headers), Stream.of(more)).toArray(String[]::new);
    }
}
