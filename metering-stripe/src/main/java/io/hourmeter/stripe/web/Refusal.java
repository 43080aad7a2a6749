package io.hourmeter.stripe.web;

import io.hourmeter.ErrorCode;

/**
 * An answer other than success, thrown from wherever it becomes clear. Carries no stack trace: it is an answer, not a
 * fault.
 */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    static final String STRIPE_UNAVAILABLE = "STRIPE_UNAVAILABLE";

    /** When asking again is worth it while a server is away or busy. */
    private static final long SOON_SECONDS = 5;

    final int status;
    final String code;
    final String title;

    /** Seconds after which the same request may succeed without anyone doing anything; 0 for never. */
    final long retryAfter;

    /** {@code detail} is one sentence for people, without key, token or secret. */
    Refusal(int status, String code, String title, String detail) {
        this(status, code, title, detail, passes(code) ? SOON_SECONDS : 0);
    }

    private Refusal(int status, String code, String title, String detail, long retryAfter) {
        super(detail, null, false, false);
        this.status = status;
        this.code = code;
        this.title = title;
        this.retryAfter = retryAfter;
    }

    Refusal(ErrorCode code, String detail) {
        this(code.status(), code.name(), code.title(), detail);
    }

    static Refusal tooMany(String detail, long retryAfter) {
        return new Refusal(429, "TOO_MANY_REQUESTS", "Too many requests", detail, retryAfter);
    }

    private static boolean passes(String code) {
        return code.equals(ErrorCode.LICENSE_SERVER_UNAVAILABLE.name())
                || code.equals(ErrorCode.BUSY.name())
                || code.equals(STRIPE_UNAVAILABLE);
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
