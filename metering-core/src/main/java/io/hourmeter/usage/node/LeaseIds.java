package io.hourmeter.usage.node;

import java.util.UUID;
import java.util.random.RandomGenerator;

/** Time-ordered ids of leases (UUIDv7), so that the rows of a server stay in order of insertion. */
final class LeaseIds {

    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final int RANDOM_BITS_HIGH = 0xFFF;

    private final RandomGenerator random;

    LeaseIds(RandomGenerator random) {
        this.random = random;
    }

    UUID create(long wallMillis) {
        long high = (wallMillis << 16) | VERSION_7 | (random.nextInt() & RANDOM_BITS_HIGH);
        long low = VARIANT | (random.nextLong() >>> 2);
        return new UUID(high, low);
    }
}
