package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that would not fit into the memory of the application pass through it, whole. */
@Timeout(120)
class BodyBombTest {

    /** Server, filter and their classes fit into it with some room; none of the bodies does. */
    private static final String HEAP = "-Xmx40m";

    private static final String JSON = "Content-Type: application/json\r\n";
    private static final long MIB = 1 << 20;
    private static final int CHUNK = 1 << 16;

    private static Process process;
    private static int port;

    @BeforeAll
    static void start() throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        "-XX:+ExitOnOutOfMemoryError",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        BodyBombServer.class.getName())
                .redirectErrorStream(true)
                .start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        while (port == 0) {
            String line = out.readLine();
            assertThat(line).as("the application has ended").isNotNull();
            if (line.startsWith("port ")) {
                port = Integer.parseInt(line.substring(5));
            }
        }
        Thread rest = new Thread(() -> out.lines().forEach(line -> {}), "body-bomb-output");
        rest.setDaemon(true);
        rest.start();
    }

    @AfterAll
    static void stop() throws Exception {
        process.outputWriter().close();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    private static byte[] chunk(String start, char fill) {
        byte[] bytes = new byte[CHUNK];
        Arrays.fill(bytes, (byte) fill);
        System.arraycopy(start.getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, start.length());
        return bytes;
    }

    /** Sends a body of this size in chunks, the first of its own, and returns what the application answers. */
    private static String post(String headers, byte[] first, byte[] further, long bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(120_000);
            OutputStream out = socket.getOutputStream();
            out.write(("POST /upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers
                            + "Transfer-Encoding: chunked\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            for (long sent = 0; sent < bytes; sent += CHUNK) {
                out.write((Integer.toHexString(CHUNK) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(sent == 0 ? first : further);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static void assertPasses(String headers, String start, char fill, long bytes) throws IOException {
        assertThat(post(headers, chunk(start, fill), chunk("", fill), bytes))
                .startsWith("HTTP/1.1 200")
                .contains("read " + bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":\"", "[", "{\"license_key\":\"", "{\"license_key\":"})
    void aBodyLargerThanTheHeapPassesWhole(String start) throws IOException {
        assertPasses(JSON, start, start.equals("[") ? '[' : 'x', 64 * MIB);
    }

    @Test
    void severalAtOncePass() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(16);
        try {
            List<Future<?>> senders = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                senders.add(pool.submit(() -> {
                    assertPasses(JSON, "{\"a\":\"", 'x', 8 * MIB);
                    return null;
                }));
            }
            for (Future<?> sender : senders) {
                sender.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    @Tag("full")
    void halfAGibibytePasses() throws IOException {
        assertPasses(JSON, "{\"a\":\"", 'x', 512 * MIB);
        assertPasses(JSON, "[", '[', 512 * MIB);
    }

    @Test
    void aCompressedBombIsNotUnpacked() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            byte[] zeros = chunk("{\"license_key\":\"", '0');
            for (long bytes = 0; bytes < 64 * MIB; bytes += CHUNK) {
                gzip.write(zeros);
            }
        }
        // Padded to whole chunks: whoever unpacked it would have met the bomb before the padding.
        byte[] body = Arrays.copyOf(packed.toByteArray(), 2 * CHUNK);
        assertThat(packed.size()).isLessThan(body.length);
        assertThat(post(
                        JSON + "Content-Encoding: gzip\r\n",
                        Arrays.copyOf(body, CHUNK),
                        Arrays.copyOfRange(body, CHUNK, 2 * CHUNK),
                        body.length))
                .contains("read " + body.length);
    }

    @Test
    void aLengthThatIsPromisedCostsNothing() throws IOException {
        // Ten gibibytes are announced twenty times; a few bytes come, and the client is gone.
        List<Socket> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                clients.add(socket);
                socket.getOutputStream()
                        .write(("POST /upload HTTP/1.1\r\nHost: localhost\r\n" + JSON + "Content-Length: "
                                        + (10_240 * MIB) + "\r\n\r\n{\"a\":")
                                .getBytes(StandardCharsets.US_ASCII));
            }
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
        assertPasses(JSON, "{\"a\":\"", 'x', MIB);
    }
}
