package io.hourmeter.servlet;

import io.hourmeter.ErrorCode;
import io.hourmeter.usage.Granted;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What becomes of a request at the filter. Only what is decided reaches the application. */
sealed interface Decision {

    /**
     * It goes on unmetered.
     *
     * @param request what the application shall see
     */
    record Pass(HttpServletRequest request) implements Decision {}

    /**
     * It goes on and is metered.
     *
     * @param request what the application shall see
     * @param usage running, ended with the request
     */
    record Meter(HttpServletRequest request, Granted usage) implements Decision {}

    /**
     * It ends here.
     *
     * @param code why
     * @param retryAfter when asking again is worth it, or null
     */
    record Refuse(ErrorCode code, @Nullable Duration retryAfter) implements Decision {}
}
