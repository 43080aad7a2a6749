package io.hourmeter.server.ledger.rules;

import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.wire.Limits;
import org.jspecify.annotations.Nullable;

/** What a message must look like before it may change anything. A node's numbers are claims, not facts. */
final class MessageCheck {

    private MessageCheck() {}

    /**
     * Judges one message.
     *
     * @param known the lease it names, if there is one
     * @return INVALID, TOO_LATE, or null when it may be applied
     */
    static @Nullable State verdict(LeaseMessage message, @Nullable LeaseRow known, long nowMillis, Bounds bounds) {
        UsageBatch.Item item = message.item();
        if (!validHead(message.batch()) || !validNames(item) || item.ageMillis() < 0 || item.seq() < 0) {
            return State.INVALID;
        }
        if (known != null && !known.scope().equals(item.scope())) {
            return State.INVALID;
        }
        if (age(item, known, nowMillis) > Bounds.MAX_AGE_MILLIS) {
            return State.TOO_LATE;
        }
        Long used = item.usedMillis();
        if (used != null && (used < 0 || used > longestUse(item, known, nowMillis) + bounds.aheadMillis())) {
            return State.INVALID;
        }
        return null;
    }

    /**
     * Of a known lease, whichever is less of what the node and the license's clock say: after a restart the node has the
     * age from its wall clock, and either clock may have been wrong for a moment.
     */
    private static long age(UsageBatch.Item item, @Nullable LeaseRow known, long nowMillis) {
        return known == null ? item.ageMillis() : Math.min(item.ageMillis(), nowMillis - known.fromMillis());
    }

    /**
     * No lease can have been used longer than it exists. Of a known one that is the longer of what the node and what
     * the license's clock say: a node restarted after its wall clock was set back computes an age that is too short,
     * and the license's clock is behind by what a step back has cost.
     */
    private static long longestUse(UsageBatch.Item item, @Nullable LeaseRow known, long nowMillis) {
        return known == null ? item.ageMillis() : Math.max(item.ageMillis(), nowMillis - known.fromMillis());
    }

    private static boolean validHead(UsageBatch batch) {
        return batch.gapMillis() >= 0
                && batch.gapMillis() <= Bounds.MAX_GAP_MILLIS
                && batch.leaseMillis() > 0
                && batch.leaseMillis() <= Bounds.MAX_LEASE_MILLIS
                && batch.graceMillis() >= 0
                && batch.graceMillis() <= Bounds.MAX_LEASE_MILLIS
                && Limits.isVisibleAscii(batch.node(), Limits.NODE);
    }

    private static boolean validNames(UsageBatch.Item item) {
        return Limits.isVisibleAscii(item.lease(), Limits.SESSION) && validId(item.scope()) && validId(item.session());
    }

    private static boolean validId(String id) {
        return id.isEmpty() || Limits.isVisibleAscii(id, Limits.SESSION);
    }
}
