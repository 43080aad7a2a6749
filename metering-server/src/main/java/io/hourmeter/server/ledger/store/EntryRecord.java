package io.hourmeter.server.ledger.store;

import io.hourmeter.Balance;
import io.hourmeter.server.ledger.rules.EntryKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One row of the ledger; never changed once written.
 *
 * @param kind why
 * @param millis signed: what was added is positive
 * @param after the totals after it, which are also the first answer
 * @param idempotencyKey unique within the license, or null
 * @param inputHash what the call asked for, see {@link InputHash}; null without idempotency key
 * @param reference what the caller gave; may be empty
 * @param description for people; may be empty
 * @param actor the scope that called
 * @param at the license's own time, which orders the entries
 * @param clockOffset how far that was ahead of the store's clock
 */
public record EntryRecord(
        EntryKind kind,
        long millis,
        After after,
        @Nullable String idempotencyKey,
        @Nullable String inputHash,
        String reference,
        String description,
        String actor,
        long at,
        long clockOffset) {

    /** What a balance was after an entry. */
    public record After(long purchased, long used, long held) {}

    /** The balance that the call which wrote this entry answered. */
    public Balance balance() {
        return new Balance(after.purchased(), after.used(), after.held(), Instant.ofEpochMilli(at - clockOffset));
    }
}
