package io.hourmeter.client;

import java.security.SecureRandom;
import java.util.UUID;

/** Makes up idempotency keys: UUIDv7, so that a store can keep them in order of time. */
final class IdempotencyKeys {

    private static final SecureRandom RANDOM = new SecureRandom();

    private IdempotencyKeys() {}

    static String make(long epochMillis) {
        long high = (epochMillis << 16) | 0x7000L | RANDOM.nextInt(1 << 12);
        long low = (RANDOM.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }
}
