package io.hourmeter.server.http;

import io.hourmeter.ErrorCode;

/** Ends a call with an answer that is no failure of the server. Carries no stack trace: a bad request must stay cheap. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Answer answer;

    Refusal(Answer answer) {
        super(null, null, false, false);
        this.answer = answer;
    }

    static Refusal of(ErrorCode code, String detail) {
        return new Refusal(Answer.problem(code, detail));
    }

    static Refusal invalid(String detail) {
        return of(ErrorCode.INVALID_REQUEST, detail);
    }

    Answer answer() {
        return answer;
    }
}
