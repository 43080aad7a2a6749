package io.hourmeter.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class UsageMetricsTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";

    private final ModelServer server = new ModelServer(System::currentTimeMillis);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void theFiguresOfTheTrackerArePublished() {
        server.sell(KEY, 3_600_000);
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            new UsageMetrics(tracker).bindTo(registry);
            Granted use = (Granted) tracker.admit(KEY);
            tracker.admit("RL-9999ABCD-EFGH4567-JKMN89PQ");
            tracker.admit("nonsense");
            assertThat(gauge("hourmeter.sessions")).isEqualTo(1);
            assertThat(gauge("hourmeter.requests")).isEqualTo(1);
            assertThat(gauge("hourmeter.reports.unacknowledged")).isEqualTo(1);
            assertThat(gauge("hourmeter.server.lost")).isZero();
            assertThat(registry.get("hourmeter.requests.oldest").timeGauge().value())
                    .isNotNegative();
            assertThat(registry.get("hourmeter.refused")
                            .tag("code", "INVALID_LICENSE")
                            .functionCounter()
                            .count())
                    .isEqualTo(2);
            assertThat(registry.get("hourmeter.unbilled").functionCounter().count())
                    .isZero();
            use.close();
            assertThat(gauge("hourmeter.requests")).isZero();
            assertThat(tracker.stats().oldestRequest()).isZero();
        }
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }
}
