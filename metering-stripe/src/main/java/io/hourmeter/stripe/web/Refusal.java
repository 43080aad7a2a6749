package io.hourmeter.stripe.web;

import io.hourmeter.ErrorCode;

/**
 * An answer other than success, thrown from wherever it becomes clear. Carries no stack trace: it is an answer, not a
 * fault.
 */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    static final String STRIPE_UNAVAILABLE = "STRIPE_UNAVAILABLE";
    static final String NOT_AVAILABLE = "NOT_AVAILABLE";

    /** When asking again is worth it while a server is away or busy. */
    private static final long SOON_SECONDS = 5;

    final int status;
    final String code;
    final String title;
    final CustomerText text;

    /** Seconds after which the same request may succeed without anyone doing anything; 0 for never. */
    final long retryAfter;

    /**
     * An answer of our own.
     *
     * @param text what a page may show to a customer
     * @param detail one sentence for the author of a program that calls this, without anything from an exception, and
     *     without key, token or secret
     */
    Refusal(int status, String code, String title, CustomerText text, String detail) {
        this(status, code, title, text, detail, passes(code) ? SOON_SECONDS : 0);
    }

    private Refusal(int status, String code, String title, CustomerText text, String detail, long retryAfter) {
        super(detail, null, false, false);
        this.status = status;
        this.code = code;
        this.title = title;
        this.text = text;
        this.retryAfter = retryAfter;
    }

    Refusal(ErrorCode code, CustomerText text, String detail) {
        this(code.status(), code.name(), code.title(), text, detail);
    }

    /** The same answer in other words for the customer. */
    Refusal saying(CustomerText other) {
        return new Refusal(status, code, title, other, detail(), retryAfter);
    }

    /** A request that its author has to mend. */
    static Refusal invalid(CustomerText text, String detail) {
        return new Refusal(ErrorCode.INVALID_REQUEST, text, detail);
    }

    static Refusal invalid(String detail) {
        return invalid(CustomerText.NOT_UNDERSTOOD, detail);
    }

    static Refusal tooMany(CustomerText text, String detail, long retryAfter) {
        return new Refusal(429, "TOO_MANY_REQUESTS", "Too many requests", text, detail, retryAfter);
    }

    /** Whatever went wrong inside: nobody outside can do anything about it. */
    static Refusal notAvailable() {
        return notAvailable("this is not available now");
    }

    static Refusal notAvailable(String detail) {
        return new Refusal(503, NOT_AVAILABLE, "Not available now", CustomerText.NOT_AVAILABLE, detail);
    }

    /** A body that does not arrive in time. */
    static Refusal bodyTooSlow() {
        return new Refusal(
                408,
                "BODY_TOO_SLOW",
                "Request timeout",
                CustomerText.NOT_AVAILABLE,
                "the body did not arrive within " + BodyReader.DEADLINE.toSeconds() + " s");
    }

    private static boolean passes(String code) {
        return code.equals(ErrorCode.LICENSE_SERVER_UNAVAILABLE.name())
                || code.equals(ErrorCode.BUSY.name())
                || code.equals(STRIPE_UNAVAILABLE)
                || code.equals(NOT_AVAILABLE);
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
