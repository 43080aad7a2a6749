package io.hourmeter;

import org.jspecify.annotations.Nullable;

/**
 * A license server that gave no usable answer: not reached, timed out, busy, failed, or answered nonsense. The outcome
 * of the call is unknown; repeating it with the same idempotency key is safe.
 */
public final class LicenseServerUnavailableException extends LicenseServerException {

    private static final long serialVersionUID = 1L;

    /**
     * A failure.
     *
     * @param message what was tried and what came back, without any key or token
     * @param cause the failure underneath, or null
     */
    public LicenseServerUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
