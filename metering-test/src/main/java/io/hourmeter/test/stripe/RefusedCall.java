package io.hourmeter.test.stripe;

/** Why a call or a click is refused. */
final class RefusedCall extends Exception {

    private static final long serialVersionUID = 1L;

    final int status;
    final String type;
    final String code;

    RefusedCall(int status, String type, String code, String message) {
        super(message);
        this.status = status;
        this.type = type;
        this.code = code;
    }

    static RefusedCall invalid(String message) {
        return new RefusedCall(400, "invalid_request_error", "", message);
    }

    static RefusedCall missing() {
        return new RefusedCall(404, "invalid_request_error", "resource_missing", "There is no such object");
    }
}
