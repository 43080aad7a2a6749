package io.hourmeter;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a tracker, a filter and the payments ask of a license server. Two implementations: one that speaks HTTP, and one
 * that runs the same ledger in this process.
 *
 * <p>Thread-safe. Calls block for at most {@code license.server.timeout}. Each throws
 * {@link LicenseRequestException} when it was definitely refused and {@link LicenseServerUnavailableException} when the
 * outcome is unknown; a call that takes an idempotency key may then be repeated with the same one, and is done once.
 */
public interface LicenseClient extends AutoCloseable {

    /**
     * Creates a license.
     *
     * @param license what to create
     * @param idempotencyKey makes the call safe to repeat, 1 to 255 visible ASCII characters; null for none
     * @return the license and its key
     */
    CreatedLicense create(NewLicense license, @Nullable String idempotencyKey);

    /**
     * Tells whether a license would be served now. Changes nothing.
     *
     * @param license which
     * @return the answer; an unknown license is an answer, not an exception
     */
    Validation validate(LicenseRef license);

    /**
     * Reads the balance.
     *
     * @param license which
     * @return as of the last report
     */
    Balance hoursRemaining(LicenseRef license);

    /**
     * Adds time of the usual kind: a purchase under an idempotency key that begins with {@code stripe:}, else a grant.
     *
     * @param license which
     * @param hours how much, whole milliseconds, at least one
     * @param idempotencyKey makes the call safe to repeat, 1 to 255 visible ASCII characters; null for none
     * @param reference what caused it, for example a Checkout Session id; may be empty
     * @param description for people; may be empty
     * @return what was added
     */
    default Credited addHours(
            LicenseRef license, Duration hours, @Nullable String idempotencyKey, String reference, String description) {
        return addHours(license, hours, null, idempotencyKey, reference, description);
    }

    /**
     * Adds time and says why.
     *
     * @param license which
     * @param hours how much, whole milliseconds, at least one
     * @param kind what the line of the history is called; null for the usual kind
     * @param idempotencyKey makes the call safe to repeat, 1 to 255 visible ASCII characters; null for none
     * @param reference what caused it, for example a Checkout Session id; may be empty
     * @param description for people; may be empty
     * @return what was added
     */
    Credited addHours(
            LicenseRef license,
            Duration hours,
            @Nullable CreditKind kind,
            @Nullable String idempotencyKey,
            String reference,
            String description);

    /**
     * Deducts time at once, outside any session: at most what is available.
     *
     * @param license which
     * @param hours how much, whole milliseconds, at least one
     * @param idempotencyKey makes the call safe to repeat, 1 to 255 visible ASCII characters; null for none
     * @return what was deducted
     * @throws LicenseRequestException with {@link ErrorCode#HOURS_EXHAUSTED} when nothing is available
     */
    Debited deductHours(LicenseRef license, Duration hours, @Nullable String idempotencyKey);

    /**
     * States what a refund or dispute takes of a purchase now. Safe to send twice and out of order.
     *
     * @param license which
     * @param reversal the state
     * @return the balance after it
     */
    Balance reverse(LicenseRef license, Reversal reversal);

    /**
     * Reads the history.
     *
     * @param license which
     * @param query which part
     * @return one page
     */
    History history(LicenseRef license, HistoryQuery query);

    /**
     * Opens, reports, renews and closes leases. Safe to send twice and out of order.
     *
     * @param batch the leases, those beyond {@link UsageBatch#MAX_ITEMS} in messages of their own; empty warms the path
     *     and checks the token
     * @return one answer for each item, in order
     */
    UsageAnswers sync(UsageBatch batch);

    /** Frees what the client holds. Idempotent. */
    @Override
    void close();
}
