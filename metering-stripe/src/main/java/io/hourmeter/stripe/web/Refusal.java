package io.hourmeter.stripe.web;

import io.hourmeter.ErrorCode;

/**
 * An answer other than success, thrown from wherever it becomes clear. Carries no stack trace: it is an answer, not a
 * fault.
 */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    final int status;
    final String code;
    final String title;

    /** {@code detail} is one sentence for people, without key, token or secret. */
    Refusal(int status, String code, String title, String detail) {
        super(detail, null, false, false);
        this.status = status;
        this.code = code;
        this.title = title;
    }

    Refusal(ErrorCode code, String detail) {
        this(code.status(), code.name(), code.title(), detail);
    }

    /** Whether the same request may succeed a little later without anyone doing anything. */
    boolean passes() {
        return code.equals(ErrorCode.LICENSE_SERVER_UNAVAILABLE.name()) || code.equals(ErrorCode.BUSY.name());
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
