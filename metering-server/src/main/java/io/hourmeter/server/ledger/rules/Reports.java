package io.hourmeter.server.ledger.rules;

import io.hourmeter.UsageBatch;

/** How much of what a node reports is believed. */
final class Reports {

    private Reports() {}

    /**
     * Through which offset the lease was active, as far as it may have been: its authorization, and offline also the
     * grace. A lease that was never authorized accepts no use but offline.
     *
     * @return an offset, or {@link LeaseRow#UNUSED}; may be less than what the lease has already
     */
    static long acceptedMillis(LeaseRow lease, UsageBatch.Item item) {
        Long used = item.usedMillis();
        if (used == null) {
            return LeaseRow.UNUSED;
        }
        long grace = item.offline() ? lease.graceMillis() : 0;
        if (!lease.granted() && grace == 0) {
            return LeaseRow.UNUSED;
        }
        return Math.min(used, lease.authorizedMillis() + grace);
    }
}
