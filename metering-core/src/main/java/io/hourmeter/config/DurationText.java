package io.hourmeter.config;

import io.hourmeter.internal.DurationBounds;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 300}, {@code 500ms}, {@code 5m}, {@code 1d}, {@code PT1H30M}. */
final class DurationText {

    /** No setting means a time this long; below it no arithmetic in milliseconds or nanoseconds can overflow. */
    static final Duration LONGEST = Duration.ofDays(365);

    /** A whole number and a unit; ASCII digits only, so that the default locale plays no part. */
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]{1,18})(ms|s|m|h|d|)");

    /** ISO-8601; the sign is left out on purpose, because no setting is negative. */
    private static final Pattern ISO = Pattern.compile("[Pp][0-9DTHMSdthms.]+");

    private static final Map<String, Duration> UNITS = Map.of(
            "", Duration.ofSeconds(1),
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));

    private DurationText() {}

    /** Reads a duration of whole milliseconds, not negative. Throws IllegalArgumentException. */
    static Duration parse(String text) {
        Duration duration = read(text);
        if (duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("longer than 365d");
        }
        if (!duration.equals(Duration.ofMillis(duration.toMillis()))) {
            throw new IllegalArgumentException("not whole milliseconds");
        }
        return duration;
    }

    /** What bounds allow, for an error message: {@code a duration of at least 1s, at most 12h}. */
    static String allowed(DurationBounds bounds) {
        String least = bounds.least().isZero()
                ? " of"
                : bounds.least().equals(Duration.ofMillis(1))
                        ? " above 0,"
                        : " of at least " + withUnit(bounds.least()) + ",";
        return (bounds.orZero() ? "0 or " : "") + "a duration" + least + " at most " + withUnit(bounds.most());
    }

    /** The way older settings write it: seconds without a unit. */
    static String bareSeconds(Duration whole) {
        return Long.toString(whole.toSeconds());
    }

    /** With the largest unit that leaves no rest; a single day is 24 hours. */
    static String withUnit(Duration whole) {
        long millis = whole.toMillis();
        for (String unit : List.of("d", "h", "m", "s")) {
            long size = UNITS.getOrDefault(unit, LONGEST).toMillis();
            if (millis % size == 0 && millis > (unit.equals("d") ? size : 0)) {
                return millis / size + unit;
            }
        }
        return millis == 0 ? "0" : millis + "ms";
    }

    private static Duration read(String text) {
        Matcher number = NUMBER_AND_UNIT.matcher(text);
        try {
            if (number.matches()) {
                Duration unit = UNITS.getOrDefault(number.group(2), Duration.ZERO);
                return unit.multipliedBy(Long.parseLong(number.group(1)));
            }
            if (ISO.matcher(text).matches()) {
                return Duration.parse(text);
            }
        } catch (ArithmeticException | DateTimeException e) {
            throw new IllegalArgumentException("not a duration", e);
        }
        throw new IllegalArgumentException("not a duration; units are ms, s, m, h, d");
    }
}
