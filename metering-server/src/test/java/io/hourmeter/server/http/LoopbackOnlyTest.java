package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.Settings;
import io.hourmeter.server.http.TestServer.Reply;
import io.hourmeter.tests.CallerTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server without tokens trusts this machine, and nobody whom a browser on this machine lets in. */
class LoopbackOnlyTest {

    @AutoClose
    private static TestServer server;

    private static String key;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.start(folder);
        key = server.createKey("1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:5001",
                "LOCALHOST:5001",
                "127.0.0.1",
                "127.1.2.3:80",
                "[::1]:5001",
                "app.localhost:8080"
            })
    void aLoopbackNameIsServed(String host) throws IOException {
        assertThat(addHours(host, "")).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "example.com",
                "example.com:5001",
                "localhost.example.com",
                "127.0.0.1.example.com",
                "127.0.0.1.nip.io:5001",
                "127.999.1.1",
                "notlocalhost",
                "10.0.0.1",
                "[::2]:5001",
                "0.0.0.0"
            })
    void anotherHostIsRefused(String host) throws IOException {
        String before = server.dump();
        assertThat(addHours(host, "")).startsWith("HTTP/1.1 403").contains("\"FORBIDDEN\"");
        assertThat(server.raw("GET /api/licenses/" + key + "/hours HTTP/1.1\r\nHost: " + host
                        + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(server.dump()).isEqualTo(before);
    }

    @Test
    void aPageOfAnotherOriginIsRefused() {
        String before = server.dump();
        for (String origin : List.of(
                "https://example.com",
                "null",
                "http://localhost:3000",
                "http://127.0.0.1:" + (server.port() + 1),
                "https://127.0.0.1:" + server.port())) {
            Reply reply = server.post("/api/licenses/" + key + "/hours", "{\"hours\":1}", "Origin", origin);
            assertThat(reply.status()).as(origin).isEqualTo(403);
            assertThat(reply.headers().map()).doesNotContainKey("access-control-allow-origin");
        }
        assertThat(server.post("/api/licenses/" + key + "/hours", "{\"hours\":1}", "Sec-Fetch-Site", "cross-site")
                        .status())
                .isEqualTo(403);
        assertThat(server.dump()).isEqualTo(before);
    }

    static List<CallerTable.Caller> callers() {
        return CallerTable.of("http://127.0.0.1:" + server.port());
    }

    @ParameterizedTest
    @MethodSource("callers")
    void theTableOfCallersHolds(CallerTable.Caller caller) throws IOException {
        String before = server.dump();
        StringBuilder headers = new StringBuilder();
        caller.headers().forEach(line -> headers.append(line).append("\r\n"));

        String reply = addHours("127.0.0.1:" + server.port(), headers.toString());

        assertThat(reply).startsWith(caller.served() ? "HTTP/1.1 200" : "HTTP/1.1 403");
        assertThat(server.dump().equals(before)).as("nothing has changed").isEqualTo(!caller.served());
    }

    /** Load balancers and monitors ask by any name they have; a page of another site cannot read the answer. */
    @Test
    void healthAnswersWhoeverAsksAndTellsNothingElse() throws IOException {
        String[] senders = {
            "Host: example.com",
            "Host: 10.0.0.1:5001",
            "Host: localhost\r\nOrigin: https://example.com",
            "Host: localhost\r\nSec-Fetch-Site: cross-site"
        };
        for (String sender : senders) {
            String reply = server.raw("GET /api/health HTTP/1.1\r\n" + sender + "\r\nConnection: close\r\n\r\n");
            assertThat(reply).as(sender).startsWith("HTTP/1.1 200").doesNotContain("Access-Control");
            String body = reply.substring(reply.indexOf("\r\n\r\n") + 4);
            assertThat(new ObjectMapper().readTree(body).fieldNames())
                    .toIterable()
                    .containsExactlyInAnyOrder("status", "timestamp");
            for (String path : List.of("/api/licenses", "/api/licenses/" + key, "/api/nothing")) {
                assertThat(server.raw("GET " + path + " HTTP/1.1\r\n" + sender + "\r\nConnection: close\r\n\r\n"))
                        .as(sender + " " + path)
                        .startsWith("HTTP/1.1 403");
            }
        }
    }

    @Test
    void whomATrustedProxyOnThisMachineSpeaksForIsJudged(@TempDir Path other) {
        try (TestServer proxied =
                TestServer.start(other, builder -> builder.set(Settings.PROXY_TRUSTED, "127.0.0.1"))) {
            String path = "/api/licenses/" + proxied.createKey("1") + "/hours";
            String more = "{\"hours\":1}";

            assertThat(proxied.post(path, more, "X-Forwarded-For", "127.0.0.1").status())
                    .isEqualTo(200);
            assertThat(proxied.post(path, more, "X-Forwarded-For", "198.51.100.7")
                            .status())
                    .isEqualTo(403);
            assertThat(proxied.post(path, more, "Forwarded", "for=\"[2001:db8::7]\"")
                            .status())
                    .isEqualTo(403);
            assertThat(proxied.post(path, more, "X-Forwarded-Host", "licenses.example.com")
                            .status())
                    .isEqualTo(403);
            assertThat(proxied.post(
                                    path,
                                    more,
                                    "X-Forwarded-Host",
                                    "localhost:8443",
                                    "X-Forwarded-Proto",
                                    "https",
                                    "Origin",
                                    "https://localhost:8443")
                            .status())
                    .isEqualTo(200);
            assertThat(proxied.get(path).body().path("hours_remaining").asInt()).isEqualTo(3);
        }
    }

    @Test
    void withoutTokensAnIdIsAsGoodAsAKey() {
        String id = server.create("3").path("id").asText();
        assertThat(server.get("/api/licenses/" + id + "/hours").status()).isEqualTo(200);
    }

    @Test
    void anAddressThatOthersReachNeedsTokens(@TempDir Path other) {
        assertThatThrownBy(
                        () -> TestServer.start(other, builder -> builder.set(Settings.LICENSE_SERVER_HOST, "0.0.0.0")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("license.server.host=0.0.0.0")
                .hasMessageContaining("license.server.tokens.admin")
                .message()
                .doesNotContain("\n");
        assertThat(other).as("nothing was opened").isEmptyDirectory();
    }

    @Test
    void oneTokenInTwoListsStopsTheStart(@TempDir Path other) {
        assertThatThrownBy(() -> TestServer.start(
                        other,
                        builder ->
                                builder.set(Settings.ADMIN_TOKENS, "a,b").set(Settings.USAGE_TOKENS, "the-shared,b")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("license.server.tokens.admin")
                .hasMessageContaining("license.server.tokens.usage")
                .message()
                .doesNotContain("the-shared");
    }

    private static String addHours(String host, String header) throws IOException {
        String body = "{\"hours\":1}";
        return server.raw("POST /api/licenses/" + key + "/hours HTTP/1.1\r\nHost: " + host + "\r\n" + header
                + "Content-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body);
    }
}
