package io.hourmeter.server.ledger;

import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;

/**
 * The rules by which a license's leases are opened, reported, extended and ended: pure functions of state and message.
 *
 * <p>A transaction on a license, of whatever kind: lock and read the license; {@link ClockStep}; load all its open
 * leases and those that the messages name; {@link LoadPlan}; load what that names; {@link LicenseState#of};
 * {@link #lapse}; then each message ({@link #apply}) or other change in turn; write
 * {@link LicenseState#changesSince}; commit; answer.
 */
final class LeaseRules {

    private LeaseRules() {}

    /**
     * Ends the leases whose nodes have been silent for too long, and frees what they held. Changes nothing when there
     * are none. To be called once at the start of every transaction that asks what is available, and by the reaper.
     */
    static LicenseState lapse(LicenseState state) {
        throw new UnsupportedOperationException();
    }

    /** Applies one message. Never throws for what a message contains: such an item is INVALID and changes nothing. */
    static LeaseOutcome apply(LicenseState state, LeaseMessage message) {
        throw new UnsupportedOperationException();
    }

    /** The answer to an item whose key names no license. */
    static UsageAnswers.Answer unknown(UsageBatch.Item item) {
        return new UsageAnswers.Answer(item.lease(), null, UsageAnswers.State.UNKNOWN, 0, false, 0, 0);
    }
}
