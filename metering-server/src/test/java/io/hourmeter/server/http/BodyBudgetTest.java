package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who has to go when there is no room for more bytes. */
class BodyBudgetTest {

    private final BodyBudget budget = new BodyBudget(100);
    private final List<String> givenUp = new ArrayList<>();

    private BodyBudget.Share body(String name, boolean stranger) {
        return budget.open(stranger, () -> givenUp.add(name));
    }

    private static boolean take(BodyBudget.Share share, int bytes) {
        return share.add(ByteBuffer.allocate(bytes), bytes);
    }

    @Test
    void theLargestGoesSoThatSmallOnesAreReadWhateverOthersDo() {
        BodyBudget.Share large = body("large", false);
        BodyBudget.Share middle = body("middle", false);
        BodyBudget.Share small = body("small", false);
        assertThat(take(large, 60)).isTrue();
        assertThat(take(middle, 35)).isTrue();
        assertThat(take(small, 10)).isTrue();
        assertThat(givenUp).containsExactly("large");
        assertThat(take(large, 1)).as("it is over").isFalse();
        assertThat(large.arrived()).as("its bytes are gone").isNull();
        assertThat(budget.bytes()).isEqualTo(45);
        assertThat(budget.refused()).isEqualTo(1);
    }

    @Test
    void strangersGoFirstHoweverSmallTheyAre() {
        List<BodyBudget.Share> strangers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            strangers.add(body("stranger", true));
            assertThat(take(strangers.get(i), 5)).isTrue();
        }
        BodyBudget.Share caller = body("caller", false);
        assertThat(take(caller, 100)).isTrue();
        assertThat(givenUp).hasSize(10).containsOnly("stranger");
        assertThat(budget.bytes()).isEqualTo(100);
    }

    @Test
    void whoeverIsTheLargestItselfIsToldSo() {
        assertThat(take(body("small", false), 30)).isTrue();
        assertThat(take(body("large", false), 90)).isFalse();
        assertThat(givenUp).isEmpty();
        assertThat(budget.bytes()).isEqualTo(30);
    }

    @Test
    void whatHasArrivedStaysAndTakesItsRoomUntilItIsReleased() {
        BodyBudget.Share whole = body("whole", true);
        assertThat(take(whole, 90)).isTrue();
        whole.arrived();
        BodyBudget.Share next = body("next", false);
        assertThat(take(next, 20)).isFalse();
        assertThat(givenUp).isEmpty();
        whole.release();
        whole.release();
        assertThat(budget.bytes()).isZero();
        assertThat(take(body("later", true), 100)).isTrue();
        assertThat(budget.arriving()).isEqualTo(1);
    }

    @Test
    void whatIsAbandonedIsCountedAndFreesItsRoom() {
        BodyBudget.Share slow = body("slow", false);
        assertThat(take(slow, 90)).isTrue();
        slow.abandon();
        slow.release();
        assertThat(budget.abandoned()).isEqualTo(1);
        assertThat(budget.bytes()).isZero();
        assertThat(budget.arriving()).isZero();
    }

    @Test
    void aBodyIsWhatItsPiecesWere() {
        BodyBudget roomy = new BodyBudget();
        BodyBudget.Share announced = roomy.open(false, () -> {});
        BodyBudget.Share chunked = roomy.open(false, () -> {});
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < 5; i++) {
            byte[] piece = new byte[1_500];
            Arrays.fill(piece, (byte) i);
            all.writeBytes(piece);
            assertThat(announced.add(ByteBuffer.wrap(piece), 7_500)).isTrue();
            assertThat(chunked.add(ByteBuffer.wrap(piece), -1)).isTrue();
        }
        assertThat(announced.arrived()).isEqualTo(all.toByteArray());
        assertThat(chunked.arrived()).isEqualTo(all.toByteArray());
    }
}
