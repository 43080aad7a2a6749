package io.hourmeter.server.http;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What texts from outside may look like. */
final class Texts {

    /** Longest form of an instant with offset and nanoseconds. */
    static final int MAX_INSTANT = 40;

    /** Instants outside these are typing errors, and would not fit every column and calendar. */
    private static final Instant FIRST = Instant.EPOCH;

    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999Z");

    /** At most eight digits, so that no unit can overflow. */
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,8})([smhd])");

    private Texts() {}

    static boolean isVisibleAscii(String text, int maxLength) {
        return !text.isEmpty() && text.length() <= maxLength && text.chars().allMatch(c -> c > ' ' && c < 0x7F);
    }

    /** No control characters and no half of a surrogate pair. */
    static boolean isPrintable(String text) {
        return text.codePoints()
                .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
    }

    /**
     * Reads an instant in ISO-8601 with zone offset.
     *
     * @throws Refusal 400 that names where it stands
     */
    static Instant instant(String name, String text) {
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MILLIS);
            if (instant.isBefore(FIRST) || instant.isAfter(LAST)) {
                throw Refusal.invalid(name + " must lie between " + FIRST + " and " + LAST);
            }
            return instant;
        } catch (DateTimeParseException e) {
            throw Refusal.invalid(name + " must be an instant like 2030-01-31T00:00:00Z");
        }
    }

    /**
     * Reads a duration like {@code 90s}, {@code 15m}, {@code 24h} or {@code 7d}.
     *
     * @throws Refusal 400 that names where it stands
     */
    static Duration duration(String name, String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw Refusal.invalid(name + " must be a whole number of seconds, or a text like 90s, 15m, 24h or 7d");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "d" -> Duration.ofDays(amount);
            case "h" -> Duration.ofHours(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofSeconds(amount);
        };
    }
}
