package io.hourmeter;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happened to a balance. Over all pages, the millis of the entries add up to what remains, and the charged millis
 * of the sessions and those of the entries of kind {@code DEBIT} to what was used.
 *
 * @param entries lines, newest first; running and ended use appears among them as lines of kind {@code USAGE}
 * @param sessions use by session, newest first
 * @param daily totals by day of the server's zone
 * @param totals totals over the license's whole life
 * @param next where the next page begins, or null at the end
 */
public record History(
        List<Entry> entries,
        List<Session> sessions,
        List<Day> daily,
        Totals totals,
        @Nullable String next) {

    /**
     * One line.
     *
     * @param id unique within the license
     * @param at when
     * @param kind PURCHASE, GRANT, TRIAL, COMPENSATION, DEBIT, COLLECTION (owed and paid
     *     by the credit before it), REVERSAL, REINSTATEMENT, ADJUSTMENT, EXPIRY or USAGE
     * @param millis signed: what was added is positive
     * @param remainingAfterMillis what was left after it
     * @param reference what the caller gave, for example a Checkout Session id; may be empty
     * @param description for people; may be empty
     */
    public record Entry(
            String id,
            Instant at,
            String kind,
            long millis,
            long remainingAfterMillis,
            String reference,
            String description) {}

    /**
     * Use of one session. Only the charged time adds up.
     *
     * @param session its id
     * @param started first activity
     * @param ended last activity so far
     * @param activeMillis time in which it was active
     * @param chargedMillis time that was deducted for it, what was owed and collected since included
     * @param uncollectedMillis time used and not paid until now, late or offline
     * @param nodes how many nodes served it
     */
    public record Session(
            String session,
            Instant started,
            Instant ended,
            long activeMillis,
            long chargedMillis,
            long uncollectedMillis,
            int nodes) {}

    /**
     * One day.
     *
     * @param day in the server's zone
     * @param usedMillis time deducted
     * @param purchasedMillis time added less time reversed
     */
    public record Day(LocalDate day, long usedMillis, long purchasedMillis) {}

    /**
     * Totals of a license.
     *
     * @param purchasedMillis credited less reversed
     * @param usedMillis deducted
     * @param payments how many purchases
     * @param sessions how many sessions
     */
    public record Totals(long purchasedMillis, long usedMillis, long payments, long sessions) {}
}
