package io.hourmeter;

import org.jspecify.annotations.Nullable;

/**
 * Whether a license would be served now. Asking changes nothing.
 *
 * @param refusal why it would not be served: {@link ErrorCode#INVALID_LICENSE}, {@link ErrorCode#LICENSE_INACTIVE},
 *     {@link ErrorCode#LICENSE_EXPIRED} or {@link ErrorCode#HOURS_EXHAUSTED}; null when it would
 * @param license the account; null when there is none
 */
public record Validation(
        @Nullable ErrorCode refusal, @Nullable License license) {

    /**
     * Tells whether the license would be served.
     *
     * @return true when there is no refusal
     */
    public boolean valid() {
        return refusal == null;
    }
}
