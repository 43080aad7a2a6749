package io.hourmeter.servlet;

import static io.hourmeter.servlet.StubTracker.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Settings;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the filter looks into, the application reads exactly what was sent, in every way there is to read it. */
class BodyPeekTest {

    private static final int[] SIZES = {0, 1, 2, 4_095, 4_096, 4_097, 65_535, 65_536, 65_537, 200_000, 3_000_000};
    private static final List<String> READERS =
            List.of("/stream", "/bytes", "/reader", "/async", "/async-elsewhere", "/async-late", "/async-redispatched");

    private static final AtomicInteger received = new AtomicInteger();

    @RegisterExtension
    private static final Web web = site();

    private static Web site() {
        // Not required: a body without a key passes, looked into all the same.
        return Web.metered(Web.settings(Settings.LICENSE_REQUIRED, "false"))
                .servlet(
                        "/stream",
                        (request, response) -> response.getWriter()
                                .print(Web.sha256(request.getInputStream().readAllBytes())))
                .servlet("/bytes", (request, response) -> response.getWriter().print(Web.sha256(byteWise(request))))
                .servlet("/reader", (request, response) -> {
                    request.setCharacterEncoding("ISO-8859-1");
                    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                    for (int c = request.getReader().read();
                            c >= 0;
                            c = request.getReader().read()) {
                        bytes.write(c);
                    }
                    response.getWriter().print(Web.sha256(bytes.toByteArray()));
                })
                .servlet("/text", (request, response) -> {
                    response.setContentType("text/plain;charset=utf-8");
                    response.getWriter().print(request.getReader().readLine());
                })
                .servlet("/async", (request, response) -> readAsync(request, request.startAsync(), Runnable::run))
                .servlet("/async-thread", (request, response) -> {
                    Thread mine = Thread.currentThread();
                    readAsync(request, request.startAsync(), reading -> {
                        response.setHeader("X-Same-Thread", String.valueOf(mine == Thread.currentThread()));
                        reading.run();
                    });
                })
                .servlet(
                        "/async-elsewhere",
                        (request, response) ->
                                readAsync(request, request.startAsync(request, response), BodyPeekTest::onNewThread))
                .servlet("/async-late", (request, response) -> {
                    AsyncContext async = request.startAsync();
                    onNewThread(() -> {
                        try {
                            readAsync((HttpServletRequest) async.getRequest(), async, Runnable::run);
                        } catch (IOException e) {
                            async.complete();
                        }
                    });
                })
                .servlet("/async-redispatched", (request, response) -> {
                    if (request.getAttribute("again") == null) {
                        request.setAttribute("again", true);
                        request.startAsync().dispatch();
                    } else {
                        readAsync(request, request.startAsync(), Runnable::run);
                    }
                });
    }

