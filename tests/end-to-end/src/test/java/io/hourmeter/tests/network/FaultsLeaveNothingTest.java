package io.hourmeter.tests.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Customer;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.client.HttpLicenseClient;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Exchanges that fail take nothing with them: no thread and no connection is there afterwards that was not before. */
@Tag("full")
@Isolated
class FaultsLeaveNothingTest {

    private static final Logger LOG = LoggerFactory.getLogger(FaultsLeaveNothingTest.class);

    private static final int EXCHANGES = 200;
    private static final int AT_ONCE = 4;

    private static final Duration TIMEOUT = Duration.ofMillis(300);

    /** Idle connections are kept for 20 s, idle threads of the HTTP client for a minute. */
    private static final Duration IDLE = Duration.ofSeconds(90);

    @Test
    @EnabledOnOs(OS.LINUX)
    void afterTwoHundredFaultyExchangesThereAreTheThreadsAndConnectionsOfBefore(@TempDir Path folder) throws Exception {
        try (LicenseServer server = LicenseServer.start(MeteringConfig.builder()
                        .set(Settings.LICENSE_SERVER_PORT, "0")
                        .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                        .build());
                FaultProxy network = new FaultProxy(server.port());
                HttpLicenseClient client = HttpLicenseClient.builder("http://127.0.0.1:" + network.port())
                        .timeout(TIMEOUT)
                        .build();
                MeteredSite site = MeteredSite.metered(Map.of(
                        "license.server.url",
                        "http://127.0.0.1:" + network.port(),
                        "license.server.timeout",
                        TIMEOUT.toMillis() + "ms",
                        "usage.check.interval",
                        "1s",
                        "usage.journal",
                        "none"))) {
            List<LicenseKey> keys = Stream.generate(() -> server.client()
                            .create(
                                    NewLicense.of(new Customer("ada@example.com", "", "Ada"), Duration.ofHours(10)),
                                    null)
                            .key())
                    .limit(AT_ONCE)
                    .toList();
            String running = keys.get(0).text();
            NetworkFaultsTest.awaitServed(site, List.of(running));
            keys.forEach(client::hoursRemaining);
            long threads = threads();
            long sockets = sockets();
            long connections = network.connections();

            Fault[] faults = Fault.values();
            for (int i = 0; i < EXCHANGES; i += AT_ONCE) {
                network.inject(faults[1 + i / AT_ONCE % (faults.length - 1)]);
                exchange(site, client, keys);
            }
            network.heal();
            LOG.info(
                    "{} exchanges: threads {} to {}, sockets {} to {}, connections {} to {}, at most {}",
                    EXCHANGES,
                    threads,
                    threads(),
                    sockets,
                    sockets(),
                    connections,
                    network.connections(),
                    network.mostConnections());

            assertThat(falls(FaultsLeaveNothingTest::threads, threads)).isLessThanOrEqualTo(threads);
            assertThat(falls(network::connections, connections)).isLessThanOrEqualTo(connections);
            assertThat(falls(FaultsLeaveNothingTest::sockets, sockets)).isLessThanOrEqualTo(sockets);
            assertThat(site.get("/api/work", running).statusCode()).isEqualTo(200);
        }
    }

    /** Calls of the client and requests of the session, all under the same fault. */
    private static void exchange(MeteredSite site, HttpLicenseClient client, List<LicenseKey> keys)
            throws InterruptedException, ExecutionException {
        ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<?>> calls = keys.stream()
                    .<Future<?>>map(key -> pool.submit(() -> site.stopwatch.call(() -> client.hoursRemaining(key))))
                    .toList();
            assertThat(site.get("/api/work", keys.get(0).text()).statusCode()).isEqualTo(200);
            for (Future<?> call : calls) {
                call.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    /** Metering's threads. */
    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("hourmeter-")
                        || thread.getName().startsWith("OkHttp")
                        || thread.getName().startsWith("Okio"))
                .count();
    }

    private static long sockets() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(FaultsLeaveNothingTest::isSocket).count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            // Closed between the list and the look.
            return false;
        }
    }

    private static long falls(LongSupplier count, long to) {
        long end = System.nanoTime() + IDLE.toNanos();
        while (count.getAsLong() > to && System.nanoTime() < end) {
            MeteredSite.pause(200);
        }
        return count.getAsLong();
    }
}
