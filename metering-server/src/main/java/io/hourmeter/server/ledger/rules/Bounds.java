package io.hourmeter.server.ledger.rules;

import io.hourmeter.wire.Limits;

/**
 * The fixed times of the lease rules, in milliseconds. They are a value, so that the rules can also be run in a world of
 * a few dozen milliseconds, where every possible answer can be tried out.
 *
 * @param lapseAfterMillis how long after the end of its authorization a silent node is waited for
 * @param negligibleMillis a balance, or a hold of others, up to this counts as nothing
 * @param smallestSliceMillis the least that is granted at a time when many sessions share a balance
 * @param aheadMillis how much more than its age a lease may have been used: rounding and a busy node
 * @param retryMillis when to ask again at the latest while others hold the balance
 */
public record Bounds(
        long lapseAfterMillis, long negligibleMillis, long smallestSliceMillis, long aheadMillis, long retryMillis) {

    /** Older messages are TOO_LATE: after a week a bill does not change any more. */
    public static final long MAX_AGE_MILLIS = 7L * 24 * 3_600_000;

    /** The longest lease and the longest grace. */
    static final long MAX_LEASE_MILLIS = Limits.AHEAD.toMillis();

    /** The longest idle gap. */
    static final long MAX_GAP_MILLIS = Limits.GAP.toMillis();

    /** What the license server uses. */
    public static final Bounds STANDARD = new Bounds(LeaseRow.LAPSE_AFTER_MILLIS, 1_000, 10_000, 2_000, 8_000);
}
