package io.hourmeter.usage.node;

import io.hourmeter.Billing;
import io.hourmeter.OutagePolicy;
import java.util.List;

/**
 * What a node needs to know to follow the protocol. Immutable; whoever makes it has checked it.
 *
 * @param billing what time is unioned over
 * @param intervalMillis pause between two reports of a lease
 * @param gapMillis longest pause that still counts as use
 * @param minimumMillis a session counts at least this long
 * @param leaseMillis how far ahead to serve
 * @param requestLimitMillis longest time that one request may bill
 * @param timeoutMillis how long the first request of a scope waits for the license server at most
 * @param policy what happens when the server is away and the lease has ended
 * @param graceMillis longest service beyond authorizations, per license
 * @param lowMillis balances at which the listener is told, descending
 */
public record NodeSettings(
        Billing billing,
        long intervalMillis,
        long gapMillis,
        long minimumMillis,
        long leaseMillis,
        long requestLimitMillis,
        long timeoutMillis,
        OutagePolicy policy,
        long graceMillis,
        List<Long> lowMillis) {

    public NodeSettings {
        lowMillis = lowMillis.stream()
                .sorted(java.util.Comparator.reverseOrder())
                .distinct()
                .toList();
    }
}
