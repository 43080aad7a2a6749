package io.hourmeter.usage;

import io.hourmeter.ErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A license may not be used now. Nothing ran and nothing is charged. The message names no license. */
public final class UsageRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Refused refused;

    /**
     * Tells it.
     *
     * @param refused the answer of the tracker
     */
    public UsageRefusedException(Refused refused) {
        super("use was refused: " + refused.reason());
        this.refused = refused;
    }

    /**
     * Why.
     *
     * @return the reason
     */
    public ErrorCode reason() {
        return refused.reason();
    }

    /**
     * The status with which an HTTP application answers.
     *
     * @return 401 to 503
     */
    public int status() {
        return refused.status();
    }

    /**
     * When asking again is worth it.
     *
     * @return null where waiting does not help
     */
    public @Nullable Duration retryAfter() {
        return refused.retryAfter();
    }
}
