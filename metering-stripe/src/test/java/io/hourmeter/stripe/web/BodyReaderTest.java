package io.hourmeter.stripe.web;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies over real sockets, in Jetty with few threads. */
class BodyReaderTest {

    private static final int MOST = 10_000;
    private static final int THREADS = 12;
    private static final Duration NEVER = Duration.ofMinutes(5);
    private static final Duration SOON = Duration.ofMillis(300);

    private final List<Socket> sockets = new ArrayList<>();
    private BodyReader bodies = new BodyReader(System::nanoTime);
    private Server server = new Server();
    private int port;

    /** Answers how long the body is; refuses before it reads where a header says so. */
    private final class Echo extends HttpServlet {

        private static final long serialVersionUID = 1;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (BodyReader.leaves(request, response)) {
                return;
            }
            if (request.getHeader("Refuse") != null) {
                RestOfBody.announce(request, response);
                Replies.problem(response, Refusal.notAvailable());
                RestOfBody.letGo(request, response);
                return;
            }
            bodies.read(request, response, MOST, new BodyReader.Exchange() {
                @Override
                public void answer(byte[] body) throws IOException {
                    Replies.body(response, "text/plain", ("got " + body.length).getBytes(StandardCharsets.US_ASCII));
                }

                @Override
                public void refuse(Throwable failure) throws IOException {
                    Replies.problem(response, failure instanceof Refusal refusal ? refusal : Refusal.notAvailable());
                }
            });
        }
    }

    private void start(Duration deadline, long mostBytes, boolean async, Filter... filters) throws Exception {
        bodies.close();
        bodies = new BodyReader(System::nanoTime, deadline, mostBytes);
        server = new Server(new QueuedThreadPool(THREADS));
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/");
        for (Filter filter : filters) {
            FilterHolder holder = new FilterHolder(filter);
            holder.setAsyncSupported(true);
            context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
        }
        ServletHolder holder = new ServletHolder(new Echo());
        holder.setAsyncSupported(async);
        context.addServlet(holder, "/*");
        server.setHandler(context);
        server.start();
        port = connector.getLocalPort();
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        server.stop();
        bodies.close();
    }

    private Socket open(String... parts) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        sockets.add(socket);
        send(socket, parts);
        return socket;
    }

    private static void send(Socket socket, String... parts) throws IOException {
        for (String part : parts) {
            socket.getOutputStream().write(part.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        }
    }

    /** All until the server closes. */
    private static String answer(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private static boolean hasAnswer(Socket socket) {
        try {
            return socket.getInputStream().available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String head(String... headers) {
        return "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
    }

    private static String length(int length) {
        return head("Content-Length: " + length);
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("did not come about").isNegative();
            Thread.sleep(5);
        }
    }

    private void assertNothingIsLeft() throws InterruptedException {
        await(() -> bodies.underWay() == 0);
        assertThat(bodies.bytesUnderWay()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bodyIsReadHoweverItArrives(boolean async) throws Exception {
        start(NEVER, 100_000, async);
        assertThat(answer(open(length(3) + "abc"))).endsWith("got 3");
        assertThat(answer(open(length(0)))).endsWith("got 0");
        assertThat(answer(open(head("X: y")))).endsWith("got 0");
        assertThat(answer(open(head("Transfer-Encoding: chunked") + "3\r\nabc\r\n0\r\n\r\n")))
                .endsWith("got 3");
        Socket slow = open(length(9_000), "x".repeat(4_000));
        await(() -> bodies.underWay() == 1);
        send(slow, "x".repeat(4_999));
        send(slow, "x");
        assertThat(answer(slow)).endsWith("got 9000");
        Socket chunked = open(head("Transfer-Encoding: chunked"), "3\r\nabc\r\n");
        await(() -> bodies.underWay() == 1);
        send(chunked, "2\r\nde\r\n", "0\r\n\r\n");
        assertThat(answer(chunked)).endsWith("got 5");
        assertNothingIsLeft();
    }

    @Test
    void bodiesThatDoNotComeHoldNoThread() throws Exception {
        start(NEVER, 100_000, true);
        for (int i = 0; i < 5 * THREADS; i++) {
            open(i % 2 == 0 ? length(10) : head("Transfer-Encoding: chunked"));
        }
        await(() -> bodies.underWay() == 5 * THREADS);
        assertThat(answer(open(length(3), "a", "bc"))).endsWith("got 3");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bodyHasSoMuchTimeInAll(boolean async) throws Exception {
        start(SOON, 100_000, async);
        Socket dripping = open(length(5_000));
        Thread drip = new Thread(() -> {
            try {
                while (true) {
                    send(dripping, "x");
                    Thread.sleep(10);
                }
            } catch (IOException | InterruptedException e) {
                // It is refused.
            }
        });
        drip.start();
        String answer = answer(dripping);
        drip.join();
        assertThat(answer).startsWith("HTTP/1.1 408").contains("BODY_TOO_SLOW");
        assertThat(bodies.givenUp()).isEqualTo(1);
        assertNothingIsLeft();
    }

    @Test
    void silentBodyIsGivenUpToo() throws Exception {
        start(SOON, 100_000, true);
        assertThat(answer(open(length(10)))).startsWith("HTTP/1.1 408");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bodyThatIsTooLargeIsRefusedByItsHead(boolean async) throws Exception {
        start(SOON, 100_000, async);
        assertThat(answer(open(length(MOST + 1)))).startsWith("HTTP/1.1 413");
        assertNothingIsLeft();
    }

    @Test
    void refusalDoesNotWaitAndIsSeenByWhoStillSends() throws Exception {
        start(NEVER, 100_000, true);
        Socket silent = open(head("Refuse: yes", "Content-Length: 2000000"));
        byte[] first = silent.getInputStream().readNBytes(12);
        assertThat(new String(first, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 503");
        send(silent, "x".repeat(2_000_000));
        assertThat(answer(silent)).contains("NOT_AVAILABLE");
        assertNothingIsLeft();
    }

    @Test
    void bodyWithoutAnEndIsRefusedAndThrownAwaySoFar() throws Exception {
        start(NEVER, 100_000, true);
        Socket endless = open(head("Transfer-Encoding: chunked"));
        String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
        send(endless, chunk);
        byte[] first = endless.getInputStream().readNBytes(12);
        assertThat(new String(first, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
        assertThat(bodies.bytesUnderWay()).isZero();
        long sent = 0;
        try {
            while (sent < 100 * RestOfBody.MOST_BYTES) {
                send(endless, chunk);
                sent += chunk.length();
            }
        } catch (IOException e) {
            // Closed, as it should be.
        }
        assertThat(sent).isLessThan(10 * RestOfBody.MOST_BYTES);
        assertNothingIsLeft();
    }

    @Test
    void largestGoesWhenTheRoomIsUsedUp() throws Exception {
        start(NEVER, 30_000, true);
        List<Socket> large = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            large.add(open(length(MOST), "x".repeat(7_000 + i)));
        }
        await(() -> bodies.givenUp() == 4);
        assertThat(bodies.bytesUnderWay()).isLessThanOrEqualTo(30_000);
        assertThat(answer(open(length(1_000), "x".repeat(999), "x"))).endsWith("got 1000");
        // A body counts as given up a moment before its answer is there.
        await(() -> large.stream().filter(BodyReaderTest::hasAnswer).count() == 4);
        for (Socket each : large.stream().filter(BodyReaderTest::hasAnswer).toList()) {
            assertThat(answer(each)).startsWith("HTTP/1.1 503");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoBreaksOffLeavesNothing(boolean async) throws Exception {
        start(NEVER, 100_000, async);
        for (int i = 0; i < 5; i++) {
            open(length(100), "x".repeat(i));
        }
        await(() -> bodies.underWay() == 5);
        for (Socket socket : sockets) {
            socket.close();
        }
        assertNothingIsLeft();
    }

    @Test
    void withoutAsyncSomeThreadsWaitAndNoMore() throws Exception {
        start(NEVER, 100_000, false);
        for (int i = 0; i < BodyReader.MOST_THREADS; i++) {
            open(length(10));
        }
        await(() -> bodies.underWay() == BodyReader.MOST_THREADS);
        assertThat(answer(open(length(10)))).startsWith("HTTP/1.1 503");
        assertThat(answer(open(length(3) + "abc")))
                .as("what has arrived needs none of them")
                .endsWith("got 3");
    }

    /** As many an application's filter does that wants to log a body. */
    @Test
    void requestThatCanOnlyBeReadByWaitingIsReadSo() throws Exception {
        start(NEVER, 100_000, true, (request, response, chain) -> {
            byte[] all = request.getInputStream().readAllBytes();
            chain.doFilter(
                    new HttpServletRequestWrapper((HttpServletRequest) request) {
                        @Override
                        public ServletInputStream getInputStream() {
                            return new Cached(all);
                        }
                    },
                    response);
        });
        assertThat(answer(open(length(5), "ab", "cde"))).endsWith("got 5");
        assertNothingIsLeft();
    }

    private static final class Cached extends ServletInputStream {

        private final byte[] all;
        private int at;

        Cached(byte[] all) {
            this.all = all;
        }

        @Override
        public int read() {
            return at < all.length ? all[at++] : -1;
        }

        @Override
        public boolean isFinished() {
            return at == all.length;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new UnsupportedOperationException("not implemented");
        }
    }
}
