package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Hours;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.server.LicenseServer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is billed equals what was used. */
@Tag("full")
class BilledTimeEndToEndTest {

    private static final long USE_MILLIS = 5_000;
    private static final int CLIENTS = 8;

    /** A client has the last byte of an answer before the container has ended the request, which is billed until then. */
    private static final long CONTAINER_ENDS_MILLIS = 100;

    private Rig rig;
    private LicenseServer server;
    private String key;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new Rig(folder);
        server = rig.licenseServer(0);
        key = rig.license(server.port(), "10");
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void eightParallelClientsOfOneLicenseUseFiveSecondsNotForty() throws Exception {
        WebApp app = rig.webApp(server.port(), Map.of());
        long start = System.nanoTime();
        inParallel(client -> useFor(USE_MILLIS, List.of(app), false));
        long elapsed = Rig.millisSince(start);
        rig.close(app);
        assertThat(rig.usedMillis(server.port(), key)).isBetween(USE_MILLIS - 300, elapsed + CONTAINER_ENDS_MILLIS);
    }

    @Test
    void eightSessionsAlternatingBetweenTwoNodesUseFortySeconds() throws Exception {
        Map<String, String> bySession = Map.of("usage.billing", "session");
        List<WebApp> nodes = List.of(rig.webApp(server.port(), bySession), rig.webApp(server.port(), bySession));
        List<Long> active = inParallel(client -> useFor(USE_MILLIS, nodes, true));
        for (WebApp node : nodes) {
            rig.close(node);
        }
        long expected = active.stream().mapToLong(Long::longValue).sum();
        assertThat(expected).isBetween(CLIENTS * (USE_MILLIS - 300), CLIENTS * (USE_MILLIS + 500));
        assertThat(rig.usedMillis(server.port(), key))
                .isBetween(expected - CLIENTS * 100L, expected + CLIENTS * CONTAINER_ENDS_MILLIS);
    }

    @Test
    void pauseLongerThanTheIdleTimeoutIsNotBilled() throws Exception {
        WebApp app = rig.webApp(server.port(), Map.of());
        String first = session(rig.use(app, "/api/status", key));
        Rig.pause(Duration.ofMillis(3_000));
        String second = session(rig.use(app, "/api/status", key));
        rig.close(app);
        assertThat(second).isNotEqualTo(first);
        assertThat(rig.usedMillis(server.port(), key)).isLessThan(500);
    }

    @Test
    void pauseWithinTheIdleTimeoutIsBilled() throws Exception {
        WebApp app = rig.webApp(server.port(), Map.of());
        long start = System.nanoTime();
        rig.use(app, "/api/status", key);
        Rig.pause(Duration.ofMillis(1_500));
        rig.use(app, "/api/status", key);
        long elapsed = Rig.millisSince(start);
        rig.close(app);
        assertThat(rig.usedMillis(server.port(), key)).isBetween(1_490L, elapsed + CONTAINER_ENDS_MILLIS);
    }

    @Test
    void asyncRequestBillsUntilItCompletes() throws Exception {
        WebApp app = rig.webApp(server.port(), Map.of());
        long start = System.nanoTime();
        assertThat(rig.use(app, "/api/slow?seconds=3", key).statusCode()).isEqualTo(200);
        long elapsed = Rig.millisSince(start);
        rig.close(app);
        assertThat(rig.usedMillis(server.port(), key)).isBetween(2_990L, elapsed + CONTAINER_ENDS_MILLIS);
    }

    @Test
    void balanceAskedThroughTheApplicationIsAtMostASecondBehind() throws Exception {
        WebApp app = rig.webApp(server.port(), Map.of("usage.check.interval", "300", "usage.idle.timeout", "300"));
        long start = System.nanoTime();
        useFor(3_000, List.of(app), false);
        long asked = Rig.millisSince(start);
        HttpResponse<String> answer = rig.use(app, "/payments/balance", key);
        long elapsed = Rig.millisSince(start);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        long used = Hours.toMillis(Rig.json(answer).get("used_hours").decimalValue());
        assertThat(used).isBetween(asked - 1_000, elapsed + CONTAINER_ENDS_MILLIS);
    }

    @Test
    void twoApplicationsWithOneKeyBillTheUnion() throws Exception {
        WebApp one = rig.webApp(server.port(), Map.of());
        WebApp two = rig.webApp(server.port(), Map.of());
        long start = System.nanoTime();
        inParallel(client -> useFor(3_000, List.of(client % 2 == 0 ? one : two), false));
        long elapsed = Rig.millisSince(start);
        rig.close(one);
        rig.close(two);
        assertThat(rig.usedMillis(server.port(), key)).isBetween(2_700L, elapsed + CONTAINER_ENDS_MILLIS);
    }

    @Test
    void restartOfTheLicenseServerIsInvisibleAndChargesNothingTwice() throws Exception {
        WebApp app = rig.webApp(server.port(), Map.of());
        int port = server.port();
        ExecutorService client = Executors.newSingleThreadExecutor();
        try {
            Future<Long> active = client.submit(() -> useFor(6_000, List.of(app), false));
            Rig.pause(Duration.ofMillis(1_500));
            rig.close(server);
            Rig.pause(Duration.ofMillis(2_000));
            server = rig.licenseServer(port);
            long used = active.get();
            rig.close(app);
            assertThat(rig.usedMillis(port, key)).isBetween(used - 300, used + CONTAINER_ENDS_MILLIS);
        } finally {
            client.shutdownNow();
        }
    }

    @Test
    void requestsWithoutAKeyPassWhenNoneIsRequired() throws Exception {
        WebApp app = rig.webApp(server.port(), Map.of("license.required", "false"));
        HttpResponse<String> without = rig.get(app.port(), "/api/slow?seconds=1");
        assertThat(without.statusCode()).isEqualTo(200);
        assertThat(without.headers().map()).doesNotContainKeys("X-Session-ID", "x-session-id", "X-Hours-Remaining");
        HttpResponse<String> with = rig.use(app, "/api/slow?seconds=1", key);
        assertThat(with.statusCode()).isEqualTo(200);
        assertThat(with.headers().firstValue("X-Session-ID")).isPresent();
        rig.close(app);
        assertThat(rig.usedMillis(server.port(), key)).isBetween(990L, 1_500L);
    }

    private interface Use {
        long run(int client) throws Exception;
    }

    private static List<Long> inParallel(Use use) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<Long>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int client = i;
                running.add(clients.submit(() -> use.run(client)));
            }
            List<Long> results = new ArrayList<>();
            for (Future<Long> one : running) {
                results.add(one.get());
            }
            return results;
        } finally {
            clients.shutdownNow();
        }
    }

    /** Calls every 100 ms, the nodes in turn; returns the time from the first request to the last answer. */
    private long useFor(long millis, List<WebApp> nodes, boolean carrySession) {
        long start = System.nanoTime();
        long last = 0;
        String session = null;
        for (int i = 0; Rig.millisSince(start) < millis; i++) {
            WebApp node = nodes.get(i % nodes.size());
            HttpResponse<String> answer = carrySession && session != null
                    ? rig.use(node, "/api/status", key, "X-Session-ID", session)
                    : rig.use(node, "/api/status", key);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            last = Rig.millisSince(start);
            String given = session(answer);
            if (carrySession && session != null) {
                assertThat(given).isEqualTo(session);
            }
            session = given;
            Rig.pause(Duration.ofMillis(100));
        }
        return last;
    }

    private static String session(HttpResponse<String> answer) {
        return answer.headers().firstValue("X-Session-ID").orElseThrow();
    }
}
