package io.hourmeter.usage.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoundsTest {

    private static final long MIB = 1L << 20;

    @ParameterizedTest
    @CsvSource({"1, 10000", "39, 10000", "512, 129055", "4096, 1032444", "65536, 2000000"})
    void sessionsTakeAQuarterOfTheHeapWithinBounds(long mebibytes, int sessions) {
        assertThat(Bounds.sessions(mebibytes * MIB)).isEqualTo(sessions);
    }

    @ParameterizedTest
    @CsvSource({"0", "9223372036854775807"})
    void neverOverflows(long heapBytes) {
        assertThat(Bounds.sessions(heapBytes)).isBetween(10_000, 2_000_000);
    }
}
