package io.hourmeter.server.ledger;

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
record Bounds(
        long lapseAfterMillis, long negligibleMillis, long smallestSliceMillis, long aheadMillis, long retryMillis) {

    /** Older messages are TOO_LATE: after a week a bill does not change any more. */
    static final long MAX_AGE_MILLIS = 7L * 24 * 3_600_000;

    /** The longest lease and the longest grace: more would let a silent node hold a balance, or serve, for days. */
    static final long MAX_LEASE_MILLIS = 24L * 3_600_000;

    /** The longest idle gap, as in the HTTP message: far beyond any use, and no sum of times can overflow. */
    static final long MAX_GAP_MILLIS = 365L * 24 * 3_600_000;

    /** Longest name of a lease, node, scope or session: several times what Hourmeter's own nodes send. */
    static final int MAX_NAME = 200;

    /** What the license server uses. */
    static final Bounds STANDARD = new Bounds(LeaseRow.LAPSE_AFTER_MILLIS, 1_000, 10_000, 2_000, 8_000);
}
