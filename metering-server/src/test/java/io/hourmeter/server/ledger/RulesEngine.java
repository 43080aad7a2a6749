package io.hourmeter.server.ledger;

/** The rules as a store calls them, so that a test can put something else in their place. */
interface RulesEngine {

    /** Bounds for worlds of some hundred milliseconds. */
    Bounds TINY = new Bounds(6, 2, 5, 2, 4);

    RulesEngine REAL = new RulesEngine() {};

    default LicenseState lapse(LicenseState state) {
        return Lapses.lapse(state, TINY);
    }

    default LeaseOutcome apply(LicenseState state, LeaseMessage message) {
        return LeaseRules.apply(state, message, TINY);
    }
}
