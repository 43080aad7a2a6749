package io.hourmeter.wire;

/** JSON from a server that does not say what it should. Becomes "unavailable" before it leaves the client. */
public final class MalformedAnswerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public MalformedAnswerException(String message) {
        super(message);
    }
}
