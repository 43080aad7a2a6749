package io.hourmeter.server.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
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
        LongStream.range(0, 1_200).forEach(seed -> new RulesWorld(seed, census).run(EVENTS));
        assertThat(census.seen)
                .as("how often each situation occurred")
                .containsKeys("OK", "HELD", "EXHAUSTED", "INACTIVE", "EXPIRED_LICENSE", "LAPSED", "CLOSED", "INVALID")
                .containsKeys("last", "pause settled", "pause settled beyond the authorization")
                .containsKeys("uncollected late", "uncollected offline", "more held than is left");
    }

    @Test
    @Tag("full")
    void agreesWithTheOracleOverManySeeds() {
        LongStream.range(1_200, 40_000).forEach(seed -> new RulesWorld(seed, RulesEngine.REAL).run(EVENTS));
    }

    @ParameterizedTest
    @EnumSource(Mutant.class)
    void aRuleTakenOutIsCaught(Mutant mutant) {
        assertThatThrownBy(() ->
                        LongStream.range(0, MUTANT_SEEDS).forEach(seed -> new RulesWorld(seed, mutant).run(EVENTS)))
                .as("%s over %s worlds", mutant, MUTANT_SEEDS)
                .isInstanceOfAny(AssertionError.class, IllegalArgumentException.class);
    }

    /** The real rules, counting. */
    private static final class Census implements RulesEngine {

        private final Map<String, Integer> seen = new TreeMap<>();

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

        private void count(String situation) {
            seen.merge(situation, 1, Integer::sum);
        }
    }

    /** Rules with one thing wrong: what goes in, or what comes out, is bent. */
    private enum Mutant implements RulesEngine {
        LAST_REPORT_INSTEAD_OF_MAX {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                LeaseRow known = state.lease(message.item().lease());
                Long used = message.item().usedMillis();
                if (known == null || used == null || used >= known.usedMillis() || used < 0) {
                    return REAL.apply(state, message);
                }
                LeaseRow shrunk = known.withUsed(used, known.offline());
                return REAL.apply(state.with(state.scope(known.scope()).with(shrunk)), message);
            }
        },
        HOLD_IGNORED {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                long held = state.license().heldMillis();
                LeaseOutcome outcome = REAL.apply(state.with(state.license().plusCredited(held)), message);
                LicenseState after = outcome.state();
                return new LeaseOutcome(after.with(after.license().plusCredited(-held)), outcome.answer());
            }
        },
        HOLD_OF_OTHER_SCOPES_IGNORED {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                long held = state.license().heldMillis()
                        - state.scope(message.item().scope()).heldMillis();
                LeaseOutcome outcome = REAL.apply(state.with(state.license().plusHeld(-held)), message);
                LicenseState after = outcome.state();
                return new LeaseOutcome(after.with(after.license().plusHeld(held)), outcome.answer());
            }
        },
        SEQ_IGNORED {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                LeaseRow known = state.lease(message.item().lease());
                long seq = known == null ? message.item().seq() : known.seq() + 1;
                return REAL.apply(
                        state,
                        bent(
                                message,
                                message.item().usedMillis(),
                                message.item().done(),
                                seq,
                                message.item().offline(),
                                message.item().bridge()));
            }
        },
        BREAK_AS_A_FLAG {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                boolean first = state.lease(message.item().lease()) == null;
                LeaseOutcome outcome = REAL.apply(state, message);
                LeaseRow lease = outcome.state().lease(message.item().lease());
                if (!first || lease == null) {
                    return outcome;
                }
                boolean bridged = lease.breakMillis() < lease.fromMillis() - 1;
                ScopeState scope = outcome.state().scope(lease.scope());
                LeaseRow flagged = withBreak(lease, bridged ? ScopeRow.NO_BREAK : lease.fromMillis());
                return new LeaseOutcome(outcome.state().with(scope.with(flagged)), outcome.answer());
            }
        },
        BREAK_OF_TODAY_INSTEAD_OF_FIRST_SIGHT {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                LeaseRow known = state.lease(message.item().lease());
                if (known == null) {
                    return REAL.apply(state, message);
                }
                ScopeState scope = state.scope(known.scope());
                LeaseRow moved = withBreak(known, scope.breakMillis());
                return REAL.apply(state.with(scope.with(moved)), message);
            }
        },
        BREAK_BY_ANY_REFUSAL {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                LeaseOutcome outcome = REAL.apply(state, message);
                State answer = outcome.answer().state();
                if (answer != State.HELD && answer != State.EXHAUSTED) {
                    return outcome;
                }
                ScopeState scope = outcome.state().scope(message.item().scope());
                return new LeaseOutcome(outcome.state().with(scope.withBreak(state.nowMillis())), outcome.answer());
            }
        },
        BRIDGE_IGNORED {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                UsageBatch.Item item = message.item();
                return REAL.apply(
                        state, bent(message, item.usedMillis(), item.done(), item.seq(), item.offline(), true));
            }
        },
        LATE_USE_DROPPED {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                UsageBatch.Item item = message.item();
                LeaseRow known = state.lease(item.lease());
                Long used = known != null && known.lapsed() ? null : item.usedMillis();
                return REAL.apply(state, bent(message, used, item.done(), item.seq(), item.offline(), item.bridge()));
            }
        },
        OFFLINE_USE_DROPPED {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                UsageBatch.Item item = message.item();
                return REAL.apply(
                        state, bent(message, item.usedMillis(), item.done(), item.seq(), false, item.bridge()));
            }
        },
        DONE_IGNORED {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                UsageBatch.Item item = message.item();
                return REAL.apply(
                        state, bent(message, item.usedMillis(), false, item.seq(), item.offline(), item.bridge()));
            }
        },
        PAUSE_FORGIVEN {
            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                LeaseOutcome outcome = REAL.apply(state, message);
                LeaseRow opened = outcome.state().lease(message.item().lease());
                boolean settled = state.lease(message.item().lease()) == null
                        && opened != null
                        && !opened.hasUse()
                        && outcome.state().license().chargedMillis()
                                > state.license().chargedMillis();
                if (!settled) {
                    return outcome;
                }
                ScopeState scope = state.scope(opened.scope()).with(opened).withBreak(state.nowMillis());
                return new LeaseOutcome(state.with(scope), outcome.answer());
            }
        },
        NEVER_LAPSES {
            @Override
            public LicenseState lapse(LicenseState state) {
                return state;
            }
        };

        private static LeaseMessage bent(
                LeaseMessage message, @Nullable Long used, boolean done, long seq, boolean offline, boolean bridge) {
            UsageBatch.Item item = message.item();
            return new LeaseMessage(
                    message.batch(),
                    new UsageBatch.Item(
                            item.lease(),
                            item.keySha256(),
                            item.key(),
                            item.scope(),
                            item.session(),
                            item.ageMillis(),
                            used,
                            done,
                            seq,
                            offline,
                            bridge));
        }

        private static LeaseRow withBreak(LeaseRow lease, long breakMillis) {
            return new LeaseRow(
                    lease.lease(),
                    lease.scope(),
                    lease.session(),
                    lease.node(),
                    lease.fromMillis(),
                    lease.gapMillis(),
                    lease.leaseMillis(),
                    lease.graceMillis(),
                    breakMillis,
                    lease.usedMillis(),
                    lease.authorizedMillis(),
                    lease.offline(),
                    lease.closed(),
                    lease.lapsed(),
                    lease.seq(),
                    lease.chargedMillis(),
                    lease.uncollectedMillis());
        }
    }
}
