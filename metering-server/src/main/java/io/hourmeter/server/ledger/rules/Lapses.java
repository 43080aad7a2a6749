package io.hourmeter.server.ledger.rules;

/** The end of leases whose nodes went silent, and how long others wait for it. */
final class Lapses {

    private Lapses() {}

    /**
     * Ends every overdue lease: what it held beyond its reported use is free again. Use up to its authorization that is
     * reported later still counts.
     */
    static LicenseState lapse(LicenseState state, Bounds bounds) {
        LicenseState result = state;
        for (ScopeState scope : state.scopes()) {
            for (LeaseRow lease : scope.leases()) {
                if (lease.overdue(state.nowMillis(), bounds)) {
                    result = Settlement.settle(result, lease.asLapsed(), Settlement.Source.FREE);
                }
            }
        }
        return result;
    }

    /** When it is worth asking again for a balance that others hold: the earliest lapse, or sooner. */
    static long retryAfterMillis(LicenseState state, Bounds bounds) {
        long earliest = bounds.retryMillis();
        for (ScopeState scope : state.scopes()) {
            for (LeaseRow lease : scope.leases()) {
                if (lease.holder()) {
                    earliest = Math.min(earliest, lease.lapsesInMillis(state.nowMillis(), bounds));
                }
            }
        }
        return earliest;
    }
}
