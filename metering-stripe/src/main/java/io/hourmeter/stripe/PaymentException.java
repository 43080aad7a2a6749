package io.hourmeter.stripe;

import org.jspecify.annotations.Nullable;

/**
 * A purchase that could not go on. {@link #reason()} is stable and is what a page makes its sentence for the customer
 * from. The message is for logs and for programs: it may name settings and members of a request, and holds no key, token
 * or secret. What went wrong below is the cause.
 */
public final class PaymentException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why, and the HTTP status that goes with it. */
    public enum Reason {
        /** A setting is missing; the message names it. */
        NOT_CONFIGURED(503),
        /** The order names neither hours nor a package. */
        ORDER_EMPTY(400),
        /** No package has this id; {@link Prices#packages()} has those on offer. */
        PACKAGE_UNKNOWN(400),
        /** The order names a package and other hours than the package has. */
        PACKAGE_HOURS_DIFFER(400),
        /** Fewer hours than {@link Prices#minimumHours()} or more than {@link Prices#maximumHours()}. */
        HOURS_OUT_OF_RANGE(400),
        /** The price is less than can be paid in the currency. */
        AMOUNT_TOO_SMALL(400),
        /** The price is more than can be paid at once in the currency. */
        AMOUNT_TOO_LARGE(400),
        /** No license has this key. */
        LICENSE_UNKNOWN(403),
        /** The license is suspended or revoked. */
        LICENSE_INACTIVE(403),
        /** The license has expired. */
        LICENSE_EXPIRED(403),
        /** The license server gave no usable answer. Of a checkout that is being fulfilled: it is paid, the hours follow. */
        LICENSE_SERVER_UNAVAILABLE(503),
        /** The license server refused what it should not. */
        LICENSE_SERVER_REFUSED(503),
        /** The checkout is paid, and something that the operator can mend keeps its hours away. It is tried again. */
        NOT_CREDITED(503),
        /** Stripe gave no usable answer. */
        STRIPE_UNAVAILABLE(503),
        /** Stripe refused: the key, a right of it, or a parameter. */
        STRIPE_REFUSED(502),
        /** Stripe knows no such object, for this key. */
        NOT_FOUND(404);

        private final int status;

        Reason(int status) {
            this.status = status;
        }

        /**
         * The HTTP status that goes with this reason.
         *
         * @return 400 to 503
         */
        public int status() {
            return status;
        }
    }

    /** Why. */
    private final Reason reason;

    /**
     * A failure without one below it.
     *
     * @param reason why
     * @param message a sentence for the log, without key, token or secret
     */
    public PaymentException(Reason reason, String message) {
        this(reason, message, null);
    }

    /**
     * A failure.
     *
     * @param reason why
     * @param message a sentence for the log, without key, token or secret
     * @param cause what went wrong below, or null
     */
    public PaymentException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /**
     * Why.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /** Whether the same call may succeed later without anyone doing anything. */
    boolean passes() {
        return reason == Reason.STRIPE_UNAVAILABLE || reason == Reason.LICENSE_SERVER_UNAVAILABLE;
    }
}
