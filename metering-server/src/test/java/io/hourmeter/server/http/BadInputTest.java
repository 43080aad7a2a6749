package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.server.http.TestServer.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing that is not understood changes anything, and every refusal names what is wrong. */
class BadInputTest {

    @AutoClose
    private static TestServer server;

    private static String key;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.start(folder);
        key = server.createKey("10");
        server.post("/api/licenses/" + key + "/hours", "{\"hours\":1}", "Idempotency-Key", "purchase-1");
    }

    /** Bodies that no call understands. */
    static List<String> unreadable() {
        return List.of(
                "",
                "   ",
                "nonsense",
                "hours=5",
                "[]",
                "5",
                "null",
                "\"text\"",
                "{",
                "{\"hours\":",
                "{\"hours\":5",
                "{\"hours\":5}}",
                "{\"hours\":5} {\"hours\":6}",
                "{\"hours\":5}junk",
                "{'hours':5}",
                "{hours:5}",
                "{\"hours\":5,}",
                "{\"hours\":05}",
                "{\"hours\":+5}",
                "{\"hours\":.5}",
                "{\"hours\":NaN}",
                "{\"hours\":Infinity}",
                "{\"hours\":-Infinity}",
                "{\"hours\":1e}",
                "{\"hours\":0x10}",
                "{\"hours\":1e99999999999}",
                "{\"hours\":5,\"hours\":6}",
                "{\"hours\":5}\u0000",
                "\u0000{\"hours\":5}",
                "{\"hours\":5,\"a\":\"\u0000\"}",
                "{\"hours\":5} // comment",
                "{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}",
                "{\"a\":" + "{\"a\":".repeat(100) + "1" + "}".repeat(100) + "}",
                "{\"hours\":" + "9".repeat(2000) + "}");
    }

    /** Values that are no amount of hours. */
    static List<String> noHours() {
        return List.of(
                "\"5\"",
                "\"\"",
                "true",
                "false",
                "[5]",
                "{}",
                "-1",
                "-0.5",
                "-1e-400",
                "1e400",
                "-1e400",
                "1e-400",
                "1e2147483647",
                "1e-2147483647",
                "1000000.0000001",
                "1000001",
                "99999999999999999999999999",
                "0.0000001",
                "1.38e-7");
    }

    static Stream<Arguments> hoursCalls() {
        return Stream.of("/hours", "/usage").flatMap(call -> {
            List<String> values = new ArrayList<>(noHours());
            values.addAll(List.of("null", "0", "0.0", "-0", "0e400"));
            return values.stream().map(value -> Arguments.of(call, value));
        });
    }

    @ParameterizedTest
    @MethodSource("hoursCalls")
    void anAmountThatIsNoneIsRefusedByName(String call, String value) {
        assertRefusedUnchanged(() -> server.post("/api/licenses/" + key + call, "{\"hours\":" + value + "}"), "hours");
    }

    @ParameterizedTest
    @MethodSource("noHours")
    void aLicenseIsNotCreatedWithAnAmountThatIsNone(String value) {
        assertRefusedUnchanged(
                () -> server.post("/api/licenses", "{\"email\":\"a@example.com\",\"hours\":" + value + "}"), "hours");
    }

    static Stream<Arguments> callsWithBody() {
        return Stream.of(
                        "POST /api/licenses",
                        "POST /api/licenses/lookup",
                        "POST /api/licenses/KEY/hours",
                        "POST /api/licenses/KEY/usage",
                        "POST /api/licenses/KEY/reversals",
                        "PATCH /api/licenses/KEY",
                        "POST /api/usage",
                        "POST /api/licenses/KEY/validate",
                        "POST /api/licenses/KEY/rotate")
                .flatMap(call -> unreadable().stream()
                        // A body is optional for these two, so that an empty one is in order.
                        .filter(body -> !(body.isEmpty() && (call.endsWith("/validate") || call.endsWith("/rotate"))))
                        .map(body -> Arguments.of(call, body)));
    }

    @ParameterizedTest
    @MethodSource("callsWithBody")
    void aBodyThatIsNoObjectIsRefused(String call, String body) {
        assertRefusedUnchanged(() -> send(call, body.getBytes(StandardCharsets.UTF_8)), "body");
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        byte[][] bodies = {
            "{\"hours\":5,\"description\":\"caf\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1),
            "{\"hours\":5}".getBytes(StandardCharsets.UTF_16),
            "{\"hours\":5}".getBytes(StandardCharsets.UTF_16LE),
            {'{', '"', (byte) 0xC0, (byte) 0x80, '"', ':', '5', '}'},
            {'{', '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"', ':', '5', '}'}
        };
        for (byte[] body : bodies) {
            assertRefusedUnchanged(() -> send("POST /api/licenses/KEY/hours", body), "body");
        }
    }

    static Stream<Arguments> badMembers() {
        return Stream.of(
                Arguments.of("POST /api/licenses", "{}", "email"),
                Arguments.of("POST /api/licenses", "{\"email\":null}", "email"),
                Arguments.of("POST /api/licenses", "{\"email\":5}", "email"),
                Arguments.of("POST /api/licenses", "{\"email\":\" \"}", "email"),
                Arguments.of("POST /api/licenses", "{\"email\":\"no address\"}", "email"),
                Arguments.of("POST /api/licenses", "{\"email\":\"a@b\\u0000c\"}", "email"),
                Arguments.of("POST /api/licenses", "{\"email\":\"a@" + "b".repeat(300) + "\"}", "email"),
                Arguments.of("POST /api/licenses", with("\"company\":5"), "company"),
                Arguments.of("POST /api/licenses", with("\"company\":\"\\ud800\""), "company"),
                Arguments.of("POST /api/licenses", with("\"name\":\"a\\nb\""), "name"),
                Arguments.of("POST /api/licenses", with("\"name\":\"" + "x".repeat(201) + "\""), "name"),
                Arguments.of("POST /api/licenses", with("\"type\":\"\""), "type"),
                Arguments.of("POST /api/licenses", with("\"type\":[]"), "type"),
                Arguments.of("POST /api/licenses", with("\"duration_days\":0"), "duration_days"),
                Arguments.of("POST /api/licenses", with("\"duration_days\":1.5"), "duration_days"),
                Arguments.of("POST /api/licenses", with("\"duration_days\":1e400"), "duration_days"),
                Arguments.of("POST /api/licenses", with("\"duration_days\":\"30\""), "duration_days"),
                Arguments.of("POST /api/licenses", with("\"expires\":\"tomorrow\""), "expires"),
                Arguments.of("POST /api/licenses", with("\"expires\":\"2030-01-01\""), "expires"),
                Arguments.of("POST /api/licenses", with("\"expires\":\"+12345-01-01T00:00:00Z\""), "expires"),
                Arguments.of("POST /api/licenses", with("\"expires\":1893456000"), "expires"),
                Arguments.of(
                        "POST /api/licenses",
                        with("\"expires\":\"2030-01-01T00:00:00Z\",\"duration_days\":3"),
                        "expires"),
                Arguments.of("POST /api/licenses/lookup", "{}", "license_key"),
                Arguments.of("POST /api/licenses/lookup", "{\"license_key\":5}", "license_key"),
                Arguments.of("POST /api/licenses/lookup", "{\"license_key\":\"nonsense\"}", "license_key"),
                Arguments.of("POST /api/licenses/KEY/hours", "{}", "hours"),
                Arguments.of("POST /api/licenses/KEY/hours", "{\"hours\":1,\"reference\":5}", "reference"),
                Arguments.of(
                        "POST /api/licenses/KEY/hours",
                        "{\"hours\":1,\"description\":\"" + "x".repeat(1001) + "\"}",
                        "description"),
                Arguments.of("POST /api/licenses/KEY/hours", "{\"hours\":1,\"kind\":\"GRANT\"}", "kind"),
                Arguments.of("POST /api/licenses/KEY/hours", "{\"hours\":1,\"kind\":\"refund\"}", "kind"),
                Arguments.of("POST /api/licenses/KEY/hours", "{\"hours\":1,\"kind\":\"\"}", "kind"),
                Arguments.of("POST /api/licenses/KEY/hours", "{\"hours\":1,\"kind\":5}", "kind"),
                Arguments.of("POST /api/licenses/KEY/usage", "{\"hour\":1}", "hours"),
                Arguments.of("PATCH /api/licenses/KEY", "{}", "status"),
                Arguments.of("PATCH /api/licenses/KEY", "{\"status\":null}", "status"),
                Arguments.of("PATCH /api/licenses/KEY", "{\"status\":\"expired\"}", "status"),
                Arguments.of("PATCH /api/licenses/KEY", "{\"status\":\"ACTIVE\"}", "status"),
                Arguments.of("PATCH /api/licenses/KEY", "{\"expires\":\"never\"}", "expires"),
                Arguments.of("POST /api/licenses/KEY/rotate", "{\"grace\":-1}", "grace"),
                Arguments.of("POST /api/licenses/KEY/rotate", "{\"grace\":\"soon\"}", "grace"),
                Arguments.of("POST /api/licenses/KEY/rotate", "{\"grace\":\"31d\"}", "grace"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("purchase", "\"\""), "purchase"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("purchase", "null"), "purchase"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("object", "7"), "object"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("version", "-1"), "version"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("version", "null"), "version"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("part", "0.5"), "part"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("part", "-5"), "part"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("whole", "0"), "whole"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("whole", "1e30"), "whole"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("reason", "{}"), "reason"),
                Arguments.of("GET /api/licenses?limit=0", null, "limit"),
                Arguments.of("GET /api/licenses?limit=501", null, "limit"),
                Arguments.of("GET /api/licenses?limit=ten", null, "limit"),
                Arguments.of("GET /api/licenses?limit=1&limit=2", null, "limit"),
                Arguments.of("GET /api/licenses?query=%00", null, "query"),
                Arguments.of("GET /api/licenses?email=ann", null, "email"),
                Arguments.of("GET /api/licenses?status=expired", null, "status"),
                Arguments.of("GET /api/licenses?status=ACTIVE", null, "status"),
                Arguments.of("GET /api/licenses?email=" + "a".repeat(251) + "@b.c", null, "email"),
                Arguments.of("GET /api/licenses?cursor=nonsense", null, "cursor"),
                Arguments.of("GET /api/licenses?query=%C3%28", null, "query"),
                Arguments.of("GET /api/licenses/KEY/history?type=everything", null, "type"),
                Arguments.of("GET /api/licenses/KEY/history?from=yesterday", null, "from"),
                Arguments.of("GET /api/licenses/KEY/history?to=2030-13-01T00:00:00Z", null, "to"),
                Arguments.of(
                        "GET /api/licenses/KEY/history?from=2031-01-01T00:00:00Z&to=2030-01-01T00:00:00Z",
                        null,
                        "from"),
                Arguments.of("GET /api/licenses/KEY/history?limit=99999999999", null, "limit"),
                Arguments.of("GET /api/licenses/KEY/history?cursor=nonsense", null, "cursor"));
    }

    @ParameterizedTest
    @MethodSource("badMembers")
    void aMemberThatIsNotAllowedIsRefusedByName(String call, String body, String member) {
        assertRefusedUnchanged(() -> send(call, body == null ? null : body.getBytes(StandardCharsets.UTF_8)), member);
    }

    @ParameterizedTest
    @MethodSource("keyCalls")
    void anUnknownLicenseIs404AndNeverCreated(String call, String body) {
        for (String unknown : List.of(TestServer.UNKNOWN_KEY, "lic_00000000000000000000000000", "nonsense", "RL-1")) {
            String before = server.dump();
            Reply reply =
                    send(call.replace("KEY", unknown), body == null ? null : body.getBytes(StandardCharsets.UTF_8));
            assertThat(reply.status()).as(call + " " + unknown).isEqualTo(404);
            assertThat(reply.code()).isEqualTo("LICENSE_NOT_FOUND");
            assertThat(reply.detail()).contains("license").doesNotContain(TestServer.UNKNOWN_KEY);
            assertThat(server.dump()).isEqualTo(before);
        }
    }

    static Stream<Arguments> keyCalls() {
        return Stream.of(
                Arguments.of("GET /api/licenses/KEY", null),
                Arguments.of("GET /api/licenses/KEY/hours", null),
                Arguments.of("POST /api/licenses/KEY/hours", "{\"hours\":1}"),
                Arguments.of("POST /api/licenses/KEY/usage", "{\"hours\":1}"),
                Arguments.of("POST /api/licenses/KEY/reversals", reversal("part", "1")),
                Arguments.of("PATCH /api/licenses/KEY", "{\"status\":\"revoked\"}"),
                Arguments.of("POST /api/licenses/KEY/rotate", null),
                Arguments.of("GET /api/licenses/KEY/history", null));
    }

    @Test
    void anIdempotencyKeyMustBeVisibleAscii() throws Exception {
        for (String bad : List.of("with blank", "x".repeat(256))) {
            assertRefusedUnchanged(
                    () -> server.post("/api/licenses/" + key + "/hours", "{\"hours\":1}", "Idempotency-Key", bad),
                    "Idempotency-Key");
        }
        String before = server.dump();
        // Written to the socket, since the JDK's client changes such values.
        for (String bad : List.of("", " ", "\u00e9", "\u007f")) {
            assertThat(server.raw("POST /api/licenses/" + key + "/hours HTTP/1.1\r\nHost: localhost\r\n"
                            + "Connection: close\r\nContent-Length: 11\r\nIdempotency-Key: " + bad
                            + "\r\n\r\n{\"hours\":1}"))
                    .startsWith("HTTP/1.1 400");
        }
        assertThat(server.dump()).isEqualTo(before);
        assertRefusedUnchanged(
                () -> server.post(
                        "/api/licenses/" + key + "/hours",
                        "{\"hours\":1}",
                        "Idempotency-Key",
                        "a",
                        "Idempotency-Key",
                        "b"),
                "Idempotency-Key");
    }

    @Test
    void halfAMillisecondIsTheLeastAndAMillionHoursTheMost() {
        String own = server.createKey("0");
        Reply least = server.post("/api/licenses/" + own + "/hours", "{\"hours\":0.00000014}");
        assertThat(least.body().path("hours_added").decimalValue()).isEqualByComparingTo("0.0000002778");
        Reply most = server.post("/api/licenses/" + own + "/hours", "{\"hours\":1e6}");
        assertThat(most.body().path("hours_added").decimalValue()).isEqualByComparingTo("1000000");
    }

    private static Reply send(String call, byte[] body) {
        String[] words = call.split(" ", 2);
        return server.sendBytes(words[0], words[1].replace("KEY", key), body);
    }

    private static void assertRefusedUnchanged(Supplier<Reply> call, String named) {
        String before = server.dump();
        Reply reply = call.get();
        assertThat(reply.status()).as(reply.text()).isEqualTo(400);
        assertThat(reply.header("Content-Type")).isEqualTo(TestServer.PROBLEM);
        assertThat(reply.code()).isEqualTo("INVALID_REQUEST");
        assertThat(reply.detail()).contains(named);
        assertThat(reply.body().path("success").booleanValue()).isFalse();
        assertThat(reply.body().path("error").asText()).isEqualTo(reply.detail());
        assertThat(server.dump()).isEqualTo(before);
    }

    private static String with(String member) {
        return "{\"email\":\"a@example.com\"," + member + "}";
    }

    /** A reversal in which one member is another. */
    private static String reversal(String member, String value) {
        String good =
                "{\"purchase\":\"purchase-1\",\"object\":\"re_1\",\"version\":1,\"part\":1,\"whole\":2,\"reason\":\"\"}";
        return good.replaceFirst("\"" + member + "\":(\"[^\"]*\"|[0-9]+)", "\"" + member + "\":" + value);
    }
}
