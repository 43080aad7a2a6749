package io.hourmeter.server.ledger.rules;

import io.hourmeter.UsageBatch;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which ended leases have to be loaded beside the open ones, and for which scopes breaks: for each scope, those that
 * reach ({@link LeaseRow#reachMillis}) to the given moment or beyond. More may be loaded; it changes nothing.
 *
 * <p>Why that is enough: a message changes what is covered only from the beginning of its lease on, and in the pause
 * before it. A lease whose pause reaches back to an end before the given moment begins less than the longest gap later,
 * which is before all that, and what its pause and the changed part have in common is filled from a loaded end as well.
 *
 * @param since moment by scope; scopes that are not named need nothing more
 */
public record LoadPlan(Map<String, Long> since) {

    public LoadPlan {
        since = Map.copyOf(since);
    }

    /**
     * The plan for one transaction.
     *
     * @param license after its {@link ClockStep}
     * @param loaded all open leases of the license, and the leases that the messages name, as far as they exist
     * @param messages all messages of the transaction for this license; empty for anything else than usage
     */
    public static LoadPlan of(LicenseRow license, Collection<LeaseRow> loaded, List<LeaseMessage> messages) {
        return of(license, loaded, messages, Bounds.STANDARD);
    }

    /** The same with other times. */
    static LoadPlan of(LicenseRow license, Collection<LeaseRow> loaded, List<LeaseMessage> messages, Bounds bounds) {
        long now = license.lastNowMillis();
        Map<String, Long> earliest = new HashMap<>();
        Map<String, LeaseRow> byId = new HashMap<>();
        for (LeaseRow lease : loaded) {
            byId.put(lease.lease(), lease);
            if (lease.overdue(now, bounds)) {
                earliest.merge(lease.scope(), lease.fromMillis(), Math::min);
            }
        }
        long maxGap = license.maxGapMillis();
        for (LeaseMessage message : messages) {
            UsageBatch.Item item = message.item();
            LeaseRow known = byId.get(item.lease());
            if (MessageCheck.verdict(message, known, now, bounds) != null || !matters(item, known)) {
                continue;
            }
            maxGap = Math.max(maxGap, message.batch().gapMillis());
            long from = known == null ? now - item.ageMillis() : known.fromMillis();
            earliest.merge(item.scope(), from, Math::min);
        }
        for (LeaseRow lease : loaded) {
            // What a whole scope holds is the difference that all its open leases make.
            if (lease.open()) {
                earliest.computeIfPresent(lease.scope(), (scope, from) -> Math.min(from, lease.fromMillis()));
            }
        }
        Map<String, Long> since = new HashMap<>();
        for (Map.Entry<String, Long> scope : earliest.entrySet()) {
            since.put(scope.getKey(), scope.getValue() - maxGap);
        }
        return new LoadPlan(since);
    }

    /** Whether the message can change what is covered. The repeated close of a settled lease, for one, cannot. */
    private static boolean matters(UsageBatch.Item item, @Nullable LeaseRow known) {
        return known == null || known.open() || Reports.acceptedMillis(known, item) > known.usedMillis();
    }
}
