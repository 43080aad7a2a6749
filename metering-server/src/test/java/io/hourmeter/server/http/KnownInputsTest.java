package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.http.TestServer.Reply;
import io.hourmeter.server.ledger.Ledger;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call with members and query parameters that it does not know. */
class KnownInputsTest {

    @AutoClose
    private static TestServer server;

    private static String key;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.start(folder);
        key = server.createKey("10");
        server.post("/api/licenses/" + key + "/hours", "{\"hours\":1}", "Idempotency-Key", "purchase-1");
    }

    /**
     * A call that changes something, or lists.
     *
     * @param line method and path; {key} stands for a license
     * @param body with the members that must be there; null when the call takes none
     * @param known all its members, or for a list all its parameters
     */
    record Strict(String line, String body, List<String> known) {}

    static Stream<Strict> strict() {
        return Stream.of(
                new Strict(
                        "POST /api/licenses",
                        "{\"email\":\"a@example.com\"}",
                        List.of("email", "company", "name", "hours", "type", "duration_days", "expires")),
                new Strict("PATCH /api/licenses/{key}", "{\"status\":\"active\"}", List.of("status", "expires")),
                new Strict("POST /api/licenses/{key}/rotate", "{}", List.of("grace")),
                new Strict(
                        "POST /api/licenses/{key}/hours",
                        "{\"hours\":1}",
                        List.of("hours", "kind", "reference", "description")),
                new Strict("POST /api/licenses/{key}/usage", "{\"hours\":1}", List.of("hours")),
                new Strict(
                        "POST /api/licenses/{key}/reversals",
                        "{\"purchase\":\"purchase-1\",\"object\":\"re_1\",\"version\":1,\"part\":1,\"whole\":2}",
                        List.of("purchase", "object", "version", "part", "whole", "reason")),
                new Strict("GET /api/licenses", null, List.of("query", "email", "status", "limit", "cursor")),
                new Strict("GET /api/licenses/{key}/history", null, List.of("type", "from", "to", "limit", "cursor")));
    }

    /** Calls that read one thing, and the message between programs of different versions. */
    static Stream<Arguments> lenient() {
        return Stream.of(
                Arguments.of("POST /api/licenses/lookup", "{\"license_key\":\"KEY\"}"),
                Arguments.of("GET /api/licenses/{key}", null),
                Arguments.of("POST /api/licenses/{key}/validate", "{}"),
                Arguments.of("GET /api/licenses/{key}/hours", null),
                Arguments.of("POST /api/usage", UsageCallTest.message("")),
                Arguments.of("GET /api/health", null),
                Arguments.of("GET /metrics", null));
    }

    @Test
    void everyCallIsInOneOfTheTables(@TempDir Path other) {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + other.resolve("licenses.db"))
                .build();
        try (Ledger ledger = Ledger.open(config)) {
            List<String> calls = LicenseHttpServer.routes(ledger, List.of()).stream()
                    .map(route -> route.method() + " " + route.template())
                    .toList();
            assertThat(Stream.concat(strict().map(Strict::line), lenient().map(call -> (String) call.get()[0])))
                    .containsExactlyInAnyOrderElementsOf(calls);
        }
    }

    @ParameterizedTest
    @MethodSource("strict")
    void anUnknownMemberIsRefusedWithThoseThatAreKnown(Strict call) throws Exception {
        if (call.body() == null) {
            return;
        }
        for (String name : List.of("expiress", "machine_id", "Hours", "Email", "success")) {
            for (String value : List.of("\"2026-12-24T00:00:00Z\"", "null", "5", "{}", "[]")) {
                Reply reply = refused(call.line(), with(call.body(), name, value));
                assertThat(reply.detail()).contains("member " + name + ";").contains(call.known());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("strict")
    void anUnknownParameterIsRefusedWithThoseThatAreKnown(Strict call) {
        for (String name : List.of("mail", "hours", "Limit", "license_key")) {
            Reply reply = refused(call.line() + "?" + name + "=1", call.body());
            assertThat(reply.detail()).contains("query parameter " + name + ";");
            if (call.body() == null) {
                assertThat(reply.detail()).contains(call.known());
            } else {
                assertThat(reply.detail()).endsWith("none");
            }
        }
        assertThat(refused(call.line() + "?=1", call.body()).detail()).contains("query parameter");
    }

    @ParameterizedTest
    @MethodSource("strict")
    void whatACallSaysThatItKnowsItReads(Strict call) throws Exception {
        for (String name : call.known()) {
            Reply reply = call.body() == null
                    ? refused(call.line() + "?" + name + "=a&" + name + "=b", null)
                    : refused(call.line(), with(call.body(), name, "[{}]"));
            assertThat(reply.detail()).startsWith(name);
        }
    }

    @ParameterizedTest
    @MethodSource("strict")
    void aMemberThatStandsTwiceIsRefused(Strict call) {
        if (call.body() == null) {
            return;
        }
        for (String name : call.known()) {
            refused(call.line(), "{\"" + name + "\":null,\"" + name + "\":1}");
        }
    }

    @Test
    void theThreeThatWereMeantOtherwiseAreRefused() {
        assertThat(refused("POST /api/licenses/{key}/hours", "{\"hours\":2,\"expires\":\"2026-12-24T00:00:00Z\"}")
                        .detail())
                .contains("expires");
        assertThat(refused("POST /api/licenses/{key}/hours", "{\"hours\":2,\"reason\":\"x\"}")
                        .detail())
                .contains("reason");
        assertThat(refused("GET /api/licenses?mail=a@b.c", null).detail()).contains("mail");
    }

    @Test
    void aNameThatMayBeASecretIsNotRepeated() {
        for (String name : List.of(TestServer.UNKNOWN_KEY, "sk_test_" + "0".repeat(40), "a b", "\\u0000", "")) {
            Reply reply = refused("POST /api/licenses/{key}/hours", "{\"hours\":2,\"" + name + "\":1}");
            assertThat(reply.detail()).contains("not repeated").doesNotContain("ZZZZ", "sk_test");
        }
    }

    @ParameterizedTest
    @MethodSource("lenient")
    void readsAndTheUsageMessageIgnoreWhatTheyDoNotKnow(String line, String body) throws Exception {
        Reply plain = send(line, body);
        Reply more = send(line + "?machine_id=1", body == null ? null : with(body, "machine_id", "\"pc-7\""));
        assertThat(plain.status()).as(plain.text()).isEqualTo(200);
        assertThat(more.status()).as(more.text()).isEqualTo(200);
    }

    private static String with(String body, String name, String value) throws Exception {
        ObjectMapper json = new ObjectMapper();
        ObjectNode object = (ObjectNode) json.readTree(body);
        object.set(name, json.readTree(value));
        return json.writeValueAsString(object);
    }

    private static Reply refused(String line, String body) {
        String before = server.dump();
        Reply reply = send(line, body);
        assertThat(reply.status()).as(line + " " + body + ": " + reply.text()).isEqualTo(400);
        assertThat(reply.code()).isEqualTo("INVALID_REQUEST");
        assertThat(server.dump()).isEqualTo(before);
        return reply;
    }

    private static Reply send(String line, String body) {
        String[] words = line.split(" ", 2);
        return server.send(words[0], words[1].replace("{key}", key), body == null ? null : body.replace("KEY", key));
    }
}
