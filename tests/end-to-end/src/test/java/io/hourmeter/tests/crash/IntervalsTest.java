package io.hourmeter.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.tests.crash.Intervals.Span;
import java.util.List;
import org.junit.jupiter.api.Test;

class IntervalsTest {

    private static final List<Span> SPANS = List.of(new Span(100, 200), new Span(0, 50), new Span(20, 40));

    @Test
    void overlappingTimeCountsOnce() {
        assertThat(Intervals.of(SPANS, 49, List.of())).isEqualTo(new Intervals(150, 2));
    }

    @Test
    void aShortPauseCounts() {
        assertThat(Intervals.of(SPANS, 50, List.of())).isEqualTo(new Intervals(200, 1));
    }

    @Test
    void aPauseWithARefusalDoesNotCount() {
        assertThat(Intervals.of(SPANS, 50, List.of(new Span(75, 75)))).isEqualTo(new Intervals(150, 2));
    }

    @Test
    void aRefusalThatTookTheWholePauseBreaksItToo() {
        assertThat(Intervals.of(SPANS, 50, List.of(new Span(40, 120)))).isEqualTo(new Intervals(150, 2));
    }

    @Test
    void whatIsNotKnownToHaveLastedBridgesAndCountsNothing() {
        assertThat(Intervals.of(List.of(new Span(30, 20), new Span(70, 60), new Span(110, 100)), 50, List.of()))
                .isEqualTo(new Intervals(70, 1));
        assertThat(Intervals.of(List.of(new Span(30, 20)), 0, List.of())).isEqualTo(new Intervals(0, 1));
    }

    @Test
    void aSpanInsideAnotherDoesNotShortenIt() {
        assertThat(Intervals.of(List.of(new Span(0, 100), new Span(10, 20), new Span(90, 110)), 0, List.of()))
                .isEqualTo(new Intervals(110, 1));
    }
}
