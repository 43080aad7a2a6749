package io.hourmeter.server.ledger.rules;

/** The rules as a store calls them, so that a test can put something else in their place. */
public interface RulesEngine {

    /** Bounds for worlds of some hundred milliseconds. */
    Bounds TINY = new Bounds(6, 2, 5, 2, 4);

    /** The production rules in such a world. */
    RulesEngine REAL = with(TINY);

    /** The production rules as the license server uses them. */
    RulesEngine STANDARD = with(Bounds.STANDARD);

    LicenseState lapse(LicenseState state);

    LeaseOutcome apply(LicenseState state, LeaseMessage message);

    /** What a message left uncollected, as owed. */
    default LicenseState owe(LicenseState before, LicenseState after, LeaseMessage message) {
        return Debts.owe(before, after, message.item().scope());
    }

    /** What a credit pays of what is owed; the state is the one after the credit. */
    default LicenseState collect(LicenseState state, long creditMillis) {
        long due = Debts.payableMillis(state.license(), creditMillis);
        LicenseState collected = Debts.collect(state, due);
        return collected.with(collected.license().plusCollected(due));
    }

    private static RulesEngine with(Bounds bounds) {
        return new RulesEngine() {
            @Override
            public LicenseState lapse(LicenseState state) {
                return Lapses.lapse(state, bounds);
            }

            @Override
            public LeaseOutcome apply(LicenseState state, LeaseMessage message) {
                return LeaseRules.apply(state, message, bounds);
            }
        };
    }
}
