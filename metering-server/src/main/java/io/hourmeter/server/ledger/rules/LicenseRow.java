package io.hourmeter.server.ledger.rules;

import io.hourmeter.LicenseStatus;

/**
 * One license as the rules see it, with its running totals; all times in milliseconds. An immutable value; its store keeps
 * it under the license's row lock from load to commit.
 *
 * @param id the store's number of the license, first column of every key
 * @param publicId {@code lic_…}
 * @param terms what an operator decided
 * @param totals what was bought and used
 * @param timing its own time
 */
public record LicenseRow(long id, String publicId, Terms terms, Totals totals, Timing timing) {

    /** The expiry of a license that does not expire. */
    public static final long NEVER = Long.MAX_VALUE;

    /**
     * What an operator decided.
     *
     * @param status whether it serves
     * @param expiresMillis first moment at which it no longer serves, by the store's clock, or {@link #NEVER}
     */
    public record Terms(LicenseStatus status, long expiresMillis) {}

    /**
     * What was bought and used. Rows of a damaged ledger may contradict themselves; those of a {@link LicenseRow} do not.
     *
     * @param creditedMillis all that was ever added, at least 0; only grows, but for reversals, which are kept apart
     * @param reversedMillis what refunds and disputes take back at the moment, at least 0
     * @param chargedMillis used and paid: leases and direct debits, and what was collected; between 0 and credited
     * @param heldMillis what open leases may still use, over all scopes, at least 0
     * @param unpaid what was used and not paid
     */
    public record Totals(long creditedMillis, long reversedMillis, long chargedMillis, long heldMillis, Unpaid unpaid) {

        private static final Totals NOTHING = new Totals(0, 0, 0, 0, Unpaid.NOTHING);

        private Totals plusCredited(long millis) {
            return new Totals(Math.addExact(creditedMillis, millis), reversedMillis, chargedMillis, heldMillis, unpaid);
        }

        private Totals withReversed(long millis) {
            return new Totals(creditedMillis, millis, chargedMillis, heldMillis, unpaid);
        }

        private Totals plusCharged(long millis) {
            return new Totals(creditedMillis, reversedMillis, Math.addExact(chargedMillis, millis), heldMillis, unpaid);
        }

        private Totals plusHeld(long millis) {
            return new Totals(creditedMillis, reversedMillis, chargedMillis, Math.addExact(heldMillis, millis), unpaid);
        }

        private Totals with(Unpaid newUnpaid) {
            return new Totals(creditedMillis, reversedMillis, chargedMillis, heldMillis, newUnpaid);
        }
    }

    /**
     * The license's own time.
     *
     * @param lastNowMillis the time of the last transaction, which is the present for the rules (see {@link ClockStep})
     * @param clockOffsetMillis how far that is ahead of the store's clock since that one went back
     * @param maxGapMillis the longest idle gap any node of this license ever sent: how far a pause can reach back
     */
    public record Timing(long lastNowMillis, long clockOffsetMillis, long maxGapMillis) {}

    /** Refuses totals that no rule can have made. */
    public LicenseRow {
        Unpaid unpaid = totals.unpaid();
        if (totals.chargedMillis() < 0 || totals.chargedMillis() > totals.creditedMillis()) {
            throw new IllegalArgumentException(publicId + ": charged " + totals.chargedMillis()
                    + " ms is not between 0 and the credited " + totals.creditedMillis());
        }
        if (totals.heldMillis() < 0
                || totals.reversedMillis() < 0
                || unpaid.uncollectedMillis() < 0
                || timing.maxGapMillis() < 0) {
            throw new IllegalArgumentException(publicId + ": held " + totals.heldMillis() + ", reversed "
                    + totals.reversedMillis() + ", uncollected " + unpaid.uncollectedMillis() + ", gap "
                    + timing.maxGapMillis() + ": none may be negative");
        }
        if (unpaid.collectedMillis() < 0
                || unpaid.collectedMillis() > unpaid.owedMillis()
                || unpaid.owedMillis() > unpaid.uncollectedMillis()) {
            throw new IllegalArgumentException(publicId + ": of " + unpaid.uncollectedMillis() + " ms uncollected "
                    + unpaid.owedMillis() + " are owed and " + unpaid.collectedMillis()
                    + " collected: none may be more than the one before");
        }
    }

    /** A license as it is created, with nothing on it. */
    public static LicenseRow fresh(long id, String publicId, long expiresMillis, long nowMillis) {
        return new LicenseRow(
                id,
                publicId,
                new Terms(LicenseStatus.ACTIVE, expiresMillis),
                Totals.NOTHING,
                new Timing(nowMillis, 0, 0));
    }

