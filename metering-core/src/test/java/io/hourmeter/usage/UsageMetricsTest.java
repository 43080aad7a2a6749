package io.hourmeter.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseKey;
import io.hourmeter.usage.node.ModelServer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageMetricsTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";
    private static final Path DOCUMENT = Path.of("../docs/metrics.md");

    /** Meter, kind, unit, outcomes. */
    private static final Pattern ROW = Pattern.compile(
            "^\\| `(hourmeter[a-z.]+)` \\| (gauge|counter) \\| ?([a-z]*) ?\\|([^|]*)\\|", Pattern.MULTILINE);

    private final ModelServer server = new ModelServer(System::currentTimeMillis);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicLong now = new AtomicLong();

    private UsageTracker bound(UsageTracker.Builder builder) {
        UsageTracker tracker = builder.settleAtMost(Duration.ofMillis(50)).build();
        // Each reading is so much later that it sees a new snapshot.
        new UsageMetrics(tracker, () -> now.addAndGet(TimeUnit.SECONDS.toNanos(1))).bindTo(registry);
        return tracker;
    }

    @Test
    void sessionsLeasesAndRequestsOfTheMomentArePublished() {
        server.sell(KEY, 3_600_000);
        try (UsageTracker tracker = bound(UsageTracker.builder(server))) {
            Granted use = (Granted) tracker.admit(KEY);
            assertThat(gauge("hourmeter.sessions")).isEqualTo(1);
            assertThat(gauge("hourmeter.leases")).isEqualTo(1);
            assertThat(gauge("hourmeter.leases.offline")).isZero();
            assertThat(gauge("hourmeter.reports.unacknowledged")).isEqualTo(1);
            assertThat(gauge("hourmeter.requests.active")).isEqualTo(1);
            assertThat(registry.get("hourmeter.requests.oldest").timeGauge().value(TimeUnit.SECONDS))
                    .isBetween(0.0, 60.0);
            use.close();
            assertThat(gauge("hourmeter.requests.active")).isZero();
            assertThat(tracker.stats().oldestRequest()).isZero();
        }
        assertThat(gauge("hourmeter.leases")).isZero();
    }

    @Test
    void everyDecisionIsCountedOnceByItsOutcome() {
        server.sell(KEY, 3_600_000);
        try (UsageTracker tracker = bound(UsageTracker.builder(server))) {
            for (int i = 0; i < 5; i++) {
                ((Granted) tracker.admit(KEY)).close();
            }
            tracker.admit("RL-9999ABCD-EFGH4567-JKMN89PQ");
            tracker.admit("nonsense");
            assertThat(counter("hourmeter.decisions", "GRANTED")).isEqualTo(5);
            assertThat(counter("hourmeter.decisions", "INVALID_LICENSE")).isEqualTo(2);
            assertThat(counter("hourmeter.decisions", "HOURS_EXHAUSTED")).isZero();
            assertThat(counter("hourmeter.decisions", "UNMETERED")).isZero();
            assertThat(registry.get("hourmeter.requests.unbilled")
                            .functionCounter()
                            .count())
                    .isZero();
        }
    }

    @Test
    void aServerThatGoesAwayShowsInRenewalsReachabilityAndOfflineLeases() {
        server.sell(KEY, 3_600_000);
        try (UsageTracker tracker = bound(UsageTracker.builder(server))) {
            tracker.admit(KEY);
            assertThat(counter("hourmeter.renewals", "SUCCESS")).isPositive();
            assertThat(counter("hourmeter.renewals", "FAILURE")).isZero();
            assertThat(gauge("hourmeter.server.reachable")).isEqualTo(1);
            server.unreachable = true;
            for (int i = 0; i < 3; i++) {
                tracker.endSession(((Granted) tracker.admit(KEY)).sessionId());
                tracker.report(LicenseKey.of(KEY));
            }
            assertThat(counter("hourmeter.renewals", "FAILURE")).isGreaterThanOrEqualTo(2);
            assertThat(gauge("hourmeter.server.reachable")).isZero();
        }
    }

    @Test
    void theJournalsLagIsThereOnlyWithAJournal(@TempDir Path folder) {
        try (UsageTracker tracker = bound(UsageTracker.builder(server).journal(folder))) {
            assertThat(registry.get("hourmeter.journal.lag").timeGauge().value(TimeUnit.SECONDS))
                    .isBetween(0.0, 60.0);
            assertThat(tracker.stats().journalLag()).isNotNull();
        }
        registry.clear();
        try (UsageTracker tracker = bound(UsageTracker.builder(server))) {
            assertThat(registry.find("hourmeter.journal.lag").meters()).isEmpty();
            assertThat(tracker.stats().journalLag()).isNull();
        }
    }

    @Test
    void allMetersOfAScrapeComeFromOneSnapshot() {
        server.sell(KEY, 3_600_000);
        AtomicLong clock = new AtomicLong();
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            new UsageMetrics(tracker, clock::get).bindTo(registry);
            assertThat(gauge("hourmeter.sessions")).isZero();
            tracker.admit(KEY);
            assertThat(gauge("hourmeter.requests.active")).isZero();
            clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(100));
            assertThat(gauge("hourmeter.requests.active")).isEqualTo(1);
        }
    }

    @Test
    void noTagOrNameTellsALicenseAndAllAreBounded() {
        server.sell(KEY, 3_600_000);
        try (UsageTracker tracker = bound(UsageTracker.builder(server))) {
            tracker.admit(KEY);
            int before = registry.getMeters().size();
            for (int i = 0; i < 50; i++) {
                tracker.admit(String.format("RL-99%02dABCD-EFGH4567-JKMN89P", i));
            }
            assertThat(registry.getMeters()).hasSize(before);
            for (Meter meter : registry.getMeters()) {
                assertThat(meter.getId().toString()).doesNotContainIgnoringCase("RL-", "0123ABCD");
                assertThat(meter.getId().getTags()).extracting(Tag::getKey).isSubsetOf("outcome");
            }
        }
    }

    @Test
    void aRegistryKeepsNoClosedTrackerAlive() throws Exception {
        UsageTracker tracker = bound(UsageTracker.builder(server));
        tracker.close();
        WeakReference<UsageTracker> seen = new WeakReference<>(tracker);
        tracker = null;
        for (int i = 0; i < 100 && seen.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(seen.get()).isNull();
    }

    @Test
    void theDocumentListsEveryMeterWithItsUnitAndOutcomes(@TempDir Path folder) throws IOException {
        try (UsageTracker tracker = bound(UsageTracker.builder(server).journal(folder))) {
            assertThat(tracker.stats().journalLag()).isNotNull();
            assertThat(documented()).isEqualTo(published());
        }
    }

    /** Name, kind, unit and outcome of each meter. */
    private Set<List<String>> published() {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .map(id -> List.of(
                        id.getName(),
                        id.getType().name().toLowerCase(Locale.ROOT),
                        Objects.requireNonNullElse(id.getBaseUnit(), ""),
                        Objects.requireNonNullElse(id.getTag("outcome"), "")))
                .collect(Collectors.toSet());
    }

    private static Set<List<String>> documented() throws IOException {
        Set<List<String>> rows = new HashSet<>();
        Matcher row = ROW.matcher(Files.readString(DOCUMENT).replaceFirst("(?s)## Payments.*", ""));
        while (row.find()) {
            for (String outcome : row.group(4).strip().split(" ", -1)) {
                rows.add(List.of(row.group(1), row.group(2), row.group(3), outcome.replace("`", "")));
            }
        }
        return rows;
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    private double counter(String name, String outcome) {
        return registry.get(name).tag("outcome", outcome).functionCounter().count();
    }
}
