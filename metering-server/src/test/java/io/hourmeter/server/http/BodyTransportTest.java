package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies that nobody may send, that do not come, or that are too many. */
@Timeout(60)
class BodyTransportTest {

    private static final int LONG = 1_000_000;

    private static final int STRANGERS = 60_000;

    @AutoClose
    private static TestServer server;

    private static String key;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.withTokens(folder);
        key = server.createKey("10", "Authorization", "Bearer the-admin");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/usage, none, 401",
        "POST, /api/usage, wrong, 401",
        "POST, /api/licenses/KEY/hours, the-usage, 403",
        "POST, /api/licenses, the-usage, 403",
        "POST, /nowhere, the-admin, 404",
        "PUT, /api/usage, the-admin, 405",
        "POST, /api/licenses/KEY/hours?no=1, the-admin, 400"
    })
    void whoIsRefusedIsAnsweredWithoutTheBody(String method, String path, String token, int status) throws Exception {
        for (String body : List.of("Content-Length: " + LONG, "Transfer-Encoding: chunked")) {
            try (Socket socket = sent(method, path, token, body)) {
                String answer = TestServer.readAll(socket.getInputStream());
                assertThat(answer).startsWith("HTTP/1.1 " + status).contains("Connection: close\r\n");
                assertThat(metric("bodies")).isZero();
            }
        }
    }

    @Test
    void aShortBodyBehindARefusalIsThrownAwayAndTheConnectionGoesOn() throws Exception {
        try (Socket socket = sent("POST", "/api/usage", "wrong", "Content-Length: 20000")) {
            assertThat(readAnswer(socket.getInputStream())).startsWith("HTTP/1.1 401");
            socket.getOutputStream().write(new byte[20_000]);
            socket.getOutputStream()
                    .write("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(readAnswer(socket.getInputStream())).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void moreBodiesThanThereIsRoomForAreRefusedAndSmallOnesAreRead() throws Exception {
        long refused = metric("bodies_refused_total");
        int bodies = 2 * BodyBudget.MOST_BYTES / LONG;
        byte[] part = new byte[LONG - 1];
        Arrays.fill(part, (byte) ' ');
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < bodies; i++) {
                Socket socket = sent("POST", "/api/usage", "the-usage", "Content-Length: " + LONG);
                sockets.add(socket);
                writeAsFarAsItIsTaken(socket, part);
            }
            await(() -> metric("bodies_refused_total") - refused >= bodies - BodyBudget.MOST_BYTES / LONG);
            assertThat(metric("bodies_bytes")).isBetween(1L, (long) BodyBudget.MOST_BYTES);
            assertThat(server.post("/api/usage", UsageCallTest.message(""), "Authorization", "Bearer the-usage")
                            .status())
                    .isEqualTo(200);
            assertThat(firstAnswer(sockets))
                    .startsWith("HTTP/1.1 503")
                    .contains("Retry-After: 1\r\n", "Connection: close\r\n", "\"code\":\"BUSY\"");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        await(() -> metric("bodies_bytes") == 0);
    }

    @Test
    void aBodyOfAStrangerGivesWay() throws Exception {
        byte[] part = new byte[STRANGERS - 1];
        List<Socket> sockets = new ArrayList<>();
        try {
            int bodies = BodyBudget.MOST_BYTES / STRANGERS;
            for (int i = 0; i < bodies; i++) {
                Socket socket = sent("POST", "/api/licenses/lookup", "none", "Content-Length: " + STRANGERS);
                sockets.add(socket);
                socket.getOutputStream().write(part);
            }
            await(() -> metric("bodies_bytes") >= (long) bodies * (STRANGERS - 1));
            byte[] message = new byte[LONG];
            Arrays.fill(message, (byte) ' ');
            byte[] text = UsageCallTest.message("").getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(text, 0, message, 0, text.length);
            assertThat(server.sendBytes("POST", "/api/usage", message, "Authorization", "Bearer the-usage")
                            .status())
                    .isEqualTo(200);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        await(() -> metric("bodies") == 0);
    }

    @Test
    void ofAStrangerNoMoreIsReadThanAKeyNeeds() throws Exception {
        String announced = "Content-Length: " + (BodyReader.MAX_STRANGERS_BODY + 1);
        try (Socket socket = sent("POST", "/api/licenses/lookup", "none", announced)) {
            assertThat(TestServer.readAll(socket.getInputStream()))
                    .startsWith("HTTP/1.1 413")
                    .contains("TOO_LARGE", "without a token 65536");
        }
        try (Socket socket = sent("POST", "/api/licenses/lookup", "none", "Transfer-Encoding: chunked")) {
            int size = BodyReader.MAX_STRANGERS_BODY + 1;
            socket.getOutputStream()
                    .write((Integer.toHexString(size) + "\r\n" + " ".repeat(size) + "\r\n0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(readAnswer(socket.getInputStream())).startsWith("HTTP/1.1 413");
        }
        String body = "{\"license_key\":\"" + key + "\"}" + " ".repeat(STRANGERS);
        assertThat(server.post("/api/licenses/lookup", body).status()).isEqualTo(200);
    }

    /** At least ten pauses, so this is no shorter on any machine. */
    @Test
    void whoSendsWithoutATokenAndWithoutWaitingIsSlowedDown() throws Exception {
        int requests = 60;
        long start = System.nanoTime();
        try (Socket socket = server.connect()) {
            socket.getOutputStream()
                    .write("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            .repeat(requests)
                            .getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < requests; i++) {
                assertThat(readAnswer(socket.getInputStream())).startsWith("HTTP/1.1 200");
            }
        }
        assertThat((System.nanoTime() - start) / 1_000_000).isGreaterThanOrEqualTo(9 * 50);
    }

    /** Ten seconds of real time. */
    @Test
    @Tag("full")
    void aBodyThatDripsIsGivenUpAfterItsTime() throws Exception {
        long abandoned = metric("bodies_abandoned_total");
        try (Socket dripping = sent("POST", "/api/usage", "the-usage", "Content-Length: 100");
                Socket silent = sent("POST", "/api/licenses/" + key + "/validate", "none", "Content-Length: 100")) {
            long start = System.nanoTime();
            while (dripping.getInputStream().available() == 0) {
                dripping.getOutputStream().write(' ');
                Thread.sleep(200);
            }
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertThat(millis).isBetween(BodyReader.MAX_MILLIS - 1_000, BodyReader.MAX_MILLIS + 5_000);
            for (Socket each : List.of(dripping, silent)) {
                assertThat(TestServer.readAll(each.getInputStream()))
                        .startsWith("HTTP/1.1 408")
                        .contains("Connection: close\r\n", "REQUEST_TIMEOUT");
            }
        }
        assertThat(metric("bodies_abandoned_total") - abandoned).isEqualTo(2);
    }

    @Test
    void metricsNameNoLicense() {
        String text =
                server.get("/metrics", "Authorization", "Bearer the-admin").text();
        assertThat(text)
                .matches("(# HELP \\w+ [^\\n]+\\n# TYPE \\w+ (gauge|counter)\\n\\w+ \\d+\\n)+")
                .doesNotContain("lic_", "RL-");
        assertThat(metric("connections")).isPositive();
    }

    private static Socket sent(String method, String path, String token, String body) throws Exception {
        Socket socket = server.connect();
        String head = method + " " + path.replace("KEY", key) + " HTTP/1.1\r\nHost: localhost\r\n"
                + (token.equals("none") ? "" : "Authorization: Bearer " + token + "\r\n") + body + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void writeAsFarAsItIsTaken(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            // It was given up while it was being sent.
        }
    }

    private static String firstAnswer(List<Socket> sockets) throws IOException {
        for (Socket socket : sockets) {
            if (socket.getInputStream().available() > 0) {
                return TestServer.readAll(socket.getInputStream());
            }
        }
        throw new AssertionError("no answer");
    }

    private static long metric(String name) {
        String line = "hourmeter_server_" + name + " ";
        return server.get("/metrics", "Authorization", "Bearer the-admin")
                .text()
                .lines()
                .filter(each -> each.startsWith(line))
                .mapToLong(each -> Long.parseLong(each.substring(line.length())))
                .findFirst()
                .orElseThrow();
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(10);
        }
    }

    /** Head and body of one answer on a connection that goes on. */
    private static String readAnswer(InputStream in) throws Exception {
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf("\r\n\r\n") < 0) {
            answer.append((char) in.read());
        }
        String head = answer.toString();
        int length = Integer.parseInt(head.replaceAll("(?is).*content-length: (\\d+).*", "$1"));
        return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
}
