package io.hourmeter.examples.webapp;

import org.jspecify.annotations.Nullable;

/** The application cannot start. The message is one line for the person who can mend it. */
public final class CannotStartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CannotStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
