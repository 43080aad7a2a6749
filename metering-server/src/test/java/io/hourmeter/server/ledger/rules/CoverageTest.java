package io.hourmeter.server.ledger.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.server.ledger.rules.Coverage.Span;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link Coverage} against a model that keeps one bit for each moment, and by example. */
class CoverageTest {

    private static final long NO_BREAK = ScopeRow.NO_BREAK;
    private static final int WORLD = 80;
    private static final int SEEDS = 4_000;

    @Test
    void agreesWithABitmap() {
        LongStream.range(0, SEEDS).forEach(CoverageTest::agree);
    }

    @Test
    void prolongsAsFarAsAnExhaustiveSearch() {
        LongStream.range(0, SEEDS).forEach(CoverageTest::prolong);
    }

    @Test
    void onlyGrows() {
        LongStream.range(0, SEEDS).forEach(CoverageTest::grow);
    }

    @Test
    @Tag("full")
    void allOfThisWithManySeeds() {
        LongStream.range(SEEDS, 50L * SEEDS).forEach(seed -> {
            agree(seed);
            prolong(seed);
            grow(seed);
        });
    }

    @Test
    void nothingCoversNothing() {
        assertThat(Coverage.of(List.of()).measureMillis()).isZero();
        assertThat(Coverage.of(List.of()).covers(0)).isFalse();
    }

    @Test
    void twoNodesAtOnceCountOnce() {
        // 10:00 to 10:04, 10:02 to 10:10, 10:13 to 10:15 with a gap of 5 minutes are the 15 minutes from 10:00 on.
        Coverage coverage = Coverage.of(List.of(
                new Span(600_000, 840_000, 300_000, NO_BREAK),
                new Span(720_000, 1_200_000, 300_000, NO_BREAK),
                new Span(1_380_000, 1_500_000, 300_000, NO_BREAK)));
        assertThat(coverage.measureMillis()).isEqualTo(900_000);
        assertThat(coverage).hasToString("Coverage[600000..1500000]");
    }

    @Test
    void aPauseAsLongAsTheGapCountsAndALongerOneDoesNot() {
        assertThat(measure(new Span(0, 10, 5, NO_BREAK), new Span(15, 20, 5, NO_BREAK)))
                .isEqualTo(20);
        assertThat(measure(new Span(0, 10, 5, NO_BREAK), new Span(16, 20, 5, NO_BREAK)))
                .isEqualTo(14);
    }

    @Test
    void thePauseIsJudgedByTheGapOfTheLaterSpan() {
        assertThat(measure(new Span(0, 10, 50, NO_BREAK), new Span(15, 20, 4, NO_BREAK)))
                .isEqualTo(15);
        assertThat(measure(new Span(0, 10, 4, NO_BREAK), new Span(15, 20, 50, NO_BREAK)))
                .isEqualTo(20);
    }

    @Test
    void aRequestOfNoLengthIsAnEndToBridgeTo() {
        assertThat(measure(new Span(0, 0, 5, NO_BREAK), new Span(4, 4, 5, NO_BREAK)))
                .isEqualTo(4);
        assertThat(measure(new Span(0, 0, 5, NO_BREAK))).isZero();
    }

    @Test
    void withoutAGapNoPauseCounts() {
        assertThat(measure(new Span(0, 10, 0, NO_BREAK), new Span(11, 12, 0, NO_BREAK)))
                .isEqualTo(11);
    }

    @Test
    void onlyEndsLaterThanTheBreakAreBridged() {
        assertThat(measure(new Span(0, 10, 9, NO_BREAK), new Span(15, 20, 9, 9)))
                .isEqualTo(20);
        assertThat(measure(new Span(0, 10, 9, NO_BREAK), new Span(15, 20, 9, 10)))
                .isEqualTo(15);
    }

    @Test
    void theEarliestEndCountsSoThatAnEndInBetweenTakesNothingAway() {
        Span first = new Span(0, 10, 0, NO_BREAK);
        Span later = new Span(18, 20, 9, NO_BREAK);
        Span between = new Span(14, 15, 0, NO_BREAK);
        assertThat(measure(first, later)).isEqualTo(20);
        assertThat(measure(first, later, between)).isEqualTo(20);
    }

    @Test
    void prolongingIsFreeWhereOthersAreAlready() {
        Coverage coverage = Coverage.of(List.of(new Span(0, 10, 0, NO_BREAK), new Span(5, 30, 0, NO_BREAK)));
        assertThat(coverage.farthest(10, 100, 0)).isEqualTo(30);
        assertThat(coverage.farthest(10, 100, 7)).isEqualTo(37);
        assertThat(coverage.farthest(10, 33, 7)).isEqualTo(33);
    }

