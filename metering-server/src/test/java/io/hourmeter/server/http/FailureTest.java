package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a failure inside looks like from outside, and in the log. */
class FailureTest {

    private static final String SECRET = "RL-SECRET00-SECRET00-SECRET00";

    private final Logger log = (Logger) LoggerFactory.getLogger(ApiHandler.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private LicenseHttpServer server;
    private int port;

    @BeforeEach
    void start() {
        server = LicenseHttpServer.bind(
                MeteringConfig.builder().set(Settings.LICENSE_SERVER_PORT, "0").build());
        server.serve(List.of(
                new Route("GET", "/broken/{key}", Permission.LICENSE_KEY, KnownInputs.ANY, call -> {
                    throw new IllegalStateException("column b of table a");
                }),
                new Route("GET", "/down/{key}", Permission.LICENSE_KEY, KnownInputs.ANY, call -> {
                    throw new LicenseServerUnavailableException("disk full on /var/db", null);
                }),
                new Route("GET", "/error/{key}", Permission.LICENSE_KEY, KnownInputs.ANY, call -> {
                    throw new NoClassDefFoundError("column/b/of/Table");
                }),
                new Route("GET", "/slow", Permission.LICENSE_KEY, KnownInputs.ANY, call -> {
                    arrived.countDown();
                    awaitRelease();
                    return ApiResponse.json(200, Map.of("done", true));
                })));
        port = server.port();
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void stop() {
        released.countDown();
        log.detachAppender(lines);
        server.close();
    }

    @Test
    void aRunningRequestIsAnsweredBeforeTheServerIsClosed() throws Exception {
        CompletableFuture<HttpResponse<String>> running =
                HttpClient.newHttpClient().sendAsync(request("/slow"), HttpResponse.BodyHandlers.ofString());
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        Thread closing = new Thread(server::close);
        closing.start();
        awaitNoNewConnections();
        assertThat(running).isNotDone();
        released.countDown();
        assertThat(running.get(10, TimeUnit.SECONDS).body()).isEqualTo("{\"done\":true}");
        closing.join(TimeUnit.SECONDS.toMillis(10));
        assertThat(closing.isAlive()).isFalse();
    }

    @Test
    void anUnforeseenFailureIs500WithoutDetailsAndOneLineInTheLog() throws Exception {
        HttpResponse<String> reply = get("/broken/" + SECRET);
        assertThat(reply.statusCode()).isEqualTo(500);
        assertThat(reply.headers().firstValue("Content-Type")).contains(TestServer.PROBLEM);
        assertThat(reply.body()).contains("INTERNAL_ERROR").doesNotContain("column", "Exception", "SECRET00");
        assertThat(lines.list).hasSize(1);
        assertThat(lines.list.get(0).getFormattedMessage()).isEqualTo("GET /broken/{key} failed");
        assertThat(lines.list.get(0).getThrowableProxy().getMessage()).isEqualTo("column b of table a");
    }

    @Test
    void anErrorThatTheProcessDoesNotOutliveIsAnsweredAndTold() throws Exception {
        List<Throwable> told = new CopyOnWriteArrayList<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> told.add(thrown));
        try {
            HttpResponse<String> reply = get("/error/" + SECRET);
            assertThat(reply.statusCode()).isEqualTo(500);
            assertThat(reply.body()).contains("INTERNAL_ERROR").doesNotContain("column", "SECRET00");
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertThat(told).singleElement().isInstanceOf(NoClassDefFoundError.class);
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("GET /error/{key} failed");
    }

    @Test
    void aStoreThatIsAwayIs503WithRetryAfterAndIsNotLoggedEachTime() throws Exception {
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> reply = get("/down/" + SECRET);
            assertThat(reply.statusCode()).isEqualTo(503);
            assertThat(reply.headers().firstValue("Retry-After")).contains("1");
            assertThat(reply.body()).contains("\"BUSY\"").doesNotContain("disk", "Exception");
        }
        assertThat(lines.list).hasSize(1);
        assertThat(lines.list.get(0).getFormattedMessage())
                .startsWith("GET /down/{key} answered 503")
                .contains("disk full on /var/db")
                .doesNotContain("SECRET00");
    }

    private HttpResponse<String> get(String path) throws Exception {
        return HttpClient.newHttpClient().send(request(path), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
    }

    private void awaitNoNewConnections() throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (System.nanoTime() < deadline) {
            try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
                socket.setSoTimeout(1);
            } catch (SocketException e) {
                // Refused, or reset: the port was closed while this connection waited to be accepted.
                return;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("the port is still open");
    }

    private void awaitRelease() {
        try {
            released.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
