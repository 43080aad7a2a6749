package io.hourmeter.server.ledger.rules;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Time that was used and could not be paid, where the seller does not forgive it ({@code outage.uncollected=owe}): it is
 * owed, and the next credits pay it first.
 *
 * <p>What is owed is all that becomes uncollected while the setting says so: what a node served under the outage policy,
 * and what it served within its authorization and told only after that had lapsed, when the balance had gone to others.
 * In both cases a customer was served by a node that could not reach the license server. A node that died and told it by
 * its journal looks the same from here; its use was served as well. What a crash loses, and what a request runs beyond
 * the balance while the server is there, is reported by nobody, and so is neither uncollected nor owed.
 *
 * <p>Were only leases with the offline mark to owe, the bill would depend on the order of reports: where two leases
 * cover a moment it is the first report that leaves it uncollected. Of all that is uncollected the sum is the length of
 * what is covered and not paid, and that is the same in any order.
 *
 * <p>All amounts only grow. Neither a refund nor a change of the setting undoes what was collected.
 */
public final class Debts {

    private static final Comparator<LeaseRow> OLDEST_FIRST =
            Comparator.comparingLong(LeaseRow::fromMillis).thenComparing(LeaseRow::lease);

    private Debts() {}

    /**
     * What became uncollected by one message, as owed.
     *
     * @param before the state before the message
     * @param after the state after it
     * @param scope the message's scope, in which alone leases change
     */
    public static LicenseState owe(LicenseState before, LicenseState after, String scope) {
        LicenseRow license = after.license();
        long owed = license.uncollectedMillis() - before.license().uncollectedMillis();
        if (owed == 0) {
            return after;
        }
        ScopeState leases = after.scope(scope);
        for (LeaseRow lease : after.scope(scope).leases()) {
            LeaseRow earlier = before.lease(lease.lease());
            long more = lease.uncollectedMillis() - (earlier == null ? 0 : earlier.uncollectedMillis());
            if (more > 0) {
                leases = leases.with(lease.plusOwed(more));
            }
        }
        return after.with(license.plusOwed(owed)).with(leases);
    }

    /**
     * How much of what is owed a credit pays: at most itself, and nothing that is held or that a refund has left missing.
     *
     * @param license after the credit
     * @param creditMillis what was credited
     */
    public static long payableMillis(LicenseRow license, long creditMillis) {
        return Math.min(license.debtMillis(), Math.min(creditMillis, license.availableMillis()));
    }

    /**
     * The leases with so much of what is owed paid, the oldest first; the license's own totals change by the entry
     * ({@link EntryKind#COLLECTION}).
     *
     * @param state with all leases that owe something
     * @param millis at most what is owed
     */
    public static LicenseState collect(LicenseState state, long millis) {
        List<LeaseRow> debtors = new ArrayList<>();
        for (ScopeState scope : state.scopes()) {
            scope.leases().stream().filter(lease -> lease.debtMillis() > 0).forEach(debtors::add);
        }
        debtors.sort(OLDEST_FIRST);
        LicenseState result = state;
        long left = millis;
        for (LeaseRow lease : debtors) {
            long paid = Math.min(left, lease.debtMillis());
            left -= paid;
            result = result.with(result.scope(lease.scope()).with(lease.plusCollected(paid)));
        }
        if (left > 0) {
            throw new IllegalStateException(state.license().publicId() + ": of " + millis + " ms to be collected "
                    + left + " are owed by no lease");
        }
        return result;
    }
}