    public LicenseStatus status() {
        return terms.status();
    }

    public long expiresMillis() {
        return terms.expiresMillis();
    }

    public long creditedMillis() {
        return totals.creditedMillis();
    }

    public long reversedMillis() {
        return totals.reversedMillis();
    }

    public long chargedMillis() {
        return totals.chargedMillis();
    }

    public long heldMillis() {
        return totals.heldMillis();
    }

    public long uncollectedMillis() {
        return totals.unpaid().uncollectedMillis();
    }

    public long owedMillis() {
        return totals.unpaid().owedMillis();
    }

    public long collectedMillis() {
        return totals.unpaid().collectedMillis();
    }

    public long lastNowMillis() {
        return timing.lastNowMillis();
    }

    public long clockOffsetMillis() {
        return timing.clockOffsetMillis();
    }

    public long maxGapMillis() {
        return timing.maxGapMillis();
    }

    public long purchasedMillis() {
        return creditedMillis() - reversedMillis();
    }

    /** Purchased less used; negative only after a reversal of time that was used already. */
    public long remainingMillis() {
        return purchasedMillis() - chargedMillis();
    }

    /** What may be granted to a lease; negative when a reversal, or a late pause, took what was held already. */
    public long freeMillis() {
        return remainingMillis() - heldMillis();
    }

    /** The most that a direct debit may take. Right only after {@link LeaseRules#lapse}. */
    public long availableMillis() {
        return Math.max(0, freeMillis());
    }

    public boolean active() {
        return status() == LicenseStatus.ACTIVE;
    }

    /**
     * The expiry by the license's own time. An expiry is an instant of the calendar, and the store's clock as it is now is
     * the only one that knows it: a clock that was ahead for a moment moves the license's time on for good, and must not
     * end it.
     */
    public long endMillis() {
        return expiresMillis() == NEVER ? NEVER : Math.addExact(expiresMillis(), clockOffsetMillis());
    }

    public boolean expired() {
        return lastNowMillis() >= endMillis();
    }

    /** What the store's clock shows now; what people are told. */
    public long storeNowMillis() {
        return lastNowMillis() - clockOffsetMillis();
    }

    /** Used, not paid and not collected since: what is still for nothing, owed or not. */
    public long unpaidMillis() {
        return uncollectedMillis() - collectedMillis();
    }

    /** What the next credits are to pay first. */
    public long debtMillis() {
        return totals.unpaid().debtMillis();
    }

    public LicenseRow withStatus(LicenseStatus newStatus) {
        return with(new Terms(newStatus, expiresMillis()));
    }

    public LicenseRow withExpires(long newExpiresMillis) {
        return with(new Terms(status(), newExpiresMillis));
    }

    public LicenseRow withClock(long newLastNowMillis, long newClockOffsetMillis) {
        return with(new Timing(newLastNowMillis, newClockOffsetMillis, maxGapMillis()));
    }

    LicenseRow withMaxGap(long newMaxGapMillis) {
        return with(new Timing(lastNowMillis(), clockOffsetMillis(), newMaxGapMillis));
    }

    /** More hours: a purchase or a gift. */
    public LicenseRow plusCredited(long millis) {
        return with(totals.plusCredited(millis));
    }

    /** What all reversals together take back now, which may leave less purchased than used. */
    LicenseRow withReversed(long newReversedMillis) {
        return with(totals.withReversed(newReversedMillis));
    }

    /** Use that was paid, of a lease or directly. */
    LicenseRow plusCharged(long millis) {
        return with(totals.plusCharged(millis));
    }

    /** What the change of a lease takes from the hold, or adds to it. */
    LicenseRow plusHeld(long millis) {
        return with(totals.plusHeld(millis));
    }

    /** Use that nothing was left to pay. */
    LicenseRow plusUncollected(long millis) {
        return with(totals.with(totals.unpaid().plusUncollected(millis)));
    }

    /** So much of what is uncollected is owed. */
    LicenseRow plusOwed(long millis) {
        return with(totals.with(totals.unpaid().plusOwed(millis)));
    }

    /** So much of what is owed is paid now. */
    LicenseRow plusCollected(long millis) {
        return with(totals.plusCharged(millis).with(totals.unpaid().plusCollected(millis)));
    }

    private LicenseRow with(Terms newTerms) {
        return new LicenseRow(id, publicId, newTerms, totals, timing);
    }

    private LicenseRow with(Totals newTotals) {
        return new LicenseRow(id, publicId, terms, newTotals, timing);
    }

    private LicenseRow with(Timing newTiming) {
        return new LicenseRow(id, publicId, terms, totals, newTiming);
    }
}
