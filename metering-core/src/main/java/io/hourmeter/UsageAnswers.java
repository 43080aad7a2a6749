package io.hourmeter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a license server answers to a {@link UsageBatch}, item by item.
 *
 * @param items one answer for each item of the batch, in its order
 */
public record UsageAnswers(List<Answer> items) {

    /** Copies the items. */
    public UsageAnswers {
        items = List.copyOf(items);
    }

    /** The state of a lease. */
    public enum State {
        /** May be served through {@code authorizedMillis}. */
        OK,
        /** The rest of the balance is held by other leases for the moment. */
        HELD,
        /** The balance is used up. */
        EXHAUSTED,
        /** The license is suspended or revoked. */
        INACTIVE,
        /** The license has expired. */
        EXPIRED_LICENSE,
        /** There is no such license. */
        UNKNOWN,
        /** The lease ended because its node was silent for too long; what it used still counts. */
        LAPSED,
        /** The lease is done. */
        CLOSED,
        /** Not decided; ask again. */
        BUSY,
        /** The item breaks a rule of the message; it will never be accepted. */
        INVALID,
        /** The lease began too long ago. */
        TOO_LATE
    }

    /**
     * One lease.
     *
     * @param lease its id
     * @param license id of the license; null when there is none, and in what is settled with a server that has no
     *     {@code POST /api/usage}: a lease without it is not kept in the crash journal
     * @param state what holds now
     * @param authorizedMillis may be served through this offset of the lease
     * @param last true when this ends the balance: nothing more can be authorized at the moment ("final" on the wire)
     * @param remainingMillis purchased less used
     * @param retryAfterMillis when asking again is worth it, 0 when not applicable
     */
    public record Answer(
            String lease,
            @Nullable LicenseId license,
            State state,
            long authorizedMillis,
            boolean last,
            long remainingMillis,
            long retryAfterMillis) {}
}
