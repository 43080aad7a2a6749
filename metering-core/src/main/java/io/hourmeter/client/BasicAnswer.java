package io.hourmeter.client;

import io.hourmeter.UsageAnswers.State;
import io.hourmeter.client.Outcome.Failure;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** What one of the {@link BasicCalls} came to. */
sealed interface BasicAnswer {

    /**
     * The license serves, or a deduction was made; this is the balance now.
     *
     * @param remainingMillis may be negative
     * @param usedMillis null when the server does not say
     * @param deducted hours taken by this call; null when the server does not say, or took none
     */
    record Standing(
            long remainingMillis,
            @Nullable Long usedMillis,
            @Nullable BigDecimal deducted) implements BasicAnswer {}

    /** Done, but nothing is said about the balance. */
    record Bare() implements BasicAnswer {}

    /** The license does not serve: UNKNOWN, INACTIVE, EXPIRED_LICENSE or EXHAUSTED. */
    record Refused(State state) implements BasicAnswer {}

    /** Definitely not done, for a reason that is not the license's. */
    record Rejected(String why) implements BasicAnswer {}

    /** No usable answer. */
    record Silent(Failure failure) implements BasicAnswer {}
}
