package io.hourmeter.internal;

import java.util.UUID;
import java.util.random.RandomGenerator;

/** Makes ids that are in order of time (UUIDv7), so that the rows of a store stay in order of insertion. */
public final class TimeOrderedIds {

    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final int RANDOM_BITS_HIGH = 0xFFF;

    private TimeOrderedIds() {}

    /**
     * Makes an id.
     *
     * @param epochMillis the calendar's
     * @param random secure where nobody may guess the id
     * @return another one each time
     */
    public static UUID make(long epochMillis, RandomGenerator random) {
        long high = (epochMillis << 16) | VERSION_7 | (random.nextInt() & RANDOM_BITS_HIGH);
        long low = VARIANT | (random.nextLong() >>> 2);
        return new UUID(high, low);
    }
}