    @Test
    void prolongingStopsBeforeAPauseThatItWouldBridgeAndCannotPay() {
        Coverage coverage = Coverage.of(List.of(new Span(0, 10, 0, NO_BREAK), new Span(40, 50, 20, NO_BREAK)));
        assertThat(coverage.farthest(10, 100, 29)).isEqualTo(19);
        assertThat(coverage.farthest(10, 100, 30)).isEqualTo(50);
    }

    @Test
    void aHugeAllowanceDoesNotOverflow() {
        Coverage coverage = Coverage.of(List.of(new Span(5, 10, 0, NO_BREAK)));
        assertThat(coverage.farthest(10, 1_000, Long.MAX_VALUE)).isEqualTo(1_000);
    }

    @Test
    void anImpossibleSpanIsRefused() {
        assertThatThrownBy(() -> new Span(10, 9, 0, NO_BREAK))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("span from 10 to 9 with gap 0");
        assertThatThrownBy(() -> new Span(10, 12, -1, NO_BREAK)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void agree(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Span> spans = spans(random);
        BitSet model = bitmap(spans);
        Coverage coverage = Coverage.of(spans);
        assertThat(coverage.measureMillis()).as("seed %s: %s", seed, spans).isEqualTo(model.cardinality());
        BitSet covered = new BitSet();
        for (int moment = 0; moment < WORLD; moment++) {
            covered.set(moment, coverage.covers(moment));
        }
        assertThat(covered).as("seed %s: %s", seed, spans).isEqualTo(model);
        Collections.shuffle(spans, new Random(seed));
        assertThat(Coverage.of(spans)).as("seed %s: order", seed).hasToString(coverage.toString());
    }

    private static void prolong(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Span> spans = spans(random);
        int index = random.nextInt(spans.size());
        Span span = spans.get(index);
        long limit = span.endMillis() + random.nextInt(WORLD / 2);
        long allowance = random.nextInt(30);
        int before = bitmap(spans).cardinality();
        long expected = limit;
        while (expected > span.endMillis()) {
            List<Span> prolonged = new ArrayList<>(spans);
            prolonged.set(index, new Span(span.fromMillis(), expected, span.gapMillis(), span.breakMillis()));
            if (bitmap(prolonged).cardinality() - before <= allowance) {
                break;
            }
            expected--;
        }
        assertThat(Coverage.of(spans).farthest(span.endMillis(), limit, allowance))
                .as("seed %s: span %s of %s up to %s within %s", seed, span, spans, limit, allowance)
                .isEqualTo(expected);
    }

    private static void grow(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Span> spans = spans(random);
        BitSet before = bitmap(spans);
        int index = random.nextInt(spans.size());
        Span span = spans.get(index);
        if (random.nextBoolean()) {
            spans.add(span(random));
        } else {
            spans.set(index, new Span(span.fromMillis(), span.endMillis() + 5, span.gapMillis(), span.breakMillis()));
        }
        Coverage after = Coverage.of(spans);
        before.stream().filter(moment -> !after.covers(moment)).findAny().ifPresent(moment -> {
            throw new AssertionError("seed " + seed + ": " + spans + " lost " + moment);
        });
    }

    private static long measure(Span... spans) {
        return Coverage.of(List.of(spans)).measureMillis();
    }

    private static List<Span> spans(SplittableRandom random) {
        List<Span> spans = new ArrayList<>();
        int count = 1 + random.nextInt(8);
        for (int i = 0; i < count; i++) {
            spans.add(span(random));
        }
        return spans;
    }

    private static Span span(SplittableRandom random) {
        long from = random.nextInt(WORLD / 2);
        long end = from + (random.nextInt(4) == 0 ? 0 : random.nextInt(12));
        long brk = random.nextInt(3) == 0 ? random.nextInt(WORLD / 2) : NO_BREAK;
        return new Span(from, end, random.nextInt(15), brk);
    }

    /** The definition, moment by moment: in a span, or between a span and an end within its gap and after its break. */
    private static BitSet bitmap(List<Span> spans) {
        BitSet bits = new BitSet();
        for (Span span : spans) {
            bits.set((int) span.fromMillis(), (int) span.endMillis());
            for (Span other : spans) {
                long end = other.endMillis();
                if (span.fromMillis() - span.gapMillis() <= end
                        && end < span.fromMillis()
                        && end > span.breakMillis()) {
                    bits.set((int) end, (int) span.fromMillis());
                }
            }
        }
        return bits;
    }
}
