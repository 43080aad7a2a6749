package io.hourmeter.tests.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Balance;
import io.hourmeter.Credited;
import io.hourmeter.Customer;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.NewLicense;
import io.hourmeter.client.HttpLicenseClient;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.config.Uncollected;
import io.hourmeter.server.LicenseServer;
import io.hourmeter.server.ledger.Difference;
import io.hourmeter.server.ledger.Ledger;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The license server is away for longer than a lease. In real time, with the shortest lease that is allowed; the cases
 * wait side by side.
 */
@Tag("full")
@Execution(ExecutionMode.CONCURRENT)
class OutageTest {

    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration GRACE = Duration.ofSeconds(3);

    /** Two clocks, a check once a second, and a machine that may be late. */
    private static final long TOLERANCE_MILLIS = 1_500;

    @TempDir
    private static Path folder;

    private static LicenseServer server;

    @BeforeAll
    static void start() {
        server = LicenseServer.start(serverSettings("licenses.db", 0, "forgive"));
    }

    private static MeteringConfig serverSettings(String database, int port, String uncollected) {
        return MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, Integer.toString(port))
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve(database))
                .set(Settings.OUTAGE_UNCOLLECTED, uncollected)
                .build();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static LicenseKey license(Duration hours) {
        return license(server, hours);
    }

    private static LicenseKey license(LicenseServer server, Duration hours) {
        return server.client()
                .create(NewLicense.of(new Customer("ada@example.com", "", "Ada"), hours), null)
                .key();
    }

    private static MeteredSite site(FaultProxy network, Map<String, String> settings) {
        return site(network.port(), settings);
    }

    private static MeteredSite site(int port, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of(
                "license.server.url", "http://127.0.0.1:" + port,
                "license.server.timeout", "1s",
                "usage.check.interval", "1s",
                "usage.lease", LEASE.toSeconds() + "s",
                "usage.idle.timeout", "60s",
                "usage.journal", "none",
                "outage.grace", GRACE.toSeconds() + "s"));
        all.putAll(settings);
        return MeteredSite.metered(all);
    }

    /** Uses a license, or one session of it, until it is refused; returns for how long it was served, in milliseconds. */
    private static long servedMillis(MeteredSite site, LicenseKey key, String... headers) {
        long start = System.nanoTime();
        long served = start;
        while (System.nanoTime() - start < MeteredSite.PATIENCE.multipliedBy(2).toNanos()) {
            long now = System.nanoTime();
            HttpResponse<String> answer =
                    site.send("/api/work", key.text(), headers).join();
            if (answer.statusCode() != 200) {
                assertThat(answer.statusCode()).isEqualTo(503);
                assertThat(answer.body()).contains("\"code\":\"LICENSE_SERVER_UNAVAILABLE\"");
                return TimeUnit.NANOSECONDS.toMillis(served - start);
            }
            served = now;
            MeteredSite.pause(20);
        }
        throw new AssertionError("served without an end");
    }

    private static void assertAbout(long millis, Duration expected) {
        assertThat(millis).isBetween(expected.toMillis() - TOLERANCE_MILLIS, expected.toMillis() + TOLERANCE_MILLIS);
    }

    private static Balance balance(LicenseKey key) {
        return server.client().hoursRemaining(key);
    }

    @Test
    void denyServesTheLeaseAndAllOfItIsPaid() throws IOException {
        LicenseKey key = license(Duration.ofHours(1));
        try (FaultProxy network = new FaultProxy(server.port())) {
            try (MeteredSite site = site(network, Map.of("outage.policy", "deny"))) {
                NetworkFaultsTest.awaitServed(site, List.of(key.text()));
                network.inject(Fault.SILENT);
                assertAbout(servedMillis(site, key), LEASE);
                network.heal();
                NetworkFaultsTest.awaitServed(site, List.of(key.text()));
            }
            assertAbout(balance(key).usedMillis(), LEASE);
            assertThat(balance(key).uncollectedMillis()).isZero();
            assertThat(balance(key).heldMillis()).isZero();
        }
    }

    @Test
    void allowServesTheGraceToo() throws IOException {
        LicenseKey key = license(Duration.ofHours(1));
        try (FaultProxy network = new FaultProxy(server.port())) {
            try (MeteredSite site = site(network, Map.of())) {
                NetworkFaultsTest.awaitServed(site, List.of(key.text()));
                network.inject(Fault.REFUSED);
                assertAbout(servedMillis(site, key), LEASE.plus(GRACE));
                network.heal();
                NetworkFaultsTest.awaitServed(site, List.of(key.text()));
            }
            // Settled late, and paid as the balance covers it.
            assertAbout(balance(key).usedMillis(), LEASE.plus(GRACE));
            assertThat(balance(key).uncollectedMillis()).isZero();
            assertThat(balance(key).heldMillis()).isZero();
        }
    }

    @Test
    void theGraceIsOneForTheLicenseHoweverManySessionsBegin() throws Exception {
        LicenseKey key = license(Duration.ofHours(1));
        try (FaultProxy network = new FaultProxy(server.port());
                MeteredSite site = site(network, Map.of("usage.billing", "session"))) {
            NetworkFaultsTest.awaitServed(site, List.of(key.text()));
            String session = site.get("/api/work", key.text())
                    .headers()
                    .firstValue("X-Session-ID")
                    .orElseThrow();
            network.inject(Fault.REFUSED);
            // Without an id each request begins a session of its own, none of which has a lease.
            CompletableFuture<Long> others = CompletableFuture.supplyAsync(() -> servedMillis(site, key));
            long served = servedMillis(site, key, "X-Session-ID", session);
            assertAbout(others.join(), GRACE);
            assertAbout(served, LEASE);
            network.heal();
        }
        assertThat(balance(key).heldMillis()).isZero();
    }

    @Test
    void whatTheBalanceDoesNotCoverIsUncollectedAndSeen() throws IOException {
        Duration hours = LEASE.plusSeconds(5);
        Duration grace = Duration.ofSeconds(10);
        LicenseKey key = license(hours);
        try (FaultProxy network = new FaultProxy(server.port());
                HttpLicenseClient client = HttpLicenseClient.builder("http://127.0.0.1:" + server.port())
                        .build()) {
            try (MeteredSite site = site(network, Map.of("outage.grace", grace.toSeconds() + "s"))) {
                NetworkFaultsTest.awaitServed(site, List.of(key.text()));
                network.inject(Fault.HALF_OPEN);
                servedMillis(site, key);
                network.heal();
                awaitUsedUp(site, key);
            }
            Balance balance = client.hoursRemaining(key);
            assertThat(balance.usedMillis()).isEqualTo(hours.toMillis());
            assertThat(balance.remainingMillis()).isZero();
            assertThat(balance.heldMillis()).isZero();
            assertAbout(balance.uncollectedMillis(), LEASE.plus(grace).minus(hours));
            List<History.Session> sessions =
                    client.history(key, HistoryQuery.newest()).sessions();
            assertThat(sessions.stream()
                            .mapToLong(History.Session::chargedMillis)
                            .sum())
                    .isEqualTo(balance.usedMillis());
            assertThat(sessions.stream()
                            .mapToLong(History.Session::uncollectedMillis)
                            .sum())
                    .isEqualTo(balance.uncollectedMillis());
        }
    }

    /** The license server is stopped for longer than the balance, and hours are bought when it is back. */
    @ParameterizedTest
    @EnumSource(Uncollected.class)
    void whatIsOwedIsPaidFirstByTheNextCreditAndWhatIsForgivenNever(Uncollected uncollected) {
        String setting = uncollected.name().toLowerCase(Locale.ROOT);
        Duration hours = LEASE.plusSeconds(5);
        long hour = Duration.ofHours(1).toMillis();
        LicenseServer stopped = LicenseServer.start(serverSettings(setting + ".db", 0, setting));
        MeteringConfig settings = serverSettings(setting + ".db", stopped.port(), setting);
        LicenseKey key = license(stopped, hours);
        try (MeteredSite site = site(stopped.port(), Map.of("outage.grace", "10s"))) {
            NetworkFaultsTest.awaitServed(site, List.of(key.text()));
            stopped.close();
            servedMillis(site, key);
            try (LicenseServer back = LicenseServer.start(settings)) {
                awaitUsedUp(site, key);
                site.close();
                LicenseClient client = back.client();
                Balance before = client.hoursRemaining(key);
                assertThat(before.remainingMillis()).isZero();
                assertThat(before.uncollectedMillis()).isPositive();
                long owed = uncollected == Uncollected.OWE ? before.uncollectedMillis() : 0;
                assertThat(before.owedMillis()).isEqualTo(owed);

                Credited first = client.addHours(key, Duration.ofHours(1), "stripe:cs_1", "", "");
                assertThat(first.addedMillis()).isEqualTo(hour);
                assertThat(first.collectedMillis()).isEqualTo(owed);
                assertThat(first.balance().remainingMillis()).isEqualTo(hour - owed);
                assertThat(client.addHours(key, Duration.ofHours(1), "stripe:cs_1", "", "")
                                .balance())
                        .isEqualTo(first.balance());
                assertThat(client.addHours(key, Duration.ofHours(1), "stripe:cs_2", "", "")
                                .balance()
                                .remainingMillis())
                        .isEqualTo(2 * hour - owed);
                assertThat(client.hoursRemaining(key).uncollectedMillis()).isEqualTo(before.uncollectedMillis() - owed);
            }
        }
        List<Difference> found = new ArrayList<>();
        assertThat(Ledger.audit(settings, found::add).licenses()).isEqualTo(1);
        assertThat(found).isEmpty();
    }

    private static void awaitUsedUp(MeteredSite site, LicenseKey key) {
        long end = System.nanoTime() + MeteredSite.PATIENCE.toNanos();
        while (site.get("/api/work", key.text()).statusCode() != 402) {
            assertThat(System.nanoTime()).as("the answer 402 in time").isLessThan(end);
            MeteredSite.pause(50);
        }
    }
}
