package io.hourmeter.usage.node;

import io.hourmeter.ErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What becomes of an arriving request. */
public sealed interface Arrival {

    /**
     * It is counted in.
     *
     * @param session where
     */
    record Entered(ActiveSession session) implements Arrival {}

    /**
     * It waits for a lease; once that is granted it is counted in.
     *
     * @param pending what it waits for
     */
    record Waiting(PendingLease pending) implements Arrival {}

    /**
     * It is refused.
     *
     * @param reason why
     * @param remainingMillis what is left as far as the node knows, 0 when unknown
     * @param retryAfter when asking again is worth it; null where waiting does not help
     */
    record Rejected(
            ErrorCode reason,
            long remainingMillis,
            @Nullable Duration retryAfter) implements Arrival {}
}
