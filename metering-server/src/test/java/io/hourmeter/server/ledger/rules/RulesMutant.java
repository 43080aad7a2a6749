package io.hourmeter.server.ledger.rules;

import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.simulation.Items;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Rules with one thing wrong: what goes in, or what comes out, is bent. */
public enum RulesMutant {
    LAST_REPORT_INSTEAD_OF_MAX {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            LeaseRow known = state.lease(message.item().lease());
            Long used = message.item().usedMillis();
            if (known == null || used == null || used >= known.usedMillis() || used < 0) {
                return rules.apply(state, message);
            }
            LeaseRow shrunk = known.withUsed(used, known.offline());
            return rules.apply(state.with(state.scope(known.scope()).with(shrunk)), message);
        }
    },
    HOLD_IGNORED {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            long held = state.license().heldMillis();
            LeaseOutcome outcome = rules.apply(state.with(state.license().plusCredited(held)), message);
            LicenseState after = outcome.state();
            return new LeaseOutcome(after.with(after.license().plusCredited(-held)), outcome.answer());
        }
    },
    HOLD_OF_OTHER_SCOPES_IGNORED {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            long held = state.license().heldMillis()
                    - state.scope(message.item().scope()).heldMillis();
            LeaseOutcome outcome = rules.apply(state.with(state.license().plusHeld(-held)), message);
            LicenseState after = outcome.state();
            return new LeaseOutcome(after.with(after.license().plusHeld(held)), outcome.answer());
        }
    },
    SEQ_IGNORED {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            LeaseRow known = state.lease(message.item().lease());
            long seq = known == null ? message.item().seq() : known.seq() + 1;
            return rules.apply(state, bent(message, Items.withSeq(message.item(), seq)));
        }
    },
    BREAK_AS_A_FLAG {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            boolean first = state.lease(message.item().lease()) == null;
            LeaseOutcome outcome = rules.apply(state, message);
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
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            LeaseRow known = state.lease(message.item().lease());
            if (known == null) {
                return rules.apply(state, message);
            }
            ScopeState scope = state.scope(known.scope());
            LeaseRow moved = withBreak(known, scope.breakMillis());
            return rules.apply(state.with(scope.with(moved)), message);
        }
    },
    BREAK_BY_ANY_REFUSAL {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            LeaseOutcome outcome = rules.apply(state, message);
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
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            return rules.apply(state, bent(message, Items.withBridge(message.item(), true)));
        }
    },
    LATE_USE_DROPPED {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            UsageBatch.Item item = message.item();
            LeaseRow known = state.lease(item.lease());
            Long used = known != null && known.lapsed() ? null : item.usedMillis();
            return rules.apply(state, bent(message, Items.withUsed(item, used)));
        }
    },
    OFFLINE_USE_DROPPED {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            return rules.apply(state, bent(message, Items.withOffline(message.item(), false)));
        }
    },
    DONE_IGNORED {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            return rules.apply(state, bent(message, Items.withDone(message.item(), false)));
        }
    },
    PAUSE_FORGIVEN {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            LeaseOutcome outcome = rules.apply(state, message);
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
    LAPSED_LEASE_REOPENED {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            LeaseRow known = state.lease(message.item().lease());
            if (known == null || !known.lapsed() || known.closed()) {
                return rules.apply(state, message);
            }
            return rules.apply(state.with(state.scope(known.scope()).with(notLapsed(known))), message);
        }
    },
    REPORTS_BELIEVED {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            UsageBatch.Item item = message.item();
            LeaseRow known = state.lease(item.lease());
            Long used = item.usedMillis();
            if (known == null || used == null || used <= known.authorizedMillis() || !known.granted()) {
                return rules.apply(state, message);
            }
            return rules.apply(state.with(state.scope(known.scope()).with(known.withAuthorized(used))), message);
        }
    },
    END_BY_THE_LICENSES_OWN_TIME {
        @Override
        LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
            LicenseRow license = state.license();
            long end = license.expiresMillis();
            if (end == LicenseRow.NEVER) {
                return rules.apply(state, message);
            }
            LicenseRow early = license.withExpires(end - license.clockOffsetMillis());
            LeaseOutcome outcome = rules.apply(state.with(early), message);
            LicenseState after = outcome.state();
            return new LeaseOutcome(after.with(after.license().withExpires(end)), outcome.answer());
        }
    },
    DEBT_NOT_NOTED {
        @Override
        LicenseState owe(RulesEngine rules, LicenseState before, LicenseState after, LeaseMessage message) {
            return after;
        }
    },
    DEBT_OF_OFFLINE_USE_ONLY {
        @Override
        LicenseState owe(RulesEngine rules, LicenseState before, LicenseState after, LeaseMessage message) {
            return message.item().offline() ? rules.owe(before, after, message) : after;
        }
    },
    DEBT_COLLECTED_AGAIN {
        @Override
        LicenseState collect(RulesEngine rules, LicenseState state, long creditMillis) {
            long due = Debts.payableMillis(state.license(), creditMillis);
            return state.with(state.license().plusCharged(due));
        }
    },
    DEBT_TAKES_MORE_THAN_THE_CREDIT {
        @Override
        LicenseState collect(RulesEngine rules, LicenseState state, long creditMillis) {
            return rules.collect(state, Long.MAX_VALUE);
        }
    },
    DEBT_OF_THE_NEWEST_FIRST {
        @Override
        LicenseState collect(RulesEngine rules, LicenseState state, long creditMillis) {
            LicenseState collected = rules.collect(state, creditMillis);
            long due = collected.license().collectedMillis() - state.license().collectedMillis();
            LicenseState result = state.with(collected.license());
            List<LeaseRow> debtors = new ArrayList<>();
            state.scopes().forEach(scope -> debtors.addAll(scope.leases()));
            debtors.sort(Comparator.comparingLong(LeaseRow::fromMillis).reversed());
            for (LeaseRow lease : debtors) {
                long paid = Math.min(due, lease.debtMillis());
                due -= paid;
                result = result.with(result.scope(lease.scope()).with(lease.plusCollected(paid)));
            }
            return result;
        }
    },
    NEVER_LAPSES {
        @Override
        LicenseState lapse(RulesEngine rules, LicenseState state) {
            return state;
        }
    };

    LicenseState lapse(RulesEngine rules, LicenseState state) {
        return rules.lapse(state);
    }

    LeaseOutcome apply(RulesEngine rules, LicenseState state, LeaseMessage message) {
        return rules.apply(state, message);
    }

    LicenseState owe(RulesEngine rules, LicenseState before, LicenseState after, LeaseMessage message) {
        return rules.owe(before, after, message);
    }

    LicenseState collect(RulesEngine rules, LicenseState state, long creditMillis) {
        return rules.collect(state, creditMillis);
    }

    /** Some rules with this one thing wrong. */
    public RulesEngine over(RulesEngine rules) {
        return new RulesEngine() {
            @Override
            public LicenseState lapse(LicenseState state) {
                return RulesMutant.this.lapse(rules, state);
            }

            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                return RulesMutant.this.apply(rules, state, message);
            }

            @Override
            public LicenseState owe(LicenseState before, LicenseState after, LeaseMessage message) {
                return RulesMutant.this.owe(rules, before, after, message);
            }

            @Override
            public LicenseState collect(LicenseState state, long creditMillis) {
                return RulesMutant.this.collect(rules, state, creditMillis);
            }
        };
    }

    private static LeaseMessage bent(LeaseMessage message, UsageBatch.Item told) {
        return new LeaseMessage(message.batch(), told);
    }

    private static LeaseRow notLapsed(LeaseRow lease) {
        return with(lease, lease.breakMillis(), false);
    }

    private static LeaseRow withBreak(LeaseRow lease, long breakMillis) {
        return with(lease, breakMillis, lease.lapsed());
    }

    /** What no rule may do, and so the row itself does not offer. */
    private static LeaseRow with(LeaseRow lease, long breakMillis, boolean lapsed) {
        LeaseRow.Terms terms = new LeaseRow.Terms(
                lease.fromMillis(), lease.gapMillis(), lease.leaseMillis(), lease.graceMillis(), breakMillis);
        LeaseRow.End end = new LeaseRow.End(lease.closed(), lapsed);
        return new LeaseRow(lease.origin(), terms, lease.progress(), end, lease.bill());
    }
}
