package io.hourmeter.server.ledger.store;

import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseStatus;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which licenses to read: those that match all that is given.
 *
 * @param text looked for in email, company, name and id, upper and lower case alike; or a whole license key; null for all
 * @param email the customer's whole address, upper and lower case alike; null for all
 * @param status null for all
 * @param belowId only licenses with a smaller number
 * @param limit at most so many
 */
public record LicenseSearch(
        @Nullable String text,
        @Nullable String email,
        @Nullable LicenseStatus status,
        long belowId,
        int limit) {

    /** The hash of the key that the text is, if it can be one. */
    public Optional<String> keySha256() {
        return LicenseKey.parse(text).map(LicenseKey::sha256);
    }
}
