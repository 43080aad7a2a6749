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
 * @param cause the call that made it
 * @param moment when
 */
public record EntryRecord(EntryKind kind, long millis, After after, Cause cause, Moment moment) {

    /** What a balance was after an entry, in milliseconds. */
    public record After(long purchased, long used, long held) {}

    /**
     * The call that makes an entry.
     *
     * @param idempotencyKey unique within the license for each kind of call, or null
     * @param inputHash what the call asked for, see {@link InputHash}; null without idempotency key
     * @param reference what the caller gave; may be empty
     * @param description for people; may be empty
     * @param actor who called, by what the caller may do
     */
    public record Cause(
            @Nullable String idempotencyKey,
            @Nullable String inputHash,
            String reference,
            String description,
            String actor) {

        /** Keeps no input where there is no key under which it could be repeated. */
        public Cause {
            inputHash = idempotencyKey == null ? null : inputHash;
        }

        /** A call that cannot be repeated and has nothing to say. */
        public static Cause of(String actor) {
            return new Cause(null, null, "", "", actor);
        }

        /** The same under an idempotency key. */
        public Cause withKey(@Nullable String newKey, String newInputHash) {
            return new Cause(newKey, newInputHash, reference, description, actor);
        }

        /** The same with texts. */
        public Cause withTexts(String newReference, String newDescription) {
            return new Cause(idempotencyKey, inputHash, newReference, newDescription, actor);
        }
    }

    /**
     * When an entry was made.
     *
     * @param at the license's own time, which orders the entries
     * @param clockOffset how far that was ahead of the store's clock
     */
    public record Moment(long at, long clockOffset) {}

    public @Nullable String idempotencyKey() {
        return cause.idempotencyKey();
    }

    public @Nullable String inputHash() {
        return cause.inputHash();
    }

    /** The balance that the call which wrote this entry answered. */
    public Balance balance() {
        return new Balance(
                after.purchased(),
                after.used(),
                after.held(),
                Instant.ofEpochMilli(moment.at() - moment.clockOffset()));
    }
}
