package io.hourmeter.server.ledger.rules;

/**
 * How far a lease may be served: as far ahead as its node wants and the balance carries, all other open leases being
 * used to their ends. What has been granted is never taken back.
 *
 * <p>A grant that would end in the past is none: it would serve nobody, and hold what others could use.
 */
final class Grants {

    private Grants() {}

    /**
     * The lease, authorized as far as possible.
     *
     * @param lease open, of an active license, and in the state
     * @return the same state when nothing more can be granted
     */
    static LicenseState extend(LicenseState state, LeaseRow lease, Bounds bounds) {
        LicenseRow license = state.license();
        ScopeState scope = state.scope(lease.scope());
        long limit = Math.min(Math.addExact(state.nowMillis(), aheadMillis(state, lease, bounds)), license.endMillis());
        // A lease that is neither granted nor used is no span of the worst case yet. It becomes one by its first
        // moment,
        // which also costs the pause before it.
        long reach = Math.max(lease.fromMillis(), lease.reachMillis());
        boolean spans = lease.granted() || lease.hasUse();
        Coverage worst = spans ? scope.worst() : scope.worstWith(lease, reach);
        long free =
                license.freeMillis() - (worst.measureMillis() - scope.worst().measureMillis());
        if (free < 0) {
            return state;
        }
        long end = limit <= reach ? limit : worst.farthest(reach, limit, free);
        if (end <= state.nowMillis() || end <= lease.authorizedEndMillis()) {
            return state;
        }
        LeaseRow granted = lease.withAuthorized(end - lease.fromMillis());
        return Settlement.settle(state, granted, Settlement.Source.OWN_HOLD);
    }

    /** Whether a served lease cannot be authorized any further at the moment, by the balance or by the expiry. */
    static boolean last(LicenseState state, LeaseRow lease) {
        LicenseRow license = state.license();
        if (license.freeMillis() < 0 || lease.authorizedEndMillis() >= license.endMillis()) {
            return true;
        }
        long reach = lease.reachMillis();
        return state.scope(lease.scope()).worst().farthest(reach, reach + 1, license.freeMillis()) == reach;
    }

    /**
     * How far ahead of now. Where each session is a scope of its own, a balance that does not suffice for all is shared
     * out in equal slices, so that the first session does not hold what the others need.
     */
    private static long aheadMillis(LicenseState state, LeaseRow lease, Bounds bounds) {
        if (lease.scope().isEmpty()) {
            return lease.leaseMillis();
        }
        ScopeState scope = state.scope(lease.scope());
        long own = scope.worst().measureMillis()
                - scope.worstWithoutWindowOf(lease).measureMillis();
        long scopes = state.scopes().stream()
                .filter(other -> other.inUse() || other.scope().equals(lease.scope()))
                .count();
        long slice = (state.license().freeMillis() + own) / scopes;
        return Math.min(lease.leaseMillis(), Math.max(bounds.smallestSliceMillis(), slice));
    }
}
