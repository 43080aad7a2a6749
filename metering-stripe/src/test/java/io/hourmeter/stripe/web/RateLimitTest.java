package io.hourmeter.stripe.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitTest {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final RateLimit limit = new RateLimit(nanos::get);

    @Test
    void anAddressHasItsShareAndAnotherOneItsOwn() {
        for (int i = 0; i < RateLimit.MOST_PER_ADDRESS; i++) {
            assertThat(limit.take("192.0.2.1")).isTrue();
        }
        assertThat(limit.take("192.0.2.1")).isFalse();
        assertThat(limit.take("192.0.2.2")).isTrue();
    }

    @Test
    void manyAddressesShareABound() {
        int taken = 0;
        for (int i = 0; i < 2 * RateLimit.MOST_OVERALL; i++) {
            taken += limit.take("198.51." + i / 256 + "." + i % 256) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(RateLimit.MOST_OVERALL);
    }

    @Test
    void anHourLaterThereIsRoomAgain() {
        while (limit.take("192.0.2.1")) {
            nanos.incrementAndGet();
        }
        assertThat(limit.secondsLeft()).isBetween(3599L, 3601L);

        nanos.addAndGet(RateLimit.WINDOW.toNanos());

        assertThat(limit.take("192.0.2.1")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2:7:8:9:a, true",
        "2001:db8:1:2::1, 2001:db8:1:2:0:0:0:7, true",
        "2001:db8:1:2::1, 2001:db8:1:3::1, false",
        "2001:db8::1, 2001:db8::2, true"
    })
    void addressesOfOneNetworkShareAShare(String one, String other, boolean shared) {
        while (limit.take(one)) {
            nanos.incrementAndGet();
        }
        assertThat(limit.take(other)).isEqualTo(!shared);
    }
}
