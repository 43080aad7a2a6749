package io.hourmeter.client;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import java.security.SecureRandom;
import java.util.UUID;

/** Makes up idempotency keys: UUIDv7, so that a store can keep them in order of time. */
final class IdempotencyKeys {

    /** Longest key that a license server takes. */
    static final int MAX_LENGTH = 255;

    private static final SecureRandom RANDOM = new SecureRandom();

    private IdempotencyKeys() {}

    static String make(long epochMillis) {
        long high = (epochMillis << 16) | 0x7000L | RANDOM.nextInt(1 << 12);
        long low = (RANDOM.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }

    /** Returns the key, or refuses one that cannot stand in a header, as the server would. */
    static String check(String key) {
        boolean visible = key.chars().allMatch(c -> c > 0x20 && c < 0x7F);
        if (key.isEmpty() || key.length() > MAX_LENGTH || !visible) {
            throw new LicenseRequestException(
                    ErrorCode.INVALID_REQUEST,
                    "an idempotency key must have 1 to " + MAX_LENGTH + " visible ASCII characters, this one has "
                            + key.length() + " characters");
        }
        return key;
    }
}
