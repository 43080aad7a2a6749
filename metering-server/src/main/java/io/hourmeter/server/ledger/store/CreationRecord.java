package io.hourmeter.server.ledger.store;

import io.hourmeter.License;
import io.hourmeter.server.ledger.rules.LicenseRow;

/**
 * How a license came to be, kept where its creation had an idempotency key, so that a repetition gets the first answer.
 *
 * @param lookup {@link SealedKey#lookup} of the idempotency key
 * @param inputHash what was asked for
 * @param sealedKey its first key, see {@link SealedKey}
 * @param maskedKey the same, masked
 * @param creditedMillis what it began with
 * @param expiresMillis its expiry at first, or {@link LicenseRow#NEVER}
 */
public record CreationRecord(
        String lookup, String inputHash, String sealedKey, String maskedKey, long creditedMillis, long expiresMillis) {

    /** The license as the first call answered it, whatever has happened to it since. */
    public License firstAnswer(LicenseRecord license) {
        LicenseRow row = LicenseRow.fresh(
                        license.row().id(), license.row().publicId(), expiresMillis, license.createdAt())
                .plusCredited(creditedMillis);
        return license.with(row).withMaskedKey(maskedKey).toLicense();
    }
}
