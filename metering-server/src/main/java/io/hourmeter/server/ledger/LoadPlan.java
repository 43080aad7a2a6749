package io.hourmeter.server.ledger;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Which ended leases have to be loaded beside the open ones, and for which scopes breaks: for each scope, those that
 * reach ({@link LeaseRow#reachMillis}) to the given moment or beyond. More may be loaded; it changes nothing.
 *
 * @param since moment by scope; scopes that are not named need nothing more
 */
record LoadPlan(Map<String, Long> since) {

    LoadPlan {
        since = Map.copyOf(since);
    }

    /**
     * The plan for one transaction.
     *
     * @param license after its {@link ClockStep}
     * @param loaded all open leases of the license, and the leases that the messages name, as far as they exist
     * @param messages all messages of the transaction for this license; empty for anything else than usage
     */
    static LoadPlan of(LicenseRow license, Collection<LeaseRow> loaded, List<LeaseMessage> messages) {
        throw new UnsupportedOperationException();
    }
}
