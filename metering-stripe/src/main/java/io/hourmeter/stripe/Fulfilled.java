package io.hourmeter.stripe;

import io.hourmeter.Balance;
import io.hourmeter.LicenseId;
import org.jspecify.annotations.Nullable;

/**
 * Where a checkout stands.
 *
 * @param state how far it is
 * @param license who gets the hours; null when the checkout is none of ours
 * @param millis what was bought; 0 when the checkout is none of ours
 * @param balance as the license server answered the credit; null unless credited
 * @param collectedMillis how much of what was bought has paid time that was owed, from 0 to {@code millis}; 0 unless
 *     credited
 */
public record Fulfilled(
        State state,
        @Nullable LicenseId license,
        long millis,
        @Nullable Balance balance,
        long collectedMillis) {

    /** How far a checkout is. */
    public enum State {
        /** Paid, and the hours were credited by this call. */
        CREDITED,
        /** Paid, and the hours had been credited before. */
        ALREADY_CREDITED,
        /** Completed, and the bank has not yet said whether it pays. */
        PENDING,
        /** Not completed, expired, or the payment failed. */
        NOT_PAID,
        /** It is not what we sold; nothing is credited, and an error in the log says why. */
        REFUSED,
        /** There is no such checkout, or it belongs to another product or another installation. */
        NOT_OURS
    }

    /**
     * Whether the hours are in the balance.
     *
     * @return true for both kinds of credited
     */
    public boolean credited() {
        return state == State.CREDITED || state == State.ALREADY_CREDITED;
    }

    static Fulfilled notOurs() {
        return new Fulfilled(State.NOT_OURS, null, 0, null, 0);
    }
}
