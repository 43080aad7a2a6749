package io.hourmeter.server.ledger.store;

import io.hourmeter.Balance;
import io.hourmeter.Customer;
import io.hourmeter.License;
import io.hourmeter.LicenseId;
import io.hourmeter.server.ledger.rules.LicenseRow;
import java.time.Instant;

/**
 * A license as the store keeps it: what the rules look at, and what is there for people.
 *
 * @param row totals, status, expiry and calendar
 * @param maskedKey its newest key, masked
 * @param customer who holds it
 * @param type free text
 * @param createdAt milliseconds since 1970
 */
public record LicenseRecord(LicenseRow row, String maskedKey, Customer customer, String type, long createdAt) {

    public LicenseRecord with(LicenseRow newRow) {
        return new LicenseRecord(newRow, maskedKey, customer, type, createdAt);
    }

    LicenseRecord withMaskedKey(String newMaskedKey) {
        return new LicenseRecord(row, newMaskedKey, customer, type, createdAt);
    }

    /** What the outside sees, as of the license's now. */
    public License toLicense() {
        return new License(
                new LicenseId(row.publicId()),
                maskedKey,
                type,
                row.status(),
                Instant.ofEpochMilli(createdAt),
                row.expiresMillis() == LicenseRow.NEVER ? null : Instant.ofEpochMilli(row.expiresMillis()),
                balance());
    }

    public Balance balance() {
        return new Balance(
                row.purchasedMillis(),
                row.chargedMillis(),
                row.heldMillis(),
                row.unpaidMillis(),
                row.debtMillis(),
                Instant.ofEpochMilli(row.storeNowMillis()));
    }
}
