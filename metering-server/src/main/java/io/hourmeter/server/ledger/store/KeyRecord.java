package io.hourmeter.server.ledger.store;

import org.jspecify.annotations.Nullable;

/**
 * A key of a license.
 *
 * @param sha256 hash of its canonical form, 64 hexadecimal digits
 * @param masked for people
 * @param createdAt by the license's own time
 * @param endsAt by the store's clock, the first instant at which it no longer names its license; or null
 */
public record KeyRecord(
        String sha256,
        String masked,
        long createdAt,
        @Nullable Long endsAt) {}
