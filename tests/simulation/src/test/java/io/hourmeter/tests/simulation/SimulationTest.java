package io.hourmeter.tests.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.server.simulation.Kind;
import io.hourmeter.server.simulation.Tally;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The production node core and the production server core over many simulated worlds. {@code -Dsimulation.seeds=100000}
 * runs as many; {@code -Dsimulation.seed=4711} runs one and tells everything that happens in it.
 */
class SimulationTest {

    private static final int SEEDS = Integer.getInteger("simulation.seeds", 300);
    private static final int FULL_SEEDS = 3_000;

    /** Each kind of thing has to occur this often in each hundred worlds, or it was not tried; seldom in few worlds. */
    private static final int LEAST_IN_A_HUNDRED = 3;

    private static final int ENOUGH_TO_JUDGE = 300;

    @Test
    void nothingIsLostAndNothingIsChargedTwice() {
        if (System.getProperty("simulation.seed") == null) {
            run(0, SEEDS);
        }
    }

    @Test
    @Tag("full")
    void nothingIsLostAndNothingIsChargedTwiceInManyWorlds() {
        run(SEEDS, FULL_SEEDS);
    }

    private static void run(int from, int seeds) {
        Tally tally = Simulations.run(LongStream.range(from, from + seeds));
        List<Kind> notTried = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            if (tally.of(kind) * 100 < (long) LEAST_IN_A_HUNDRED * seeds) {
                notTried.add(kind);
            }
        }
        if (seeds >= ENOUGH_TO_JUDGE) {
            assertThat(notTried)
                    .as("what occurred too seldom in %s worlds", seeds)
                    .isEmpty();
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "simulation.seed", matches = "\\d+")
    void oneWorldIsTold() {
        Tally tally = new World(FaultPlan.of(Long.getLong("simulation.seed")), Mutant.NONE, System.out).run();
        System.out.println(tally.table());
    }

    @Test
    void theSameSeedGivesTheSameWorld() {
        for (long seed : Arrays.asList(1L, 2L, 3L)) {
            assertThat(new World(FaultPlan.of(seed), Mutant.NONE, null).run().table())
                    .isEqualTo(new World(FaultPlan.of(seed), Mutant.NONE, null)
                            .run()
                            .table());
        }
    }

    @Test
    void aViolationNamesItsSeed() {
        Mutant idleTail = Mutants.IDLE_TAIL_BILLED.make();
        assertThatThrownBy(() -> LongStream.range(0, 20).forEach(seed -> Simulations.one(seed, idleTail)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("-Dsimulation.seed=");
    }
}
