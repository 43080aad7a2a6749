package io.hourmeter.server.http;

import io.hourmeter.ErrorCode;

/** Ends a call with an answer that is no failure of the server. Carries no stack trace: a bad request must stay cheap. */
final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient ApiResponse answer;

    ProblemException(ApiResponse answer) {
        super(null, null, false, false);
        this.answer = answer;
    }

    static ProblemException of(ErrorCode code, String detail) {
        return new ProblemException(ApiResponse.problem(code, detail));
    }

    static ProblemException invalid(String detail) {
        return of(ErrorCode.INVALID_REQUEST, detail);
    }

    ApiResponse answer() {
        return answer;
    }
}
