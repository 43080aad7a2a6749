package io.hourmeter.tests.simulation;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.fail;

import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The simulation can fail: with any one rule taken out, of the nodes, the server, the journal, the store or the shop, some
 * world violates what always holds, that is silent with all rules in place.
 */
class SimulationMutantsTest {

    private static final int SEEDS = 120;

    @ParameterizedTest
    @EnumSource(Mutants.class)
    void aRuleOfTheNodeTakenOutIsCaught(Mutants mutant) {
        caught(
                mutant.name(),
                seed -> new World(FaultPlan.of(seed), Mutant.NONE, null),
                seed -> new World(FaultPlan.of(seed), mutant.make(), null));
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
                "END_BY_THE_LICENSES_OWN_TIME",
                "DEBT_NOT_NOTED",
                "DEBT_OF_OFFLINE_USE_ONLY",
                "DEBT_NEVER_COLLECTED",
                "ANSWER_BEFORE_COMMIT",
                "CLOCK_FROZEN_INSTEAD_OF_REBASED",
                "NOTHING_REAPED",
            })
    void aRuleOfTheServerTakenOutIsCaught(String mutant) {
        // Also the way in which rules are taken out must be silent by itself.
        caught(mutant, seed -> with(seed, "NOTHING"), seed -> with(seed, mutant));
    }

    private static World with(long seed, String mutant) {
        World world = new World(FaultPlan.of(seed), Mutant.NONE, null);
        world.ledger.mutate(mutant);
        return world;
    }

    /** Looks for a world that is silent with all rules in place, and is not with one taken out. */
    private static void caught(String mutant, LongFunction<World> whole, LongFunction<World> mutated) {
        for (long seed = 0; seed < SEEDS; seed++) {
            long current = seed;
            String violation = violation(mutated.apply(seed));
            if (violation != null) {
                assertThatCode(() -> whole.apply(current).run())
                        .as("seed %s with all rules in place", seed)
                        .doesNotThrowAnyException();
                System.out.printf("%s is caught by seed %d: %.160s%n", mutant, seed, violation);
                return;
            }
        }
        fail("%s is not caught by any of %s worlds", mutant, SEEDS);
    }

    private static @Nullable String violation(World world) {
        try {
            world.run();
            return null;
        } catch (AssertionError | RuntimeException e) {
            return e.getMessage();
        }
    }
}
