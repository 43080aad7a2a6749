package io.hourmeter.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.hourmeter.tests.ResourceHarness.Resource;
import io.hourmeter.tests.ResourceHarness.Row;
import io.hourmeter.tests.ResourceHarness.Use;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The harness tells a server whose customers wait from one whose customers do not. */
class ResourceHarnessTest {

    private static final int THREADS = 4;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final AtomicInteger busy = new AtomicInteger();
    private HttpServer server;

    /** Each body that does not come holds one of four threads. */
    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            busy.incrementAndGet();
            try (exchange;
                    InputStream in = exchange.getRequestBody()) {
                in.readAllBytes();
                byte[] answer = "ok".getBytes(StandardCharsets.US_ASCII);
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            } finally {
                busy.decrementAndGet();
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private int port() {
        return server.getAddress().getPort();
    }

    private ResourceHarness harness() {
        return new ResourceHarness("a server", "of the JDK", port(), 500, Probe.get("customer", port(), "/"));
    }

    private Resource threadsInUse() {
        return new Resource("threads", busy::get, 0);
    }

    @Test
    void aServerWithRoomServesItsCustomers() {
        ResourceHarness harness = harness();
        Row row = harness.run(threadsInUse(), 50, SlowClient.silent());
        row.check();
        assertThat(row.held()).isEqualTo(50);
        assertThat(row.served().get(0).answered()).isEqualTo(ResourceHarness.QUESTIONS);
        assertThat(harness.table()).contains("| threads", "50 x silent after connect", "customer slowest");
    }

    @Test
    void aServerWhoseThreadsAreHeldIsFoundOut() {
        String head = SlowClient.head("POST", "/", "Content-Length: 10");
        Row row = harness().run(threadsInUse(), THREADS, SlowClient.promisingABody(head));
        assertThat(row.peak()).isEqualTo(THREADS);
        assertThat(row.served().get(0).answered()).isZero();
        assertThat(row.backMillis()).isNotNegative();
        assertThatThrownBy(row::check)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("customer was not served");
    }

    @Test
    void eachClientDoesWhatItSays() {
        String head = SlowClient.head("POST", "/", "Content-Length: 4", "Connection: close");
        try (SlowClients dripping =
                SlowClients.open(port(), 3, SlowClient.drippingABody(head, Duration.ofMillis(20)))) {
            await(() -> dripping.answeredFirst(200) == 3 && dripping.held() == 0);
            assertThat(dripping.sentBytes()).isGreaterThanOrEqualTo(3L * (head.length() + 4));
        }
        String request = SlowClient.head("GET", "/");
        try (SlowClients pipelining = SlowClients.open(port(), 1, SlowClient.pipelining(request))) {
            await(() -> pipelining.sentBytes() > 100L * request.length());
        }
        String last = SlowClient.head("GET", "/", "Connection: close");
        try (SlowClients back =
                SlowClients.open(port(), 2, SlowClient.sending("leaves", last).comingBack())) {
            await(() -> back.opened() >= 6);
            assertThat(back.held()).isLessThanOrEqualTo(2);
        }
        try (SlowClients deaf =
                SlowClients.open(port(), 1, SlowClient.idleAfter(request).readingNothing())) {
            assertThat(deaf.awaitBegun(Duration.ofSeconds(5))).isTrue();
            assertThat(deaf.answeredFirst(200)).isZero();
        }
    }

    @Test
    void whoIsTurnedAwayWhileOthersAreStillComingComesBackAsOne() throws Exception {
        String last = SlowClient.head("GET", "/", "Connection: close");
        int most = 0;
        try (SlowClients clients =
                SlowClients.open(port(), 300, SlowClient.sending("leaves", last).comingBack())) {
            while (clients.opened() < 900) {
                most = Math.max(most, clients.held());
                Thread.sleep(1);
            }
        }
        assertThat(most).isLessThanOrEqualTo(300);
    }

    @Test
    void whatIsWatchedIsSeenAndHasToBeAsBefore() {
        AtomicInteger kept = new AtomicInteger();
        ResourceHarness harness = harness().watching(new Resource("kept", kept::incrementAndGet, Integer.MAX_VALUE));
        Row row = harness.run(threadsInUse(), 1, SlowClient.silent());
        row.check();
        assertThat(row.watched().get(0).peak())
                .isGreaterThan(row.watched().get(0).before());
        assertThat(harness.table()).contains("| kept");
        Row leaking = new Row(
                "threads", "1 x", "a server", "", 1, 0, 1, 0, List.of(), 5, List.of(new Use("files", 3, 9, 9, -1)));
        assertThatThrownBy(leaking::check).hasMessageContaining("files did not recover");
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
