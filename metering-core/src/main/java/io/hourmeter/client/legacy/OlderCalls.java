package io.hourmeter.client.legacy;

import io.hourmeter.Balance;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * The three calls that an older license server has, for one call of the port: all of them together take at most
 * {@code license.server.timeout}. Known to one thread.
 */
public interface OlderCalls {

    /**
     * Asks whether a license serves, and for its balance.
     *
     * @param key the license
     * @return what was said
     */
    Result validate(LicenseKey key);

    /**
     * Asks for the balance.
     *
     * @param key the license
     * @return what was said
     */
    Result hours(LicenseKey key);

    /**
     * Deducts time. Sent once, since such a server cannot tell a repetition.
     *
     * @param key the license
     * @param hours decimal hours, above 0
     * @return what was said
     */
    Result deduct(LicenseKey key, BigDecimal hours);

    /**
     * The time that is left for the calls.
     *
     * @return nanoseconds, never negative
     */
    long leftNanos();

    /**
     * Whether there is time for another license: a deduction that is cut off is a deduction whose answer is lost.
     *
     * @return false when more than half of the time has passed
     */
    boolean roomForMore();

    /** What became of a call. */
    sealed interface Result {

        /**
         * The license serves, or the deduction was made.
         *
         * @param balance the balance now; null when the server did not say
         * @param deducted hours taken by this call; null when the server did not say, or took none
         */
        record Done(@Nullable Balance balance, @Nullable BigDecimal deducted) implements Result {}

        /**
         * The license does not serve; nothing was deducted.
         *
         * @param code INVALID_LICENSE, LICENSE_INACTIVE, LICENSE_EXPIRED or HOURS_EXHAUSTED
         */
        record Refused(ErrorCode code) implements Result {}

        /**
         * No usable answer.
         *
         * @param message what was tried and what came back; no key, no token
         * @param cause the failure underneath, or null
         * @param undone nothing was executed, nor will be
         */
        record Failed(String message, @Nullable Throwable cause, boolean undone) implements Result {}
    }
}
