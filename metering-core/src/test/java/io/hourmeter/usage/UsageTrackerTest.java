package io.hourmeter.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.ErrorCode;
import org.junit.jupiter.api.Test;

class UsageTrackerTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";
    private static final long HOUR = 3_600_000;

    private final ModelServer server = new ModelServer(System::currentTimeMillis);

    @Test
    void useIsAdmittedMeteredAndSettledAtClose() {
        ModelServer.Account account = server.sell(KEY, HOUR);
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            Admission first = tracker.admit(KEY);
            assertThat(first).isInstanceOf(Granted.class);
            Granted use = (Granted) first;
            assertThat(use.sessionId()).hasSize(32);
            assertThat(use.remainingMillis()).isBetween(HOUR - 10_000, HOUR);
            assertThat(tracker.sessions()).hasSize(1);
            assertThat(((Granted) tracker.admit(KEY.toLowerCase(java.util.Locale.ROOT))).sessionId())
                    .isEqualTo(use.sessionId());
            use.close();
        }
        assertThat(server.open(account)).isZero();
        assertThat(account.rows).hasSize(1);
    }

    @Test
    void anUnknownKeyIsRefused() {
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            assertThat(tracker.admit(KEY)).isEqualTo(new Refused(ErrorCode.INVALID_LICENSE, 0, null));
            assertThat(tracker.admit("nonsense")).isEqualTo(new Refused(ErrorCode.INVALID_LICENSE, 0, null));
        }
    }
}
