package io.hourmeter.server.ledger;

/** Why an entry is in the ledger. The names stand in the database and in histories. */
enum EntryKind {
    /** Added, and something outside caused it: a payment. */
    PURCHASE,
    /** Added without anything outside that caused it. */
    GRANT,
    /** Deducted at once, outside any session. */
    DEBIT,
    /** Taken back by a refund or dispute. */
    REVERSAL,
    /** Given back after a refund failed or a dispute was won. */
    REINSTATEMENT,
    /** Corrected by an operator. */
    ADJUSTMENT;

    /** Whether entries of this kind are part of what was credited, so that a reversal can refer to them. */
    boolean credits() {
        return this == PURCHASE || this == GRANT;
    }

    /** A license after an entry of this kind and signed size. */
    LicenseRow applyTo(LicenseRow license, long millis) {
        return switch (this) {
            case PURCHASE, GRANT, ADJUSTMENT -> license.plusCredited(millis);
            case DEBIT -> license.plusCharged(Math.negateExact(millis));
            case REVERSAL, REINSTATEMENT -> license.withReversed(Math.subtractExact(license.reversedMillis(), millis));
        };
    }
}
