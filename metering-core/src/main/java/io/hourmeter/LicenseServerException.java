package io.hourmeter;

import org.jspecify.annotations.Nullable;

/** A call to a license server that did not do what was asked. */
public abstract sealed class LicenseServerException extends RuntimeException
        permits LicenseRequestException, LicenseServerUnavailableException {

    private static final long serialVersionUID = 1L;

    LicenseServerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
