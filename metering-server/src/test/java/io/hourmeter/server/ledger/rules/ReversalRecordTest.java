package io.hourmeter.server.ledger.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReversalRecordTest {

    @Test
    void partsThatMakeUpTheWholeReverseExactlyThePurchase() {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 1_000; round++) {
            long whole = random.nextLong(1, 1_000_000);
            long purchased = random.nextLong(1, 3_600_000_000_000L);
            Map<String, ReversalRecord> objects = new LinkedHashMap<>();
            long left = whole;
            while (left > 0) {
                long part = Math.min(left, random.nextLong(1, whole + 1));
                left -= part;
                String object = "re_" + objects.size();
                objects.put(object, new ReversalRecord("p", object, 1, part, whole));
                if (objects.size() == 50) {
                    break;
                }
            }
            long taken = whole - left;
            long expected = BigDecimal.valueOf(purchased)
                    .multiply(BigDecimal.valueOf(taken))
                    .divide(BigDecimal.valueOf(whole), 0, RoundingMode.HALF_UP)
                    .longValueExact();
            assertThat(ReversalRecord.reversedMillis(purchased, objects, whole))
                    .as("seed " + seed)
                    .isEqualTo(expected);
        }
    }

    @Test
    void theLargestNumbersOverflowNothing() {
        Map<String, ReversalRecord> objects = Map.of(
                "a", new ReversalRecord("p", "a", 1, Long.MAX_VALUE, Long.MAX_VALUE),
                "b", new ReversalRecord("p", "b", 1, Long.MAX_VALUE, Long.MAX_VALUE));
        assertThat(ReversalRecord.reversedMillis(Long.MAX_VALUE, objects, Long.MAX_VALUE))
                .isEqualTo(Long.MAX_VALUE);
    }
}
