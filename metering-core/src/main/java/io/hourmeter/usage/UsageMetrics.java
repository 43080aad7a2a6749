package io.hourmeter.usage;

import io.hourmeter.ErrorCode;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Publishes {@link UsageTracker#stats()} to Micrometer, under names that begin with {@code hourmeter.}; the table is in
 * {@code docs/metrics.md}. Tags have a few fixed values and never name a license. Needs {@code micrometer-core} on the
 * class path; nothing else here does. Bind it once for each registry; thread-safe.
 */
@SuppressWarnings("exports") // Micrometer is optional: whoever uses this class requires it himself
public final class UsageMetrics implements MeterBinder {

    /** The reasons for which a tracker refuses. */
    private static final Set<ErrorCode> REASONS = EnumSet.of(
            ErrorCode.INVALID_LICENSE,
            ErrorCode.LICENSE_INACTIVE,
            ErrorCode.LICENSE_EXPIRED,
            ErrorCode.HOURS_EXHAUSTED,
            ErrorCode.HOURS_HELD,
            ErrorCode.LICENSE_SERVER_UNAVAILABLE);

    private static final String DECISIONS = "hourmeter.decisions";
    private static final String RENEWALS = "hourmeter.renewals";
    private static final String OUTCOME = "outcome";

    private final UsageTracker tracker;
    private final LongSupplier nanoTime;

    /**
     * Metrics of a tracker.
     *
     * @param tracker which; a registry keeps no tracker from being collected
     */
    public UsageMetrics(UsageTracker tracker) {
        this(tracker, System::nanoTime);
    }

    UsageMetrics(UsageTracker tracker, LongSupplier nanoTime) {
        this.tracker = tracker;
        this.nanoTime = nanoTime;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Binding meters = new Binding(registry, tracker, new Snapshots(nanoTime));
        meters.gauge("hourmeter.sessions", "sessions", "Sessions open on this node", UsageStats::sessions);
        meters.gauge("hourmeter.leases", "leases", "Leases that serve now", UsageStats::leases);
        meters.gauge(
                "hourmeter.leases.offline",
                "leases",
                "Leases that serve longer than the license server has authorized",
                UsageStats::offlineLeases);
        meters.gauge(
                "hourmeter.reports.unacknowledged",
                "leases",
                "Leases whose end the license server has not acknowledged, running ones included",
                UsageStats::unacknowledgedReports);
        meters.counter(
                "hourmeter.reports.dropped",
                "reports",
                "Reports that the license server will never accept",
                UsageStats::droppedReports);
        openings(meters);
        requests(meters);
        decisions(meters);
        server(meters);
        if (tracker.stats().journalLag() != null) {
            meters.age("hourmeter.journal.lag", "Age of the last complete checkpoint", UsageStats::journalLag);
        }
    }

    private static void openings(Binding meters) {
        meters.gauge(
                "hourmeter.openings",
                "requests",
                "Questions under way by which requests ask for a lease",
                UsageStats::openings);
        meters.gauge(
                "hourmeter.openings.waiting",
                "requests",
                "Such questions that wait for their turn",
                UsageStats::openingsWaiting);
        meters.counter(
                "hourmeter.openings.refused",
                "requests",
                "Such questions that were not asked for want of room",
                UsageStats::openingsRefused);
    }

    private static void requests(Binding meters) {
        meters.gauge(
                "hourmeter.requests.active", "requests", "Requests that are metered now", UsageStats::requestsInFlight);
        meters.age(
                "hourmeter.requests.oldest",
                "How long ago the oldest of them began, or said that it still runs",
                UsageStats::oldestRequest);
        meters.counter(
                "hourmeter.requests.endless",
                "requests",
                "Requests that ran into the limit on how long one may bill",
                UsageStats::endlessRequests);
        meters.counter(
                "hourmeter.requests.unbilled",
                "seconds",
                "Time that requests ran beyond what was authorized",
                stats -> stats.unbilled().toMillis() / 1_000.0);
    }

    private static void decisions(Binding meters) {
        String description = "Requests by what became of them";
        meters.counter(DECISIONS, "requests", description, UsageStats::granted, OUTCOME, "GRANTED");
        meters.counter(DECISIONS, "requests", description, UsageStats::unmetered, OUTCOME, "UNMETERED");
        for (ErrorCode reason : REASONS) {
            meters.counter(
                    DECISIONS,
                    "requests",
                    description,
                    stats -> stats.refused().getOrDefault(reason, 0L),
                    OUTCOME,
                    reason.name());
        }
    }

    private static void server(Binding meters) {
        meters.gauge(
                "hourmeter.server.reachable",
                null,
                "1 while the license server answers, else 0",
                stats -> stats.serverReachable() ? 1 : 0);
        String description = "Messages with reports and renewals to the license server";
        meters.counter(RENEWALS, "messages", description, UsageStats::renewals, OUTCOME, "SUCCESS");
        meters.counter(RENEWALS, "messages", description, UsageStats::failedRenewals, OUTCOME, "FAILURE");
    }

    /** Registers meters on one registry. */
    private record Binding(MeterRegistry registry, UsageTracker tracker, Snapshots snapshots) {

        void gauge(String name, @Nullable String unit, String description, ToDoubleFunction<UsageStats> value) {
            Snapshots shots = snapshots;
            Gauge.builder(name, tracker, source -> value.applyAsDouble(shots.of(source)))
                    .description(description)
                    .baseUnit(unit)
                    .register(registry);
        }

        void age(String name, String description, Function<UsageStats, @Nullable Duration> value) {
            Snapshots shots = snapshots;
            TimeGauge.builder(name, tracker, TimeUnit.MILLISECONDS, source -> {
                        Duration age = value.apply(shots.of(source));
                        return age == null ? Double.NaN : age.toMillis();
                    })
                    .description(description)
                    .register(registry);
        }

        void counter(String name, String unit, String description, ToDoubleFunction<UsageStats> value, String... tags) {
            Snapshots shots = snapshots;
            FunctionCounter.builder(name, tracker, source -> value.applyAsDouble(shots.of(source)))
                    .description(description)
                    .baseUnit(unit)
                    .tags(tags)
                    .register(registry);
        }
    }

    /**
     * One snapshot for all meters of a scrape: each goes through all leases under the tracker's lock. Knows no tracker, so
     * that meters keep none alive.
     */
    private static final class Snapshots {

        /** A scrape reads its meters one after the other within less. */
        private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

        /**
         * What was seen.
         *
         * @param at when
         */
        private record Taken(UsageStats stats, long at) {}

        private final LongSupplier nanoTime;
        private volatile @Nullable Taken last;

        Snapshots(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
        }

        UsageStats of(UsageTracker tracker) {
            long now = nanoTime.getAsLong();
            Taken taken = last;
            if (taken == null || now - taken.at >= FRESH_NANOS) {
                taken = new Taken(tracker.stats(), now);
                last = taken;
            }
            return taken.stats;
        }
    }
}
