package io.hourmeter.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BodyWaitsTest {

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1);
    private final BodyWaits waits = new BodyWaits(4, clock::get);

    @Test
    void noAddressHasMoreThanHalfOfThePlaces() {
        BodyWaits.Turn first = waits.turn("192.0.2.1");
        assertThat(first.mayWait()).isTrue();
        assertThat(waits.turn("192.0.2.1").mayWait()).isTrue();
        try (BodyWaits.Turn third = waits.turn("192.0.2.1")) {
            assertThat(third.mayWait()).isFalse();
            assertThat(third.turnedAway()).isTrue();
        }
        assertThat(waits.turn("192.0.2.2").mayWait()).isTrue();
        first.close();
        assertThat(waits.turn("192.0.2.1").mayWait()).isTrue();
        assertThat(waits.waiting()).isEqualTo(3);
    }

    @Test
    void thereAreSoManyPlacesAndNoMore() {
        for (String address : new String[] {"a", "a", "b", "b"}) {
            assertThat(waits.turn(address).mayWait()).isTrue();
        }
        assertThat(waits.turn("c").mayWait()).isFalse();
        assertThat(waits.turn(null).mayWait()).isFalse();
    }

    @Test
    void aBodyHasTenSecondsInAll() {
        BodyWaits.Turn turn = waits.turn("a");
        assertThat(turn.mayWait()).isTrue();
        clock.addAndGet(BodyWaits.DEADLINE.toNanos() - 1);
        assertThat(turn.mayWait()).isTrue();
        clock.incrementAndGet();
        assertThat(turn.mayWait()).isFalse();
        assertThat(turn.turnedAway()).isFalse();
        turn.close();
        turn.close();
        assertThat(waits.waiting()).isZero();
    }

    @Test
    void whatIsThereNeedsNoPlace() {
        waits.turn("a").close();
        assertThat(waits.waiting()).isZero();
    }

    @Test
    void whereEverybodyPassesThereIsNoBound() {
        BodyWaits open = BodyWaits.unbounded(clock::get);
        for (int i = 0; i < 1_000; i++) {
            assertThat(open.turn("a").mayWait()).isTrue();
        }
    }
}
