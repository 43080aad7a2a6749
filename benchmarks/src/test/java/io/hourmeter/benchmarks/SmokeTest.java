package io.hourmeter.benchmarks;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** Benchmarks that nobody runs for a while must not rot. How fast anything is, is not looked at. */
class SmokeTest {

    @Test
    void everyBenchmarkStartsAndAnswers() {
        assertThatCode(() ->
                        Main.run(Plan.SMOKE, Set.of("path", "memory", "sweep", "pauses", "load", "page", "filter")))
                .doesNotThrowAnyException();
    }
}
