package io.hourmeter.server.ledger.rules;

import org.jspecify.annotations.Nullable;

/**
 * Puts a changed lease into the state, and pays for what it newly covers.
 *
 * <p>The difference in measure before and after is what the change costs, so a repeated report costs nothing and two
 * nodes active at once pay once. It is always split exactly into charged and uncollected, on the license and on the
 * lease alike: used time = what is covered − uncollected + direct debits + what was collected since ({@link Debts}).
 */
final class Settlement {

    private Settlement() {}

    /** Where the money comes from. */
    enum Source {
        /**
         * The lease was open, and served within its authorization: its own hold was kept for this, so it is paid in full
         * even when a reversal has meanwhile taken more than was left. It can be short only where late use made other
         * leases' pauses longer than was held for them; then never more is charged than was ever credited.
         */
        OWN_HOLD,
        /** Late or offline: nothing is held for it any more, so it takes what is neither charged nor held. */
        FREE
    }

    /**
     * The state with the lease as it is now.
     *
     * @param lease a lease of this license that grew, was closed or lapsed, or is new
     */
    static LicenseState settle(LicenseState state, LeaseRow lease, Source source) {
        ScopeState before = state.scope(lease.scope());
        ScopeState after = before.with(lease);
        if (sameCover(before.lease(lease.lease()), lease)) {
            return state.with(after);
        }
        LicenseRow license = state.license().plusHeld(after.heldMillis() - before.heldMillis());
        long delta = after.actualMillis() - before.actualMillis();
        if (delta == 0) {
            return state.with(license).with(after);
        }
        long paid = switch (source) {
            case OWN_HOLD -> Math.min(delta, license.creditedMillis() - license.chargedMillis());
            case FREE -> Math.max(0, Math.min(delta, license.freeMillis()));
        };
        long unpaid = delta - paid;
        return state.with(license.plusCharged(paid).plusUncollected(unpaid))
                .with(after.with(lease.plusSettled(paid, unpaid)));
    }

    /** Whether nothing changed that a coverage is made of. Then the leases nearby need not even be loaded. */
    private static boolean sameCover(@Nullable LeaseRow before, LeaseRow after) {
        if (before == null) {
            return !after.hasUse() && !after.granted();
        }
        return before.usedMillis() == after.usedMillis()
                && before.authorizedMillis() == after.authorizedMillis()
                && before.open() == after.open();
    }
}
