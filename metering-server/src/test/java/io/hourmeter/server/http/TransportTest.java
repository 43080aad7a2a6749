package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hourmeter.server.http.TestServer.Reply;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What happens below the calls: sizes, slow peers, broken HTTP, headers, logs. */
class TransportTest {

    private static final int MIB = 1024 * 1024;

    @AutoClose
    private static TestServer server;

    private static String key;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.start(folder);
        key = server.createKey("10");
    }

    @ParameterizedTest
    @ValueSource(ints = {MIB + 1, 3 * MIB, 8 * MIB})
    void aBodyOverOneMebibyteIsReadToItsEndAndRefused(int size) {
        String before = server.dump();
        Reply reply = server.sendBytes("POST", "/api/licenses/" + key + "/hours", padded(size));
        assertThat(reply.status()).isEqualTo(413);
        assertThat(reply.code()).isEqualTo("TOO_LARGE");
        assertThat(reply.detail()).contains("body");
        assertThat(server.dump()).isEqualTo(before);
        assertThat(server.get("/api/health").status()).isEqualTo(200);
    }

    @Test
    void aBodyOfExactlyOneMebibyteIsRead() {
        String own = server.createKey("0");
        assertThat(server.sendBytes("POST", "/api/licenses/" + own + "/hours", padded(MIB))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aBodyWithoutEndIsRefusedAfterEightMebibytes() throws Exception {
        try (Socket socket = server.connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /api/licenses/" + key + "/hours HTTP/1.1\r\nHost: localhost\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            byte[] chunk = new byte[64 * 1024];
            Arrays.fill(chunk, (byte) ' ');
            for (int sent = 0; sent <= 8 * MIB; sent += chunk.length) {
                out.write((Integer.toHexString(chunk.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(chunk);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            out.flush();
            assertThat(statusLine(socket.getInputStream())).contains(" 413 ");
        }
    }

    @Test
    void whoAsksBeforeSendingIsToldAtOnce() throws Exception {
        String head = "POST /api/licenses/" + key + "/hours HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                + "Connection: close\r\nContent-Length: ";
        assertThat(server.raw(head + 2 * MIB + "\r\n\r\n")).startsWith("HTTP/1.1 413");
        try (Socket socket = server.connect()) {
            OutputStream out = socket.getOutputStream();
            out.write((head + "11\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            assertThat(statusLine(in)).contains(" 100 ");
            out.write("{\"hours\":1}".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            assertThat(TestServer.readAll(in)).contains("HTTP/1.1 200");
        }
    }

    @Test
    @Timeout(20)
    void slowAndSilentClientsKeepNobodyWaiting() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            String head = "POST /api/licenses/" + key + "/hours HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n";
            // More of each kind than the server has threads.
            for (int i = 0; i < 100; i++) {
                sockets.add(sent(""));
                sockets.add(sent("POST /api/lic"));
                sockets.add(sent(head));
                sockets.add(sent(head + "\r\n{\"hours\""));
            }
            long start = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                assertThat(server.get("/api/licenses/" + key + "/hours").status())
                        .isEqualTo(200);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            // A slow client is served once it has said what it wants.
            Socket slow = sockets.get(3);
            slow.getOutputStream().write(":1}".getBytes(StandardCharsets.US_ASCII));
            slow.getOutputStream().flush();
            assertThat(statusLine(slow.getInputStream())).contains(" 200 ");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aClientThatLeavesInMidBodyChangesNothing() throws Exception {
        String before = server.dump();
        sent("POST /api/licenses/" + key
                        + "/hours HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n\r\n{\"hours\":1}")
                .close();
        assertThat(server.get("/api/health").status()).isEqualTo(200);
        assertThat(server.dump()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, 404",
        "GET, /api, 404",
        "GET, /api/licenses/, 404",
        "GET, /api/unknown, 404",
        "GET, /metrics/more, 404",
        "POST, /api/licenses/RL-00000000-00000000-00000000/hours/more, 404",
        "POST, /API/usage, 404"
    })
    void anUnknownPathIs404AndNotRepeated(String method, String path, int status) {
        Reply reply = server.send(method, path, "POST".equals(method) ? "{}" : null);
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.code()).isEqualTo("NOT_FOUND");
        assertThat(reply.header("Content-Type")).isEqualTo(TestServer.PROBLEM);
        assertThat(reply.text()).doesNotContain("RL-0000");
    }

    @ParameterizedTest
    @CsvSource({
        "DELETE, /api/licenses, 'GET, HEAD, POST'",
        "GET, /api/licenses/lookup, POST",
        "GET, /api/usage, POST",
        "OPTIONS, /api/usage, POST",
        "DELETE, /api/licenses/KEY, 'GET, HEAD, PATCH'",
        "PUT, /api/licenses/KEY/hours, 'GET, HEAD, POST'",
        "GET, /api/licenses/KEY/validate, POST",
        "GET, /api/licenses/KEY/usage, POST",
        "TRACE, /api/health, 'GET, HEAD'"
    })
    void anotherMethodIs405WithAllow(String method, String path, String allow) throws Exception {
        String reply = server.raw(
                method + " " + path.replace("KEY", key) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(reply)
                .startsWith("HTTP/1.1 405")
                .contains("Allow: " + allow + "\r\n")
                .contains("METHOD_NOT_ALLOWED");
    }

    @Test
    void headAnswersAsGetWithoutTheBody() throws Exception {
        String reply = server.raw(
                "HEAD /api/licenses/" + key + "/hours HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(reply).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense\r\n\r\n",
                "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET http://localhost HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /api/health/../licenses/%2e%2e/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /api/licenses/;a=b/hours HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET //api//health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: local host\r\n\r\n",
                "GET /api/licenses/a%2Fb/hours HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /api/licenses/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /api/licenses/%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /api/licenses/%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "POST /api/usage HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
                "POST /api/usage HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /api/usage HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n"
            })
    void brokenHttpIsAProblemDocument(String request) throws Exception {
        assertProblem(server.raw(request));
    }

    @Test
    void aHeaderOrAPathThatIsTooLongIsAProblemDocument() throws Exception {
        String end = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        assertProblem(server.raw("GET /api/health" + end + "X-Long: " + "x".repeat(9000) + "\r\n\r\n"));
        assertProblem(server.raw("GET /api/licenses/" + "x".repeat(9000) + end + "\r\n"));
    }

    @Test
    void noAnswerIsCachedOrSniffedOrTellsTheSoftware() {
        for (Reply reply : List.of(
                server.get("/api/health"),
                server.get("/api/licenses/" + key),
                server.get("/nowhere"),
                server.get("/api/licenses/a%2Fb"),
                server.post("/api/licenses/" + key + "/hours", "{}"))) {
            assertThat(reply.header("Cache-Control")).contains("no-store");
            assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(reply.headers().map())
                    .doesNotContainKeys("server", "x-powered-by", "access-control-allow-origin");
        }
    }

    @Test
    void healthTellsThatTheStoreAnswers() {
        Reply reply = server.get("/api/health");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body().path("status").asText()).isEqualTo("healthy");
        assertThat(reply.body().path("timestamp").asText()).endsWith("Z");
    }

    /** Loggers at their usual level, and every way a key can come in. */
    @Test
    void noKeyReachesTheLog() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level level = root.getLevel();
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        root.setLevel(Level.INFO);
        root.addAppender(lines);
        try {
            String secret = "RL-SECRET00-SECRET00-SECRET00";
            server.get("/api/licenses/" + secret);
            server.get("/api/licenses/" + secret + "/unknown");
            server.get("/api/licenses/" + secret + "%2F");
            server.get("/api/licenses?query=" + secret);
            server.post("/api/licenses/lookup", "{\"license_key\":\"" + secret + "\"}");
            server.post("/api/licenses/" + secret + "/hours", "{\"hours\":" + secret + "}");
            server.raw("GET /api/licenses/" + secret + " HTTP/1.1\r\nHost : localhost\r\n\r\n");
            server.raw("GET /api/licenses/" + secret + "%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        } finally {
            root.detachAppender(lines);
            root.setLevel(level);
        }
        assertThat(List.copyOf(lines.list))
                .noneMatch(line -> line.getFormattedMessage().contains("SECRET00"));
    }

    private static Socket sent(String text) throws Exception {
        Socket socket = server.connect();
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }

    private static byte[] padded(int size) {
        byte[] body = new byte[size];
        Arrays.fill(body, (byte) ' ');
        byte[] text = "{\"hours\":1}".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, body, 0, text.length);
        return body;
    }

    private static void assertProblem(String reply) throws Exception {
        assertThat(reply).matches("(?s)HTTP/1\\.1 (4\\d\\d|505) .*");
        assertThat(reply).containsIgnoringCase("Content-Type: application/problem+json");
        String body = reply.substring(reply.indexOf("\r\n\r\n") + 4);
        assertThat(new ObjectMapper().readTree(body).path("status").asInt())
                .isEqualTo(Integer.parseInt(reply.substring(9, 12)));
        assertThat(reply).doesNotContain("jetty").doesNotContain("Exception");
    }

    private static String statusLine(InputStream in) throws Exception {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }
}
