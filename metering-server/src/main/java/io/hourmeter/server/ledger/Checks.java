package io.hourmeter.server.ledger;

import io.hourmeter.ErrorCode;
import io.hourmeter.Hours;
import io.hourmeter.LicenseRequestException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What every call is held to before it is queued, so that nothing that cannot be written reaches the writer. */
final class Checks {

    static final int MAX_IDEMPOTENCY_KEY = 255;
    static final int MAX_REFERENCE = 255;
    static final int MAX_DESCRIPTION = 1000;
    /** Longest e-mail address by the standard, rounded up. */
    static final int MAX_EMAIL = 320;

    static final int MAX_NAME = 200;
    static final int MAX_TYPE = 64;
    /** A key that is rotated out must end within a foreseeable time. */
    static final Duration MAX_GRACE = Duration.ofDays(365);

    /** The year 9999, the last with four digits in ISO-8601. */
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

    private Checks() {}

    static LicenseRequestException invalid(String detail) {
        return new LicenseRequestException(ErrorCode.INVALID_REQUEST, detail);
    }

    static void idempotencyKey(@Nullable String key) {
        if (key != null) {
            if (key.isEmpty()) {
                throw invalid("the idempotency key must have 1 to " + MAX_IDEMPOTENCY_KEY + " characters, was empty");
            }
            text("the idempotency key", key, MAX_IDEMPOTENCY_KEY);
        }
    }

    static void text(String name, String value, int most) {
        if (value.length() > most) {
            throw invalid(name + " must have at most " + most + " characters, had " + value.length());
        }
        if (!isText(value)) {
            throw invalid(name + " contains a character that is no text");
        }
    }

    /** Whether a database keeps it unchanged: half a pair or a zero does not survive, and two texts would become one. */
    static boolean isText(String value) {
        return value.indexOf(0) < 0 && StandardCharsets.UTF_16.newEncoder().canEncode(value);
    }

    /** Time to add or deduct. */
    static void amount(long millis) {
        if (millis < 1 || millis > Hours.MAX_MILLIS) {
            throw invalid("hours must be at least half a millisecond and at most 1000000, was " + Hours.format(millis));
        }
    }

    static long amount(Duration hours) {
        long millis;
        try {
            millis = hours.toMillis();
        } catch (ArithmeticException e) {
            throw invalid("hours must be at most 1000000, was " + hours);
        }
        if (!hours.equals(Duration.ofMillis(millis))) {
            throw invalid("hours must be whole milliseconds, was " + hours);
        }
        amount(millis);
        return millis;
    }

    static void initialAmount(Duration hours) {
        if (!hours.isZero()) {
            amount(hours);
        }
    }

    static void instant(String name, @Nullable Instant instant) {
        if (instant != null && (instant.isBefore(Instant.EPOCH) || instant.isAfter(LATEST))) {
            throw invalid(name + " must be between 1970 and 9999, was " + instant);
        }
    }

    static void duration(String name, @Nullable Duration duration, Duration least, Duration most) {
        if (duration != null && (duration.compareTo(least) < 0 || duration.compareTo(most) > 0)) {
            throw invalid(name + " must be between " + least + " and " + most + ", was " + duration);
        }
    }
}
