package io.hourmeter.tests.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Balance;
import io.hourmeter.Customer;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.client.HttpLicenseClient;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import io.hourmeter.tests.network.Fault.Outcome;
import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real license server, a real application with the filter, and each {@link Fault} in the network between them. The
 * cases wait most of the time, so several run at once.
 */
@Tag("full")
@Execution(ExecutionMode.CONCURRENT)
class NetworkFaultsTest {

    private static final Logger LOG = LoggerFactory.getLogger(NetworkFaultsTest.class);

    static final Duration TIMEOUT = Duration.ofMillis(500);

    /** What a first request may wait: the time-out of the server, and 100 ms for everything else. */
    private static final Duration LONGEST_WAIT = TIMEOUT.plusMillis(100);

    /** Longer than any test: a session is one stretch of time from its first request to its last. */
    private static final Duration GAP = Duration.ofMinutes(5);

    private static final int STRANGERS = 5;
    private static final int WAVES = 2;
    private static final int ROUNDS = 5;

    /** One for each opening and each of the two senders of the tracker, and two for the other client of the test. */
    private static final int MOST_CONNECTIONS = STRANGERS + 2 + 2;

    @TempDir
    private static Path folder;

    private static LicenseServer server;
    private static Map<String, String> answers;

    @BeforeAll
    static void start() throws IOException {
        server = LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .build());
        answers = new LinkedHashMap<>();
        try (MeteredSite bare = MeteredSite.bare()) {
            for (String path : MeteredSite.ANSWERS) {
                answers.put(path, bare.wire(path, null));
            }
        }
        warmUp();
    }

    /** Loads the classes of a refusal. In a JVM that has just begun that takes longer than what is measured here. */
    private static void warmUp() throws IOException {
        String key = license().text();
        try (FaultProxy network = new FaultProxy(server.port());
                HttpLicenseClient client = client(network);
                MeteredSite site = MeteredSite.metered(settings(network))) {
            network.inject(Fault.SILENT);
            for (int i = 0; i < WAVES; i++) {
                site.stopwatch.call(() -> client.hoursRemaining(LicenseKey.of(key)));
                assertRefused(site.get("/api/work", key));
            }
            network.heal();
            awaitServed(site, List.of(key));
        }
    }

    private static HttpLicenseClient client(FaultProxy network) {
        return HttpLicenseClient.builder("http://127.0.0.1:" + network.port())
                .timeout(TIMEOUT)
                .build();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static LicenseKey license() {
        return server.client()
                .create(NewLicense.of(new Customer("ada@example.com", "", "Ada"), Duration.ofHours(10)), null)
                .key();
    }

    private static Map<String, String> settings(FaultProxy network) {
        return Map.of(
                "license.server.url", "http://127.0.0.1:" + network.port(),
                "license.server.timeout", TIMEOUT.toMillis() + "ms",
                "usage.check.interval", "1s",
                "usage.idle.timeout", GAP.toSeconds() + "s",
                "usage.journal", "none");
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void whateverTheNetworkDoesRequestsWaitNoLongerAndTheBillIsRight(Fault fault) throws IOException {
        List<List<String>> late = new ArrayList<>();
        while (late.size() < ROUNDS) {
            late.add(round(fault));
            if (late.get(late.size() - 1).isEmpty()) {
                return;
            }
        }
        // What the machine does once it does not do each time; a wait without a bound is there each time.
        assertThat(late).as("requests that waited too long, in each round").isEmpty();
    }

    /** All of it once, with licenses of its own. Returns which requests were late. */
    private static List<String> round(Fault fault) throws IOException {
        List<String> keys =
                Stream.generate(() -> license().text()).limit(STRANGERS + 1).toList();
        String running = keys.get(0);
        List<String> first = keys.subList(1, keys.size());
        List<String> late = new ArrayList<>();
        try (FaultProxy network = new FaultProxy(server.port())) {
            MeteredSite site = MeteredSite.metered(settings(network));
            try (HttpLicenseClient client = client(network)) {
                awaitServed(site, List.of(running));
                network.inject(fault);
                for (int wave = 0; wave < WAVES; wave++) {
                    CompletableFuture<Void> balance = CompletableFuture.runAsync(
                            () -> site.stopwatch.call(() -> client.hoursRemaining(LicenseKey.of(running))));
                    late.addAll(wave(site, running, first, fault.firstRequests));
                    balance.join();
                }
                answers.forEach((path, answer) ->
                        assertThat(site.wire(path, running)).as(path).isEqualTo(answer));

                network.heal();
                awaitServed(site, keys);
                assertThat(network.mostConnections()).isLessThanOrEqualTo(MOST_CONNECTIONS);
            } finally {
                site.close();
            }
            LOG.info(
                    "{}: longest wait {}, at most {} connections",
                    fault,
                    site.stopwatch.longestWait(),
                    network.mostConnections());
            late.addAll(site.stopwatch.waitsBeyond(LONGEST_WAIT));
            keys.forEach(key -> assertBilled(site, key));
            awaitNoConnection(network);
        }
        return late;
    }

    /**
     * At once: first requests of several licenses, several of one license, a session that runs, unmetered requests.
     * Returns which should have been served and were refused, as happens to a server that a busy machine makes late.
     */
    private static List<String> wave(MeteredSite site, String running, List<String> first, Outcome outcome) {
        List<String> refused = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> firsts = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> others = new ArrayList<>();
        for (String key : first) {
            others.add(site.send("/open/work", null));
            firsts.add(site.send("/api/work", key));
            firsts.add(site.send("/api/work", first.get(0)));
            others.add(site.send("/api/work?ms=20", running));
        }
        for (CompletableFuture<HttpResponse<String>> answer : firsts) {
            if (answer.join().statusCode() != 200) {
                assertRefused(answer.join());
                refused.add("refused with " + answer.join().statusCode());
            }
        }
        others.forEach(answer -> assertThat(answer.join().statusCode()).isEqualTo(200));
        if (outcome == Outcome.UNAVAILABLE) {
            assertThat(refused).hasSameSizeAs(firsts);
            return List.of();
        }
        return refused;
    }

    private static void assertRefused(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After").orElse("")).matches("[1-9][0-9]?");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.headers().firstValue("X-Session-ID")).isEmpty();
        assertThat(answer.body()).contains("\"code\":\"LICENSE_SERVER_UNAVAILABLE\"");
    }

    static void awaitServed(MeteredSite site, List<String> keys) {
        long end = System.nanoTime() + MeteredSite.PATIENCE.toNanos();
        for (String key : keys) {
            while (site.get("/api/work?ms=5", key).statusCode() != 200) {
                assertThat(System.nanoTime()).as("served again in time").isLessThan(end);
                MeteredSite.pause(50);
            }
        }
    }

    private static void assertBilled(MeteredSite site, String key) {
        long[] served = site.stopwatch.servedMillis(key, GAP);
        Balance balance = server.client().hoursRemaining(LicenseKey.of(key));
        assertThat(balance.usedMillis()).isBetween(served[0], served[1]);
        assertThat(balance.heldMillis()).isZero();
        assertThat(balance.uncollectedMillis()).isZero();
    }

    private static void awaitNoConnection(FaultProxy network) {
        long end = System.nanoTime() + MeteredSite.PATIENCE.toNanos();
        while (network.connections() > 0 && System.nanoTime() < end) {
            MeteredSite.pause(5);
        }
        assertThat(network.connections()).isZero();
    }

    @Test
    void aTimeoutPerReadInsteadOfPerCallIsCaught() throws IOException {
        String key = license().text();
        try (FaultProxy network = new FaultProxy(server.port());
                UsageTracker tracker = UsageTracker.builder(PerReadClient.of(network.port(), TIMEOUT))
                        .timeout(Duration.ofMinutes(1))
                        .build();
                MeteredSite site = MeteredSite.metered(MeteringConfig.builder().build(), tracker)) {
            network.inject(Fault.DRIPPING_ANSWER);
            CompletableFuture<HttpResponse<String>> answer = site.send("/api/work", key);
            // More than any honest answer takes; then the drip may end.
            MeteredSite.pause(LONGEST_WAIT.multipliedBy(3).toMillis());
            network.heal();
            assertThat(answer.join().statusCode()).isEqualTo(503);

            assertThat(site.stopwatch.waitsBeyond(LONGEST_WAIT))
                    .singleElement()
                    .asString()
                    .startsWith("refused with 503 after");
        }
    }
}
