package io.hourmeter.server.ledger.rules;

import io.hourmeter.LicenseStatus;

/**
 * The running totals of one license, in milliseconds. An immutable value; its store keeps it under the license's row
 * lock from load to commit.
 *
 * @param id the store's number of the license, first column of every key
 * @param publicId {@code lic_…}
 * @param status what an operator decided
 * @param expiresMillis first moment at which it no longer serves, by the store's clock, or {@link #NEVER}
 * @param creditedMillis all that was ever added, at least 0; only grows, but for reversals, which are kept apart
 * @param reversedMillis what refunds and disputes take back at the moment, at least 0
 * @param chargedMillis used and paid: leases and direct debits; between 0 and credited
 * @param heldMillis what open leases may still use, over all scopes, at least 0
 * @param uncollectedMillis all that was ever used and could not be paid then, late or offline; only grows
 * @param owedMillis how much of it is owed, see {@link Debts}; only grows
 * @param collectedMillis how much of that credits have paid since, which is part of what was charged; only grows
 * @param lastNowMillis the time of the last transaction, which is the present for the rules (see {@link ClockStep})
 * @param clockOffsetMillis how far the license's own time is ahead of the store's clock since that one went back
 * @param maxGapMillis the longest idle gap any node of this license ever sent: how far a pause can reach back
 */
