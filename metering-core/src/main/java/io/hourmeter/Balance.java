package io.hourmeter;

import java.time.Instant;

/**
 * The time of a license, in milliseconds.
 *
 * @param purchasedMillis credited less reversed
 * @param usedMillis charged so far, as of the last report
 * @param heldMillis what running sessions may still use, at least 0
 * @param asOf when the license server said so
 */
public record Balance(long purchasedMillis, long usedMillis, long heldMillis, Instant asOf) {

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
