package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TimeOrderedIdsTest {

    @Test
    void idsAreUuidsOfVersionSevenInOrderOfTime() {
        SplittableRandom random = new SplittableRandom(1);
        UUID early = TimeOrderedIds.make(1_767_225_600_000L, random);
        UUID late = TimeOrderedIds.make(1_767_225_600_001L, random);
        assertThat(early.version()).isEqualTo(7);
        assertThat(early.variant()).isEqualTo(2);
        assertThat(early.toString()).isLessThan(late.toString());
    }

    @Test
    void idsOfOneMillisecondDiffer() {
        SplittableRandom random = new SplittableRandom(2);
        Set<UUID> ids = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            assertThat(ids.add(TimeOrderedIds.make(0, random))).isTrue();
        }
    }
}