    private static byte[] byteWise(HttpServletRequest request) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        InputStream in = request.getInputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            bytes.write(b);
        }
        return bytes.toByteArray();
    }

    private static void onNewThread(Runnable task) {
        new Thread(task, "reader").start();
    }

    /** Reads as a good asynchronous servlet does, on the container's thread or on one of its own. */
    private static void readAsync(HttpServletRequest request, AsyncContext async, Executor executor)
            throws IOException {
        ServletInputStream in = request.getInputStream();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        AtomicBoolean inside = new AtomicBoolean();
        in.setReadListener(new ReadListener() {
            @Override
            public void onDataAvailable() {
                if (!inside.compareAndSet(false, true)) {
                    fail("two calls at once");
                }
                executor.execute(this::read);
                inside.set(false);
            }

            private void read() {
                byte[] buffer = new byte[1_000];
                try {
                    while (!in.isFinished() && in.isReady()) {
                        int read = in.read(buffer);
                        if (read > 0) {
                            bytes.write(buffer, 0, read);
                            received.addAndGet(read);
                        }
                    }
                } catch (IOException e) {
                    fail(e.toString());
                }
            }

            @Override
            public void onAllDataRead() throws IOException {
                if (inside.get()) {
                    fail("two calls at once");
                }
                async.getResponse().getWriter().print(Web.sha256(bytes.toByteArray()));
                async.complete();
            }

            @Override
            public void onError(Throwable failure) {
                fail(failure.toString());
            }

            private void fail(String what) {
                try {
                    async.getResponse().getWriter().print(what);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
                async.complete();
            }
        });
    }

    @BeforeEach
    void reset() {
        received.set(0);
    }

    static List<Arguments> sizesAndReaders() {
        List<Arguments> all = new ArrayList<>();
        for (int size : SIZES) {
            for (String reader : READERS) {
                all.add(Arguments.of(size, reader, false));
                all.add(Arguments.of(size, reader, true));
            }
        }
        return all;
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    /** A JSON document of a given size that carries the key. */
    private static byte[] document(int size) {
        String start = "{\"license_key\":\"" + KEY + "\",\"x\":\"";
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 'a');
        System.arraycopy(start.getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, start.length());
        bytes[size - 2] = '"';
        bytes[size - 1] = '}';
        return bytes;
    }

    private static BodyPublisher publisher(byte[] bytes, boolean chunked) {
        return chunked
                ? BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes))
                : BodyPublishers.ofByteArray(bytes);
    }

    private static HttpRequest.Builder post(String path, byte[] bytes, boolean chunked) {
        return web.request(path).header("Content-Type", "application/json").POST(publisher(bytes, chunked));
    }

    @ParameterizedTest(name = "{0} bytes by {1}, chunked {2}")
    @MethodSource("sizesAndReaders")
    void bodyArrivesByteForByte(int size, String reader, boolean chunked) {
        byte[] bytes = bytes(size);
        HttpResponse<String> answer = Web.send(post(reader, bytes, chunked));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(Web.sha256(bytes));
        assertThat(web.tracker.keys).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 4_096, 65_535, 65_536})
    void keyIsFoundInBodiesUpToTheLimit(int size) {
        for (boolean chunked : List.of(false, true)) {
            for (String reader : READERS) {
                web.tracker.reset();
                HttpResponse<String> answer = Web.send(post(reader, document(size), chunked));
                assertThat(answer.body()).as(reader).isEqualTo(Web.sha256(document(size)));
                assertThat(answer.headers().firstValue("X-Session-ID"))
                        .as(reader)
                        .isPresent();
                web.assertReleased(1);
            }
        }
    }

    /** A request that another thread completes is more than a container may be ready for, as Tomcat over HTTP/2 is not. */
    @Test
    void listenerIsCalledByTheThreadOfTheRequest() {
        byte[] body = document(1_000);
        HttpResponse<String> answer = Web.send(post("/async-thread", body, false));
        assertThat(answer.body()).isEqualTo(Web.sha256(body));
        assertThat(answer.headers().firstValue("X-Same-Thread")).contains("true");
    }

    @ParameterizedTest
    @ValueSource(ints = {65_537, 65_538, 100_000})
    void keyIsNotLookedForBeyondTheLimit(int size) {
        for (boolean chunked : List.of(false, true)) {
            HttpResponse<String> answer = Web.send(post("/stream", document(size), chunked));
            assertThat(answer.body()).isEqualTo(Web.sha256(document(size)));
            assertThat(web.tracker.keys).isEmpty();
        }
    }

    @Test
    void bodyIsNotReadWhenTheHeaderHasAKey() {
        byte[] body = document(1_000);
        HttpResponse<String> answer =
                Web.send(post("/async", body, true).header("X-License-Key", StubTracker.OTHER_KEY));
        assertThat(answer.body()).isEqualTo(Web.sha256(body));
        assertThat(web.tracker.keys).containsExactly(StubTracker.OTHER_KEY);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 60_000, 100_000})
    void expectContinueWorks(int size) {
        byte[] bytes = bytes(size);
        for (boolean chunked : List.of(false, true)) {
            assertThat(Web.send(post("/stream", bytes, chunked).expectContinue(true))
                            .body())
                    .isEqualTo(Web.sha256(bytes));
        }
    }

    @Test
    void encodedBodiesAreNotLookedInto() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(document(500));
        }
        HttpResponse<String> answer =
                Web.send(post("/stream", packed.toByteArray(), false).header("Content-Encoding", "gzip"));
        assertThat(answer.body()).isEqualTo(Web.sha256(packed.toByteArray()));
        assertThat(web.tracker.keys).isEmpty();
    }

    @Test
    void identityIsNoEncoding() {
        Web.send(post("/stream", document(500), false).header("Content-Encoding", "identity"));
        assertThat(web.tracker.keys).containsExactly(KEY);
    }

    @Test
    void deepJsonCostsNothing() {
        byte[] deep = "[".repeat(65_000).getBytes(StandardCharsets.US_ASCII);
        assertThat(Web.send(post("/stream", deep, false)).body()).isEqualTo(Web.sha256(deep));
        String nested = "{\"a\":" + "[".repeat(20_000) + "]".repeat(20_000) + ",\"license_key\":\"" + KEY + "\"}";
        assertThat(Web.send(post("/stream", nested.getBytes(StandardCharsets.US_ASCII), false))
                        .body())
                .isEqualTo(Web.sha256(nested.getBytes(StandardCharsets.US_ASCII)));
        assertThat(web.tracker.keys).containsExactly(KEY);
    }

    @Test
    void manyKeysCostNoMoreThanTwo() {
        StringBuilder body = new StringBuilder("{");
        for (int i = 0; body.length() < 65_000; i++) {
            body.append(String.format("\"license_key\":\"RL-%08d-BBBB3333-CCCC4444\",", i));
        }
        body.append("\"z\":0}");
        HttpResponse<String> answer =
                Web.send(post("/stream", body.toString().getBytes(StandardCharsets.US_ASCII), false));
        assertThat(answer.statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "UTF-16BE", "UTF-16LE", "UTF-32BE"})
    void keyIsFoundInEveryEncodingOfJson(String charset) throws IOException {
        byte[] body = ("{\"license_key\":\"" + KEY + "\"}").getBytes(charset);
        assertThat(Web.send(post("/stream", body, false)).body()).isEqualTo(Web.sha256(body));
        assertThat(web.tracker.keys).containsExactly(KEY);
    }

    @Test
    void keyIsFoundBehindAByteOrderMark() {
        byte[] body = ("\uFEFF{\"license_key\":\"" + KEY + "\"}").getBytes(StandardCharsets.UTF_8);
        Web.send(post("/stream", body, false));
        assertThat(web.tracker.keys).containsExactly(KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json; charset=utf-8", "application/json", "application/x+json;charset=UTF-8"})
    void readerDecodesAsTheContainerDoes(String type) {
        String text = "{\"name\":\"Zoë €\"}";
        HttpRequest.Builder peeked =
                web.request("/text").header("Content-Type", type).POST(BodyPublishers.ofString(text));
        HttpRequest.Builder untouched =
                web.keyed("/text").header("Content-Type", type).POST(BodyPublishers.ofString(text));
        assertThat(Web.send(peeked).body()).isEqualTo(Web.send(untouched).body());
    }

    @Test
    void theFirstPartReachesAnAsynchronousReaderBeforeTheRestIsSent() throws Exception {
        byte[] first = document(70_000);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(
                    ("POST /async HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                                    + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(first.length) + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            out.write(first);
            out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            // Each piece is sent only after the servlet has read everything before it.
            AtomicInteger sent = new AtomicInteger(first.length);
            for (String piece : List.of("5\r\nhello\r\n", "0\r\n\r\n")) {
                Web.await(() -> received.get() == sent.get());
                assertThat(received).hasValue(sent.get());
                out.write(piece.getBytes(StandardCharsets.US_ASCII));
                out.flush();
                sent.addAndGet("hello".length());
            }
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            byte[] whole = Arrays.copyOf(first, first.length + 5);
            System.arraycopy("hello".getBytes(StandardCharsets.US_ASCII), 0, whole, first.length, 5);
            assertThat(answer).contains(Web.sha256(whole));
        }
    }

    @Test
    void aBodyThatBreaksOffIsTheApplicationsToSee() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), web.port())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(
                    ("POST /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: 100\r\n\r\n{\"license")
                            .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            socket.shutdownOutput();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(answer).doesNotContain("HTTP/1.1 200");
        }
        web.assertReleased(0);
    }

    @Test
    void streamAndReaderExcludeEachOther() throws Exception {
        try (Web strict = Web.metered(Web.settings(Settings.LICENSE_REQUIRED, "false"))
                .servlet("/both", (request, response) -> {
                    request.getInputStream();
                    try {
                        request.getReader();
                    } catch (IllegalStateException e) {
                        response.getWriter().print("refused");
                    }
                })
                .start()) {
            assertThat(Web.send(strict.request("/both")
                                    .header("Content-Type", "application/json")
                                    .POST(BodyPublishers.ofString("{}")))
                            .body())
                    .isEqualTo("refused");
        }
    }
}
