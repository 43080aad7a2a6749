package io.hourmeter.server.ledger.rules;

import io.hourmeter.CreditKind;

/** Why an entry is in the ledger. The names stand in the database and in histories. */
public enum EntryKind {
    /** Added and paid for. */
    PURCHASE(Call.CREDIT),
    /** Added without a payment. */
    GRANT(Call.CREDIT),
    /** Added so that the customer can try. */
    TRIAL(Call.CREDIT),
    /** Added to make good for something. */
    COMPENSATION(Call.CREDIT),
    /** Deducted at once, outside any session. */
    DEBIT(Call.DEBIT),
    /** Owed for use that could not be paid then, and paid by the credit before it, see {@link Debts}. */
    COLLECTION(Call.COLLECT),
    /** Taken back by a refund or dispute. */
    REVERSAL(Call.REVERSE),
    /** Given back after a refund failed or a dispute was won. */
    REINSTATEMENT(Call.REVERSE),
    /** Corrected by an operator. */
    ADJUSTMENT(Call.ADJUST);

    /**
     * Which call makes such an entry. Idempotency keys are unique for each: whoever may deduct could otherwise use up
     * the key of a payment that is still to come. A collection has the key of the credit that pays it.
     */
    public enum Call {
        CREDIT,
        DEBIT,
        COLLECT,
        REVERSE,
        ADJUST
    }

    private final Call call;

    EntryKind(Call call) {
        this.call = call;
    }

    public static EntryKind of(CreditKind kind) {
        return switch (kind) {
            case PURCHASE -> PURCHASE;
            case GRANT -> GRANT;
            case TRIAL -> TRIAL;
            case COMPENSATION -> COMPENSATION;
        };
    }

    public Call call() {
        return call;
    }

    /** A license after an entry of this kind and signed size. */
    public LicenseRow applyTo(LicenseRow license, long millis) {
        return switch (call) {
            case CREDIT, ADJUST -> license.plusCredited(millis);
            case DEBIT -> license.plusCharged(Math.negateExact(millis));
            case COLLECT -> license.plusCollected(Math.negateExact(millis));
            case REVERSE -> license.withReversed(Math.subtractExact(license.reversedMillis(), millis));
        };
    }
}
