package io.hourmeter.server.http;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What texts from outside may look like. */
final class TimeParser {

    /** Longest form of an instant with offset and nanoseconds. */
    static final int MAX_INSTANT = 40;

    /** At most eight digits, so that no unit can overflow. */
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,8})([smhd])");

    private TimeParser() {}

    /**
     * Reads an instant in ISO-8601 with zone offset, whichever: the ledger says which it takes.
     *
     * @throws ProblemException 400 that names where it stands
     */
    static Instant instant(String name, String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw ProblemException.invalid(name + " must be an instant like 2030-01-31T00:00:00Z");
        }
    }

    /**
     * Reads a duration like {@code 90s}, {@code 15m}, {@code 24h} or {@code 7d}.
     *
     * @throws ProblemException 400 that names where it stands
     */
    static Duration duration(String name, String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw ProblemException.invalid(
                    name + " must be a whole number of seconds, or a text like 90s, 15m, 24h or 7d");
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
