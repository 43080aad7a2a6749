package io.hourmeter;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The only place where whole milliseconds and decimal hours meet. Inside, time is {@code long} milliseconds; decimal
 * hours exist in JSON and on pages.
 */
public final class Hours {

    /** Milliseconds of one hour. */
    public static final long MILLIS_PER_HOUR = 3_600_000L;

    /** The most that one call may add, deduct or create: a typing error must not become a balance. */
    public static final long MAX_MILLIS = 1_000_000L * MILLIS_PER_HOUR;

    private static final BigDecimal MILLIS = BigDecimal.valueOf(MILLIS_PER_HOUR);
    private static final BigDecimal MAX_HOURS = BigDecimal.valueOf(1_000_000);
    private static final int SCALE = 10;
    private static final int DECIMALS = 6;
    private static final int LONGEST_HEADER = (Long.MAX_VALUE + ".").length();

    private Hours() {}

    /**
     * Decimal hours as whole milliseconds, half up.
     *
     * @param hours 0 to 1,000,000
     * @return 0 to {@link #MAX_MILLIS}
     * @throws IllegalArgumentException if {@code hours} is negative or above 1,000,000
     */
    public static long toMillis(BigDecimal hours) {
        // The comparison comes first: 1e400 must not be multiplied out, nor 1e-400 scaled.
        if (hours.signum() < 0 || hours.compareTo(MAX_HOURS) > 0) {
            throw new IllegalArgumentException("hours must be between 0 and 1000000");
        }
        if (hours.precision() - hours.scale() < -SCALE) {
            return 0;
        }
        return hours.multiply(MILLIS).setScale(0, RoundingMode.HALF_UP).longValueExact();
    }

    /**
     * Milliseconds as decimal hours: 10 places half up, zeros stripped.
     *
     * @param millis any number of milliseconds, may be negative
     * @return a number whose {@link BigDecimal#toPlainString()} is the wire form
     */
    public static BigDecimal ofMillis(long millis) {
        BigDecimal hours = BigDecimal.valueOf(millis).divide(MILLIS, SCALE, RoundingMode.HALF_UP);
        BigDecimal stripped = hours.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    /**
     * The wire form of {@link #ofMillis(long)}, never in exponent notation.
     *
     * @param millis any number of milliseconds
     * @return for example {@code 14.5}
     */
    public static String format(long millis) {
        return ofMillis(millis).toPlainString();
    }

    /**
     * The form of the header {@code X-Hours-Remaining}: six decimals, rounded down, never below zero.
     *
     * @param millis any number of milliseconds
     * @return for example {@code 0.999722}
     */
    public static String formatForHeader(long millis) {
        long positive = Math.max(0, millis);
        // 18 ms are 5 millionths of an hour. Divided first, since nearly all of a long is allowed.
        long rest = positive / 18 * 5 + positive % 18 * 5 / 18;
        // Digit by digit from the right, since every metered request has this written.
        byte[] text = new byte[LONGEST_HEADER];
        int at = text.length;
        for (int digits = 1; digits <= DECIMALS + 1 || rest > 0; digits++) {
            text[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
            if (digits == DECIMALS) {
                text[--at] = '.';
            }
        }
        return new String(text, at, text.length - at, StandardCharsets.ISO_8859_1);
    }

    /**
     * Milliseconds as a {@link Duration}.
     *
     * @param hours decimal hours, 0 to 1,000,000
     * @return whole milliseconds
     * @throws IllegalArgumentException if {@code hours} is negative or above 1,000,000
     */
    public static Duration toDuration(BigDecimal hours) {
        return Duration.ofMillis(toMillis(hours));
    }
}
