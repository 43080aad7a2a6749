package io.hourmeter.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScopeTimeTest {

    private static final long NEVER = Long.MIN_VALUE;

    @Test
    void growsAsTheUnionOfItsSpans() {
        for (long seed = 0; seed < 2_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ScopeTime time = new ScopeTime();
            BitSet model = new BitSet();
            for (int i = 0; i < 20; i++) {
                int start = random.nextInt(200);
                int end = start + random.nextInt(30);
                int before = model.cardinality();
                model.set(start, end);

                assertThat(time.add(start, end, 0, NEVER))
                        .as("seed %d, step %d", seed, i)
                        .isEqualTo(model.cardinality() - before);
            }
        }
    }

    @Test
    void aReportThatIsRepeatedAddsNothing() {
        ScopeTime time = new ScopeTime();

        assertThat(time.add(0, 100, 50, NEVER)).isEqualTo(100);
        assertThat(time.add(0, 100, 50, NEVER)).isZero();
        assertThat(time.add(0, 130, 50, NEVER)).isEqualTo(30);
    }

    @Test
    void aPauseUpToTheGapCounts() {
        ScopeTime time = new ScopeTime();
        time.add(0, 100, 50, NEVER);

        assertThat(time.paidThrough(150, 50, NEVER)).isEqualTo(-50);
        assertThat(time.add(150, 150, 50, NEVER)).isEqualTo(50);
    }

    @Test
    void aLongerPauseDoesNotCount() {
        ScopeTime time = new ScopeTime();
        time.add(0, 100, 50, NEVER);

        assertThat(time.paidThrough(151, 50, NEVER)).isZero();
        assertThat(time.add(151, 160, 50, NEVER)).isEqualTo(9);
    }

    @Test
    void aMomentIsAnEndFromWhichAPauseCounts() {
        ScopeTime time = new ScopeTime();

        assertThat(time.add(10, 10, 50, NEVER)).isZero();
        assertThat(time.add(20, 20, 50, NEVER)).isEqualTo(10);
    }

    @Test
    void aPauseThatContainsARefusalDoesNotCount() {
        ScopeTime time = new ScopeTime();
        time.add(0, 100, 50, NEVER);
        time.refusedAt(110);

        assertThat(time.add(120, 125, 50, time.lastRefusal())).isEqualTo(5);
    }

    @Test
    void whatALeaseOverlapsIsPaid() {
        ScopeTime time = new ScopeTime();
        time.add(0, 100, 50, NEVER);

        assertThat(time.paidThrough(40, 50, NEVER)).isEqualTo(60);
    }

    @Test
    void memoryHasABoundAndWhatIsForgottenIsNotChargedAgain() {
        ScopeTime time = new ScopeTime();
        for (int i = 0; i < 10_000; i++) {
            time.add(i * 100L, i * 100L + 10, 0, NEVER);
        }

        assertThat(time.add(0, 10, 0, NEVER)).isZero();
    }
}
