package io.hourmeter.server.ledger.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules against a brute-force oracle, over random worlds; and that this can fail. */
class LeaseRulesOracleTest {

    private static final int EVENTS = 40;

    /** After so many worlds without a complaint a mutant counts as not caught. */
    private static final int MUTANT_SEEDS = 1_000;

    @Test
    void agreesWithTheOracleAndMeetsEverySituation() {
        Census census = new Census();
        LongStream.range(0, 800).forEach(seed -> new RulesWorld(seed, census).run(EVENTS));
        assertThat(census.seen)
                .as("how often each situation occurred")
                .containsKeys("OK", "HELD", "EXHAUSTED", "INACTIVE", "EXPIRED_LICENSE", "LAPSED", "CLOSED", "INVALID")
                .containsKeys("last", "pause settled", "pause settled beyond the authorization")
                .containsKeys("uncollected late", "uncollected offline", "more held than is left")
                .containsKeys("collected in full", "collected in part", "owed and nothing to collect it from");
    }

    @Test
    @Tag("full")
    void agreesWithTheOracleOverManySeeds() {
        LongStream.range(800, 40_000).forEach(seed -> new RulesWorld(seed, RulesEngine.REAL).run(EVENTS));
    }

    @ParameterizedTest
    @EnumSource(RulesMutant.class)
    void aRuleTakenOutIsCaught(RulesMutant mutant) {
        assertThatThrownBy(() -> LongStream.range(0, MUTANT_SEEDS)
                        .forEach(seed -> new RulesWorld(seed, mutant.over(RulesEngine.REAL)).run(EVENTS)))
                .as("%s over %s worlds", mutant, MUTANT_SEEDS)
                .isInstanceOfAny(AssertionError.class, IllegalArgumentException.class);
    }

    /** The real rules, counting. */
    private static final class Census implements RulesEngine {

        private final Map<String, Integer> seen = new TreeMap<>();

        @Override
        public LicenseState lapse(LicenseState state) {
            return REAL.lapse(state);
        }

        @Override
        public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
            LeaseOutcome outcome = REAL.apply(state, message);
            count(outcome.answer().state().name());
            if (outcome.answer().last()) {
                count("last");
            }
            LicenseState after = outcome.state();
            if (after.license().freeMillis() < 0 && after.license().reversedMillis() == 0) {
                count("more held than is left");
            }
            if (after.license().uncollectedMillis() > state.license().uncollectedMillis()) {
                count(message.item().offline() ? "uncollected offline" : "uncollected late");
            }
            for (LeaseRow lease : after.scope(message.item().scope()).leases()) {
                LeaseRow before = state.lease(lease.lease());
                if (before != null
                        && lease.usedMillis() > before.usedMillis()
                        && !lease.lease().equals(message.item().lease())) {
                    count("pause settled");
                    if (lease.usedMillis() > lease.authorizedMillis()) {
                        count("pause settled beyond the authorization");
                    }
                }
            }
            return outcome;
        }

        @Override
        public LicenseState collect(LicenseState state, long creditMillis) {
            LicenseState collected = REAL.collect(state, creditMillis);
            if (state.license().debtMillis() > 0) {
                boolean some =
                        collected.license().collectedMillis() > state.license().collectedMillis();
                String part = collected.license().debtMillis() == 0 ? "collected in full" : "collected in part";
                count(some ? part : "owed and nothing to collect it from");
            }
            return collected;
        }

        private void count(String situation) {
            seen.merge(situation, 1, Integer::sum);
        }
    }
}
