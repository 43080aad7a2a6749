package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who has to go when there is no room for more bytes. */
class BodyBudgetTest {

    private final BodyBudget budget = new BodyBudget(100);
    private final List<String> givenUp = new ArrayList<>();

    private BodyBudget.Share body(String name, boolean stranger) {
        return budget.open(stranger, () -> givenUp.add(name));
    }

    @Test
    void theLargestGoesSoThatSmallOnesAreReadWhateverOthersDo() {
        BodyBudget.Share large = body("large", false);
        BodyBudget.Share middle = body("middle", false);
        BodyBudget.Share small = body("small", false);
        assertThat(large.take(60)).isTrue();
        assertThat(middle.take(35)).isTrue();
        assertThat(small.take(10)).isTrue();
        assertThat(givenUp).containsExactly("large");
        assertThat(large.take(1)).as("it is over").isFalse();
        assertThat(budget.bytes()).isEqualTo(45);
        assertThat(budget.refused()).isEqualTo(1);
    }

    @Test
    void strangersGoFirstHoweverSmallTheyAre() {
        List<BodyBudget.Share> strangers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            strangers.add(body("stranger", true));
            assertThat(strangers.get(i).take(5)).isTrue();
        }
        BodyBudget.Share caller = body("caller", false);
        assertThat(caller.take(100)).isTrue();
        assertThat(givenUp).hasSize(10).containsOnly("stranger");
        assertThat(budget.bytes()).isEqualTo(100);
    }

    @Test
    void whoeverIsTheLargestItselfIsToldSo() {
        assertThat(body("small", false).take(30)).isTrue();
        assertThat(body("large", false).take(90)).isFalse();
        assertThat(givenUp).isEmpty();
        assertThat(budget.bytes()).isEqualTo(30);
    }

    @Test
    void whatHasArrivedStaysAndTakesItsRoomUntilItIsReleased() {
        BodyBudget.Share whole = body("whole", true);
        assertThat(whole.take(90)).isTrue();
        whole.arrived();
        BodyBudget.Share next = body("next", false);
        assertThat(next.take(20)).isFalse();
        assertThat(givenUp).isEmpty();
        whole.release();
        whole.release();
        assertThat(budget.bytes()).isZero();
        assertThat(body("later", true).take(100)).isTrue();
        assertThat(budget.arriving()).isEqualTo(1);
    }

    @Test
    void whatIsAbandonedIsCountedAndFreesItsRoom() {
        BodyBudget.Share slow = body("slow", false);
        assertThat(slow.take(90)).isTrue();
        slow.abandon();
        slow.release();
        assertThat(budget.abandoned()).isEqualTo(1);
        assertThat(budget.bytes()).isZero();
        assertThat(budget.arriving()).isZero();
    }
}