public record LicenseRow(
        long id,
        String publicId,
        LicenseStatus status,
        long expiresMillis,
        long creditedMillis,
        long reversedMillis,
        long chargedMillis,
        long heldMillis,
        long uncollectedMillis,
        long owedMillis,
        long collectedMillis,
        long lastNowMillis,
        long clockOffsetMillis,
        long maxGapMillis) {

    /** The expiry of a license that does not expire. */
    public static final long NEVER = Long.MAX_VALUE;

    public LicenseRow {
        if (chargedMillis < 0 || chargedMillis > creditedMillis) {
            throw new IllegalArgumentException(publicId + ": charged " + chargedMillis
                    + " ms is not between 0 and the credited " + creditedMillis);
        }
        if (heldMillis < 0 || reversedMillis < 0 || uncollectedMillis < 0 || maxGapMillis < 0) {
            throw new IllegalArgumentException(publicId + ": held " + heldMillis + ", reversed " + reversedMillis
                    + ", uncollected " + uncollectedMillis + ", gap " + maxGapMillis + ": none may be negative");
        }
        if (collectedMillis < 0 || collectedMillis > owedMillis || owedMillis > uncollectedMillis) {
            throw new IllegalArgumentException(publicId + ": of " + uncollectedMillis + " ms uncollected " + owedMillis
                    + " are owed and " + collectedMillis + " collected: none may be more than the one before");
        }
    }

    /** A license as it is created, with nothing on it. */
    public static LicenseRow fresh(long id, String publicId, long expiresMillis, long nowMillis) {
        return new LicenseRow(id, publicId, LicenseStatus.ACTIVE, expiresMillis, 0, 0, 0, 0, 0, 0, 0, nowMillis, 0, 0);
    }

    public long purchasedMillis() {
        return creditedMillis - reversedMillis;
    }

    /** Purchased less used; negative only after a reversal of time that was used already. */
    public long remainingMillis() {
        return purchasedMillis() - chargedMillis;
    }

    /** What may be granted to a lease; negative when a reversal, or a late pause, took what was held already. */
    public long freeMillis() {
        return remainingMillis() - heldMillis;
    }

    /** The most that a direct debit may take. Right only after {@link LeaseRules#lapse}. */
    public long availableMillis() {
        return Math.max(0, freeMillis());
    }

    public boolean active() {
        return status == LicenseStatus.ACTIVE;
    }

    /**
     * The expiry by the license's own time. An expiry is an instant of the calendar, and the store's clock as it is now is
     * the only one that knows it: a clock that was ahead for a moment moves the license's time on for good, and must not
     * end it.
     */
    public long endMillis() {
        return expiresMillis == NEVER ? NEVER : Math.addExact(expiresMillis, clockOffsetMillis);
    }

    public boolean expired() {
        return lastNowMillis >= endMillis();
    }

    /** What the store's clock shows now; what people are told. */
    public long storeNowMillis() {
        return lastNowMillis - clockOffsetMillis;
    }

    public LicenseRow withStatus(LicenseStatus newStatus) {
        return new LicenseRow(
                id,
                publicId,
                newStatus,
                expiresMillis,
                creditedMillis,
                reversedMillis,
                chargedMillis,
                heldMillis,
                uncollectedMillis,
                owedMillis,
                collectedMillis,
                lastNowMillis,
                clockOffsetMillis,
                maxGapMillis);
    }

    public LicenseRow withExpires(long newExpiresMillis) {
        return new LicenseRow(
                id,
                publicId,
                status,
                newExpiresMillis,
                creditedMillis,
                reversedMillis,
                chargedMillis,
                heldMillis,
                uncollectedMillis,
                owedMillis,
                collectedMillis,
                lastNowMillis,
                clockOffsetMillis,
                maxGapMillis);
    }

    public LicenseRow withClock(long newLastNowMillis, long newClockOffsetMillis) {
        return new LicenseRow(
                id,
                publicId,
                status,
                expiresMillis,
                creditedMillis,
                reversedMillis,
                chargedMillis,
                heldMillis,
                uncollectedMillis,
                owedMillis,
                collectedMillis,
                newLastNowMillis,
                newClockOffsetMillis,
                maxGapMillis);
    }

    LicenseRow withMaxGap(long newMaxGapMillis) {
        return new LicenseRow(
                id,
                publicId,
                status,
                expiresMillis,
                creditedMillis,
                reversedMillis,
                chargedMillis,
                heldMillis,
                uncollectedMillis,
                owedMillis,
                collectedMillis,
                lastNowMillis,
                clockOffsetMillis,
                newMaxGapMillis);
    }

    /** Used, not paid and not collected since: what is still for nothing, owed or not. */
    public long unpaidMillis() {
        return uncollectedMillis - collectedMillis;
    }

    /** What the next credits are to pay first. */
    public long debtMillis() {
        return owedMillis - collectedMillis;
    }

    /** More hours: a purchase or a gift. */
    public LicenseRow plusCredited(long millis) {
        return withTotals(Math.addExact(creditedMillis, millis), reversedMillis, chargedMillis, heldMillis);
    }

    /** What all reversals together take back now, which may leave less purchased than used. */
    LicenseRow withReversed(long newReversedMillis) {
        return withTotals(creditedMillis, newReversedMillis, chargedMillis, heldMillis);
    }

    /** Use that was paid, of a lease or directly. */
    LicenseRow plusCharged(long millis) {
        return withTotals(creditedMillis, reversedMillis, Math.addExact(chargedMillis, millis), heldMillis);
    }

    /** What the change of a lease takes from the hold, or adds to it. */
    LicenseRow plusHeld(long millis) {
        return withTotals(creditedMillis, reversedMillis, chargedMillis, Math.addExact(heldMillis, millis));
    }

    /** Use that nothing was left to pay. */
    LicenseRow plusUncollected(long millis) {
        return with(chargedMillis, Math.addExact(uncollectedMillis, millis), owedMillis, collectedMillis);
    }

    /** So much of what is uncollected is owed. */
    LicenseRow plusOwed(long millis) {
        return with(chargedMillis, uncollectedMillis, Math.addExact(owedMillis, millis), collectedMillis);
    }

    /** So much of what is owed is paid now. */
    LicenseRow plusCollected(long millis) {
        return with(
                Math.addExact(chargedMillis, millis),
                uncollectedMillis,
                owedMillis,
                Math.addExact(collectedMillis, millis));
    }

    private LicenseRow withTotals(long credited, long reversed, long charged, long held) {
        return new LicenseRow(
                id,
                publicId,
                status,
                expiresMillis,
                credited,
                reversed,
                charged,
                held,
                uncollectedMillis,
                owedMillis,
                collectedMillis,
                lastNowMillis,
                clockOffsetMillis,
                maxGapMillis);
    }

    private LicenseRow with(long charged, long uncollected, long owed, long collected) {
        return new LicenseRow(
                id,
                publicId,
                status,
                expiresMillis,
                creditedMillis,
                reversedMillis,
                charged,
                heldMillis,
                uncollected,
                owed,
                collected,
                lastNowMillis,
                clockOffsetMillis,
                maxGapMillis);
    }
}
