package io.hourmeter.server.ledger.rules;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of the pause before an open that the balance does not carry. The pause was short enough to count as use,
 * so it is used time as far as the balance goes. Were it forgiven, a customer with ten seconds left who clicks every
 * minute would be refused at every second click, and served at the others for ever.
 */
final class Pauses {

    private Pauses() {}

    /**
     * Settles the pause by prolonging the lease that was used last, even beyond what it was authorized for. It is paid
     * from what nobody holds, so it is always paid in full.
     *
     * <p>Only reported use counts: an open lease that has not reported may have been used through its window or not at
     * all, and the open waits until that is known. Nor is anything settled while other scopes hold the balance: they may
     * give it back, so the open is not refused for good, and its pause stays unbridged.
     *
     * @param refused the lease that was asked for, and not granted
     * @return the same state when there is no such pause
     */
    static LicenseState settle(LicenseState state, LeaseRow refused, Bounds bounds) {
        LicenseRow license = state.license();
        ScopeState scope = state.scope(refused.scope());
        long heldByOthers = license.heldMillis() - scope.heldMillis();
        if (heldByOthers > bounds.negligibleMillis() || license.freeMillis() < 0) {
            return state;
        }
        LeaseRow last = lastUsed(scope, refused.fromMillis());
        if (last == null || !bridged(last.usedEndMillis(), refused)) {
            return state;
        }
        long end = scope.worst().farthest(last.usedEndMillis(), refused.fromMillis(), license.freeMillis());
        if (end == last.usedEndMillis()) {
            return state;
        }
        LeaseRow prolonged = last.withUsed(end - last.fromMillis(), last.offline());
        return Settlement.settle(state, prolonged, Settlement.Source.FREE);
    }

    /** The lease with the latest reported end up to that moment; of equal ones the first by name, for determinism. */
    private static @Nullable LeaseRow lastUsed(ScopeState scope, long momentMillis) {
        LeaseRow last = null;
        for (LeaseRow lease : scope.leases()) {
            if (!lease.hasUse() || lease.usedEndMillis() > momentMillis) {
                continue;
            }
            if (last == null
                    || lease.usedEndMillis() > last.usedEndMillis()
                    || (lease.usedEndMillis() == last.usedEndMillis()
                            && lease.lease().compareTo(last.lease()) < 0)) {
                last = lease;
            }
        }
        return last;
    }

    /** Whether the pause from that end to the refused lease would have counted. */
    private static boolean bridged(long endMillis, LeaseRow refused) {
        return endMillis < refused.fromMillis()
                && endMillis >= refused.fromMillis() - refused.gapMillis()
                && endMillis > refused.breakMillis();
    }
}
