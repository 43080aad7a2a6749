package io.hourmeter.stripe.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StripeBudgetTest {

    private static final String ONE = "192.0.2.1";
    private static final String OTHER = "192.0.2.2";

    private final AtomicLong nanos = new AtomicLong();
    private final StripeBudget budget = new StripeBudget(nanos::get);

    private int callsUntilRefused(String network) {
        for (int calls = 0; ; calls++) {
            try {
                assertThat(budget.<String>spend(network, () -> "answer")).isEqualTo("answer");
            } catch (Refusal refused) {
                return calls;
            }
        }
    }

    @Test
    void addressHasItsShareInAMinuteAndAnotherOneItsOwn() {
        assertThat(callsUntilRefused(ONE)).isEqualTo(StripeBudget.CALLS_PER_ADDRESS);
        assertThat(callsUntilRefused(OTHER)).isEqualTo(StripeBudget.CALLS_PER_ADDRESS);
        assertThat(budget.refused()).isEqualTo(2);
        nanos.addAndGet(StripeBudget.WINDOW.toNanos());
        assertThat(callsUntilRefused(ONE)).isEqualTo(StripeBudget.CALLS_PER_ADDRESS);
        assertThat(budget.waiting()).isZero();
    }

    @Test
    void refusalSaysWhenToAskAgain() {
        callsUntilRefused(ONE);
        assertThatThrownBy(() -> budget.spend(ONE, () -> 1)).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.status).isEqualTo(429);
            assertThat(refusal.retryAfter).isBetween(1L, 61L);
        });
    }

    @Test
    void addressMayHaveHalfOfTheCallsUnderWay() {
        assertThat(mostUnderWay(ONE)).isEqualTo(StripeBudget.MOST_WAITING_PER_ADDRESS);
        assertThat(budget.waiting()).isZero();
    }

    /** Each call begins another one before it ends. */
    private int mostUnderWay(String network) {
        try {
            return budget.spend(network, () -> 1 + mostUnderWay(network));
        } catch (Refusal refused) {
            assertThat(refused.status).isEqualTo(503);
            assertThat(budget.spend(OTHER, budget::waiting)).isEqualTo(StripeBudget.MOST_WAITING_PER_ADDRESS + 1);
            return 0;
        }
    }

    @Test
    void callThatFailsMakesRoomToo() {
        assertThatThrownBy(() -> budget.spend(ONE, () -> {
                    throw new IllegalStateException("no answer");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(budget.waiting()).isZero();
    }
}
