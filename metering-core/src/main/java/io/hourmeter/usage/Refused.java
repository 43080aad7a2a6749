package io.hourmeter.usage;

import io.hourmeter.ErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Use that was refused. Nothing runs and nothing is charged.
 *
 * @param reason why
 * @param remainingMillis what is left as far as the node knows, 0 when unknown
 * @param retryAfter when asking again is worth it; null where waiting does not help
 */
public record Refused(
        ErrorCode reason, long remainingMillis, @Nullable Duration retryAfter) implements Admission {

    /**
     * The status with which an HTTP application answers.
     *
     * @return 401 to 503
     */
    public int status() {
        return reason.status();
    }
}
