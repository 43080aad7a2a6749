package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.server.LicenseServer;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A balance is used to its end, refused, and bought again. */
class RunsOutEndToEndTest {

    private static final String SIX_SECONDS = "0.0016666667";
    private static final Duration PACE = Duration.ofMillis(200);

    private Rig rig;
    private LicenseServer server;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new Rig(folder);
        server = rig.licenseServer(0);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void sixSecondsAreServedThenRefusedThenServedAgainAfterTopUp() throws Exception {
        WebApp app = rig.webApp(server.port(), Map.of());
        String key = rig.license(server.port(), SIX_SECONDS);

        List<BigDecimal> remaining = new ArrayList<>();
        long start = System.nanoTime();
        HttpResponse<String> answer = rig.use(app, "/api/status", key);
        while (answer.statusCode() == 200 && Rig.millisSince(start) < 10_000) {
            remaining.add(new BigDecimal(
                    answer.headers().firstValue("X-Hours-Remaining").orElseThrow()));
            assertThat(answer.headers().firstValue("X-Session-ID")).isPresent();
            Rig.pause(PACE);
            answer = rig.use(app, "/api/status", key);
        }
        long served = Rig.millisSince(start);

        assertThat(answer.statusCode()).isEqualTo(402);
        assertThat(served).isBetween(5_900L, 6_500L);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
        JsonNode problem = Rig.json(answer);
        assertThat(problem.get("code").asText()).isEqualTo("HOURS_EXHAUSTED");
        assertThat(problem.get("hours_remaining").decimalValue()).isEqualByComparingTo("0");
        assertThat(problem.get("top_up_url").asText()).endsWith("/payments/");
        assertThat(remaining).isSortedAccordingTo((a, b) -> b.compareTo(a)).hasSizeGreaterThan(20);
        assertThat(remaining.get(0)).isGreaterThan(remaining.get(remaining.size() - 1));

        JsonNode balance = rig.balance(server.port(), key);
        assertThat(balance.get("hours_remaining").decimalValue()).isEqualByComparingTo("0");
        assertThat(balance.get("used_hours").decimalValue()).isEqualByComparingTo(SIX_SECONDS);

        long refusedSince = System.nanoTime();
        while (Rig.millisSince(refusedSince) < 3_000) {
            assertThat(rig.use(app, "/api/status", key).statusCode()).isEqualTo(402);
            Rig.pause(PACE);
        }
        rig.addHours(server.port(), key, "1");
        long toppedUp = System.nanoTime();
        answer = rig.use(app, "/api/status", key);
        while (answer.statusCode() != 200 && Rig.millisSince(toppedUp) < 10_000) {
            Rig.pause(PACE);
            answer = rig.use(app, "/api/status", key);
        }
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);

        rig.close(app);
        assertThat(rig.usedMillis(server.port(), key))
                .as("neither the refused time nor the wait for the top-up is charged")
                .isBetween(6_000L, 6_300L);
    }

    @Test
    void twoApplicationsNeverServePastTheBalance() throws Exception {
        WebApp one = rig.webApp(server.port(), Map.of());
        WebApp two = rig.webApp(server.port(), Map.of());
        String key = rig.license(server.port(), SIX_SECONDS);

        long start = System.nanoTime();
        ExecutorService clients = Executors.newFixedThreadPool(2);
        try {
            CompletableFuture<Long> first = CompletableFuture.supplyAsync(() -> lastServedAt(one, key, start), clients);
            CompletableFuture<Long> second =
                    CompletableFuture.supplyAsync(() -> lastServedAt(two, key, start), clients);
            assertThat(Math.max(first.join(), second.join())).isBetween(5_500L, 6_500L);
        } finally {
            clients.shutdownNow();
        }
        rig.close(one);
        rig.close(two);
        JsonNode balance = rig.balance(server.port(), key);
        assertThat(balance.get("hours_remaining").decimalValue()).isEqualByComparingTo("0");
        assertThat(rig.usedMillis(server.port(), key)).isEqualTo(6_000L);
    }

    /** Uses the application until it refuses for good; returns when the last request was let in. */
    private long lastServedAt(WebApp app, String key, long start) {
        long last = 0;
        while (Rig.millisSince(start) < 12_000) {
            long asked = Rig.millisSince(start);
            int status = rig.use(app, "/api/status", key).statusCode();
            if (status == 200) {
                last = asked;
            } else if (status == 402) {
                return last;
            } else {
                assertThat(status).isEqualTo(503);
            }
            Rig.pause(Duration.ofMillis(100));
        }
        throw new AssertionError("still served after 12 s");
    }
}
