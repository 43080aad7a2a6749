package io.hourmeter.stripe.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private static final Duration WINDOW = Duration.ofHours(1);
    private static final int PER_ADDRESS = 10;
    private static final int OVERALL = 300;

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final RateLimit limit = new RateLimit(WINDOW, PER_ADDRESS, OVERALL, nanos::get);

    @Test
    void anAddressHasItsShareAndAnotherOneItsOwn() {
        for (int i = 0; i < PER_ADDRESS; i++) {
            assertThat(limit.take("192.0.2.1")).isTrue();
        }
        assertThat(limit.take("192.0.2.1")).isFalse();
        assertThat(limit.take("192.0.2.2")).isTrue();
    }

    @Test
    void manyAddressesShareABound() {
        int taken = 0;
        for (int i = 0; i < 2 * OVERALL; i++) {
            taken += limit.take("198.51." + i / 256 + "." + i % 256) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(OVERALL);
    }

    @Test
    void anHourLaterThereIsRoomAgain() {
        while (limit.take("192.0.2.1")) {
            nanos.incrementAndGet();
        }
        assertThat(limit.secondsLeft()).isBetween(3599L, 3601L);

        nanos.addAndGet(WINDOW.toNanos());

        assertThat(limit.take("192.0.2.1")).isTrue();
    }
}
