package io.hourmeter.tests.network;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.Customer;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import io.hourmeter.server.ledger.Ledger;
import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.slf4j.LoggerFactory;

/** What nobody ends ends by itself: sessions, leases of nodes that are gone, requests that never complete. */
@Tag("full")
@Execution(ExecutionMode.CONCURRENT)
class StaleStateTest {

    private static final Duration LEASE = Duration.ofSeconds(10);

    /** How long after its authorization a lease lapses. */
    private static final Duration LAPSE = Duration.ofSeconds(30);

    /** The calendar of the license server goes on from here. */
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    private Ledger ledger;
    private LicenseServer server;

    @BeforeEach
    void start(@TempDir Path folder) {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .build();
        // The clock of the first open counts.
        ledger = Ledger.open(config, Duration.ofSeconds(10), () -> Instant.now().plus(ahead.get()));
        server = LicenseServer.start(config);
    }

    @AfterEach
    void stop() {
        server.close();
        ledger.close();
    }

    private LicenseKey license(Duration hours) {
        return server.client()
                .create(NewLicense.of(new Customer("ada@example.com", "", "Ada"), hours), null)
                .key();
    }

    private long used(LicenseKey key) {
        return server.client().hoursRemaining(key).usedMillis();
    }

    private long held(LicenseKey key) {
        return server.client().hoursRemaining(key).heldMillis();
    }

    private static MeteredSite site(int port, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of(
                "license.server.url", "http://127.0.0.1:" + port,
                "usage.check.interval", "1s",
                "usage.lease", LEASE.toSeconds() + "s",
                "usage.idle.timeout", "1s",
                "usage.journal", "none"));
        all.putAll(settings);
        return MeteredSite.metered(all);
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + MeteredSite.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what + " in time").isLessThan(end);
            MeteredSite.pause(20);
        }
    }

    @Test
    void anIdleSessionGoesOnBothSidesAndItsPauseIsNotBilled() {
        LicenseKey key = license(Duration.ofHours(1));
        try (MeteredSite site = site(server.port(), Map.of())) {
            NetworkFaultsTest.awaitServed(site, List.of(key.text()));
            assertThat(site.tracker().stats().sessions()).isEqualTo(1);
            assertThat(held(key)).isPositive();

            await("no session", () -> site.tracker().stats().sessions() == 0);
            await("no report under way", () -> site.tracker().stats().unacknowledgedReports() == 0);
            assertThat(held(key)).isZero();
            long[] served = site.stopwatch.servedMillis(key.text(), Duration.ofSeconds(1));
            assertThat(used(key)).isBetween(served[0], served[1]);
        }
    }

    @Test
    void theLeaseOfANodeThatIsGoneLapsesAndFreesItsHold() throws IOException {
        // Each session counts, and the balance is one lease: what one node holds another one cannot have.
        LicenseKey key = license(LEASE);
        Map<String, String> bySession = Map.of("usage.billing", "session", "usage.idle.timeout", "60s");
        try (FaultProxy network = new FaultProxy(server.port());
                MeteredSite gone = site(network.port(), bySession);
                MeteredSite other = site(server.port(), bySession)) {
            NetworkFaultsTest.awaitServed(gone, List.of(key.text()));
            network.inject(Fault.REFUSED);
            HttpResponse<String> held = other.get("/api/work", key.text());
            assertThat(held.statusCode()).isEqualTo(503);
            assertThat(held.body()).contains("\"code\":\"HOURS_HELD\"");
            assertThat(held.headers().firstValue("Retry-After").orElse("")).matches("[1-8]");
            assertThat(held(key)).isPositive();

            ahead.set(LEASE.plus(LAPSE).plusSeconds(1));

            // By the server itself, without a call about this license.
            await("nothing held", () -> held(key) == 0);
            NetworkFaultsTest.awaitServed(other, List.of(key.text()));
            // What it reports after all, up to its authorization, still counts; beyond the balance nobody is charged.
            network.heal();
        }
        assertThat(used(key)).isLessThanOrEqualTo(LEASE.toMillis());
        assertThat(held(key)).isZero();
    }

    @Test
    void aRequestThatNeverEndsStopsBillingAtItsLimitWithOneWarning() throws IOException {
        LicenseKey key = license(Duration.ofHours(1));
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(UsageTracker.class);
        log.start();
        logger.addAppender(log);
        try (MeteredSite site = site(server.port(), Map.of("usage.request.limit", "2s"))) {
            NetworkFaultsTest.awaitServed(site, List.of(key.text()));
            // One whose client waits, and one whose client goes away, which this container need not notice.
            site.send("/api/forever", key.text());
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), site.port())) {
                client.getOutputStream()
                        .write(("GET /api/forever HTTP/1.1\r\nHost: application\r\nX-License-Key: " + key.text()
                                        + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                await("both running", () -> site.tracker().stats().requestsInFlight() == 2);
            }
            await("both ended", () -> site.tracker().stats().endlessRequests() == 2);
            assertThat(site.tracker().stats().requestsInFlight()).isZero();
            await("no session", () -> site.tracker().stats().sessions() == 0);
            await("no report under way", () -> site.tracker().stats().unacknowledgedReports() == 0);
            assertThat(held(key)).isZero();
            // The limit, the little time between the requests, and the second within which it is noticed.
            assertThat(used(key)).isBetween(2_000L, 4_500L);
            String limit = "has run for longer than 2000 ms (usage.request.limit)";
            assertThat(log.list.stream().map(ILoggingEvent::getFormattedMessage))
                    .filteredOn(line -> line.contains(limit))
                    .hasSize(2);
        } finally {
            logger.detachAppender(log);
        }
    }
}
