package io.hourmeter.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The simulation can fail: with any one rule taken out, of the nodes, the server, the journal, the store or the shop, some
 * world violates what always holds, that is silent with all rules in place.
 */
class SimulationMutantsTest {

    private static final int SEEDS = 120;

    @BeforeAll
    static void quiet() {
        Simulations.quiet();
    }

    @ParameterizedTest
    @EnumSource(Mutants.class)
    void aRuleOfTheNodeTakenOutIsCaught(Mutants mutant) {
        caught(seed -> new World(Weather.of(seed), mutant.make(), null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LAST_REPORT_INSTEAD_OF_MAX",
                "HOLD_IGNORED",
                "HOLD_OF_OTHER_SCOPES_IGNORED",
                "SEQ_IGNORED",
                "BREAK_AS_A_FLAG",
                "BREAK_OF_TODAY_INSTEAD_OF_FIRST_SIGHT",
                "BREAK_BY_ANY_REFUSAL",
                "BRIDGE_IGNORED",
                "LATE_USE_DROPPED",
                "OFFLINE_USE_DROPPED",
                "DONE_IGNORED",
                "PAUSE_FORGIVEN",
                "LAPSED_LEASE_REOPENED",
                "REPORTS_BELIEVED",
                "ANSWER_BEFORE_COMMIT",
                "CLOCK_FROZEN_INSTEAD_OF_REBASED",
                "NOTHING_REAPED",
            })
    void aRuleOfTheServerTakenOutIsCaught(String mutant) {
        caught(seed -> {
            World world = new World(Weather.of(seed), Mutant.NONE, null);
            world.ledger.mutate(mutant);
            return world;
        });
    }

    private static void caught(LongFunction<World> mutated) {
        List<Long> caughtBy = new ArrayList<>();
        for (long seed = 0; seed < SEEDS && caughtBy.isEmpty(); seed++) {
            if (fails(mutated.apply(seed))) {
                caughtBy.add(seed);
            }
        }
        assertThat(caughtBy).as("worlds that notice, of " + SEEDS).isNotEmpty();
        LongStream.of(caughtBy.get(0))
                .forEach(seed -> assertThatCode(() -> new World(Weather.of(seed), Mutant.NONE, null).run())
                        .as("seed %s with all rules in place", seed)
                        .doesNotThrowAnyException());
    }

    private static boolean fails(World world) {
        try {
            world.run();
            return false;
        } catch (AssertionError | RuntimeException e) {
            return true;
        }
    }
}
