package io.hourmeter;

import java.time.Instant;

/**
 * The time of a license, in milliseconds.
 *
 * @param purchasedMillis credited less reversed
 * @param usedMillis charged so far, as of the last report
 * @param heldMillis what running sessions may still use, at least 0
 * @param uncollectedMillis time used and not paid until now, late or offline, over the whole life of the license;
 *     visible, and no part of what was used. Reads of a balance tell it; the answer to a change says 0
 * @param owedMillis how much of the uncollected time the next credits pay first, with {@code outage.uncollected=owe} on
 *     the license server; at least 0, at most {@code uncollectedMillis}
 * @param asOf when the license server said so
 */
public record Balance(
        long purchasedMillis, long usedMillis, long heldMillis, long uncollectedMillis, long owedMillis, Instant asOf) {

    /**
     * A balance of which nothing is uncollected.
     *
     * @param purchasedMillis credited less reversed
     * @param usedMillis charged so far, as of the last report
     * @param heldMillis what running sessions may still use, at least 0
     * @param asOf when the license server said so
     */
    public Balance(long purchasedMillis, long usedMillis, long heldMillis, Instant asOf) {
        this(purchasedMillis, usedMillis, heldMillis, 0, 0, asOf);
    }

    /**
     * What is left.
     *
     * @return purchased less used; negative only after a refund or dispute took back time that was used already
     */
    public long remainingMillis() {
        return purchasedMillis - usedMillis;
    }

    /**
     * What is left and not held by a running session.
     *
     * @return remaining less held, never below 0
     */
    public long availableMillis() {
        return Math.max(0, remainingMillis() - heldMillis);
    }
}
