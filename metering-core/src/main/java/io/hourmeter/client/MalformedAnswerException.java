package io.hourmeter.client;

/** JSON from a server that does not say what it should. Becomes "unavailable" before it leaves the client. */
final class MalformedAnswerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MalformedAnswerException(String message) {
        super(message);
    }
}
