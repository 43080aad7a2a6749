package io.hourmeter.usage;

import io.hourmeter.ErrorCode;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Publishes {@link UsageTracker#stats()} to Micrometer, under names that begin with {@code hourmeter.}. Needs
 * {@code micrometer-core} on the class path; nothing else here does.
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

    private final UsageTracker tracker;

    /**
     * Metrics of a tracker.
     *
     * @param tracker which; kept reachable by this binder only
     */
    public UsageMetrics(UsageTracker tracker) {
        this.tracker = tracker;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(registry, "hourmeter.sessions", "Sessions open on this node", UsageStats::sessions);
        gauge(registry, "hourmeter.requests", "Requests that are metered now", UsageStats::requestsInFlight);
        gauge(
                registry,
                "hourmeter.reports.unacknowledged",
                "Leases whose end the license server has not acknowledged, running ones included",
                UsageStats::unacknowledgedReports);
        gauge(
                registry,
                "hourmeter.server.lost",
                "1 when the license server has stopped answering",
                stats -> stats.serverLost() ? 1 : 0);
        TimeGauge.builder(
                        "hourmeter.requests.oldest",
                        tracker,
                        TimeUnit.MILLISECONDS,
                        source -> source.stats().oldestRequest().toMillis())
                .description("How long the oldest metered request has run")
                .register(registry);
        for (ErrorCode reason : REASONS) {
            FunctionCounter.builder(
                            "hourmeter.refused",
                            tracker,
                            source -> source.stats().refused().getOrDefault(reason, 0L))
                    .description("Requests refused")
                    .tag("code", reason.name())
                    .register(registry);
        }
        counter(
                registry,
                "hourmeter.unbilled",
                "Seconds that requests ran beyond what was authorized",
                stats -> stats.unbilled().toMillis() / 1_000.0);
        counter(
                registry,
                "hourmeter.requests.endless",
                "Requests that ran into the limit on how long one may bill",
                UsageStats::endlessRequests);
        counter(
                registry,
                "hourmeter.reports.dropped",
                "Reports that the license server will never accept",
                UsageStats::droppedReports);
    }

    private void gauge(MeterRegistry registry, String name, String description, ToDoubleFunction<UsageStats> value) {
        Gauge.builder(name, tracker, source -> value.applyAsDouble(source.stats()))
                .description(description)
                .register(registry);
    }

    private void counter(MeterRegistry registry, String name, String description, ToDoubleFunction<UsageStats> value) {
        FunctionCounter.builder(name, tracker, source -> value.applyAsDouble(source.stats()))
                .description(description)
                .register(registry);
    }
}
