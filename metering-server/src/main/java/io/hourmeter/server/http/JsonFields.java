package io.hourmeter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hourmeter.Hours;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.wire.JsonNumbers;
import io.hourmeter.wire.Limits;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The members of one JSON object, each read with its bounds. What is absent and what is {@code null} are the same;
 * which others may stand beside those that are read is said by {@link KnownInputs}. Every fault is a {@link ProblemException} that
 * names the member.
 */
final class JsonFields {

    /** Characters of a number that an error text repeats. */
    private static final int SHOWN = 40;

    private final ObjectNode object;
    private final KnownInputs inputs;

    /**
     * The members of an object.
     *
     * @throws ProblemException 400 when one is not known
     */
    JsonFields(ObjectNode object, KnownInputs inputs) {
        this.object = object;
        this.inputs = inputs;
        inputs.checkMembers(object::fieldNames);
    }

    /** Whether the member stands there at all, be it as {@code null}. */
    boolean has(String name) {
        return node(name) != null;
    }

    /** An amount of time of at least half a millisecond, in milliseconds. */
    long hoursMillis(String name) {
        JsonNode node = node(name);
        if (node == null || node.isNull()) {
            throw ProblemException.invalid(name + " is missing, expected a decimal number of hours like 0.5");
        }
        BigDecimal hours = number(name, node);
        long millis = toMillis(name, hours);
        if (millis == 0) {
            throw tooSmall(name, hours);
        }
        return millis;
    }

    /** An amount of time that may be absent or 0, in milliseconds. */
    long hoursMillisOrZero(String name) {
        JsonNode node = node(name);
        if (node == null || node.isNull()) {
            return 0;
        }
        BigDecimal hours = number(name, node);
        long millis = toMillis(name, hours);
        if (millis == 0 && hours.signum() != 0) {
            throw tooSmall(name, hours);
        }
        return millis;
    }

    /** A whole number. */
    long whole(String name, long min, long max) {
        return optionalWhole(name, min, max)
                .orElseThrow(() -> ProblemException.invalid(
                        name + " is missing, expected a whole number from " + min + " to " + max));
    }

    /** A whole number, where there is one. */
    OptionalLong optionalWhole(String name, long min, long max) {
        JsonNode node = node(name);
        if (node == null || node.isNull()) {
            return OptionalLong.empty();
        }
        BigDecimal value = number(name, node);
        // The range comes first: 1e400 must not be written out.
        if (value.compareTo(BigDecimal.valueOf(min)) < 0
                || value.compareTo(BigDecimal.valueOf(max)) > 0
                || value.stripTrailingZeros().scale() > 0) {
            throw ProblemException.invalid(
                    name + " must be a whole number from " + min + " to " + max + ", was " + shown(value));
        }
        return OptionalLong.of(value.longValueExact());
    }

    boolean flag(String name, boolean otherwise) {
        JsonNode node = node(name);
        if (node == null || node.isNull()) {
            return otherwise;
        }
        if (!node.isBoolean()) {
            throw wrongType(name, "true or false", node);
        }
        return node.booleanValue();
    }

    /** A text that must be there and not blank. */
    String text(String name, int maxLength) {
        String text = optionalText(name, maxLength).orElse("");
        if (text.isBlank()) {
            throw ProblemException.invalid(name + " is missing, expected a text of 1 to " + maxLength + " characters");
        }
        return text;
    }

    /**
     * A key as somebody has pasted it, which must be there and not blank. What pasting adds, invisible characters among it, is
     * for {@link io.hourmeter.LicenseKey#parse} to forgive or to refuse; here only the length counts.
     */
    String pastedKey(String name, int maxLength) {
        String text = optionalText(name).orElse("");
        if (text.isBlank() || text.length() > maxLength) {
            throw ProblemException.invalid(name + " must be a text of 1 to " + maxLength + " characters");
        }
        return text;
    }

    /** A text that {@link Limits#text} takes, where there is one. */
    Optional<String> optionalText(String name, int maxLength) {
        try {
            return optionalText(name).map(text -> Limits.text(name, text, maxLength));
        } catch (LicenseRequestException e) {
            throw ProblemException.invalid(String.valueOf(e.getMessage()));
        }
    }

    /** A text, where there is one, of whatever length and characters: the ledger checks them. */
    Optional<String> optionalText(String name) {
        JsonNode node = node(name);
        if (node == null || node.isNull()) {
            return Optional.empty();
        }
        if (!node.isTextual()) {
            throw wrongType(name, "a text", node);
        }
        return Optional.of(node.textValue());
    }

    /** A text of 1 to {@code maxLength} visible ASCII characters. */
    String visibleAscii(String name, int maxLength) {
        String text = text(name, maxLength);
        if (!Limits.isVisibleAscii(text, maxLength)) {
            throw ProblemException.invalid(name + " must be 1 to " + maxLength + " visible ASCII characters");
        }
        return text;
    }

    Optional<Instant> optionalInstant(String name) {
        return optionalText(name, TimeParser.MAX_INSTANT).map(text -> TimeParser.instant(name, text));
    }

    /** A duration as in the settings: a number is seconds, a text has a unit. */
    Optional<Duration> optionalDuration(String name) {
        JsonNode node = node(name);
        if (node != null && node.isTextual()) {
            return optionalText(name, TimeParser.MAX_INSTANT).map(text -> TimeParser.duration(name, text));
        }
        OptionalLong seconds = optionalWhole(name, 0, Integer.MAX_VALUE);
        return seconds.isPresent() ? Optional.of(Duration.ofSeconds(seconds.getAsLong())) : Optional.empty();
    }

    ArrayNode array(String name) {
        JsonNode node = node(name);
        if (node == null || node.isNull()) {
            throw ProblemException.invalid(name + " is missing, expected a list");
        }
        if (!(node instanceof ArrayNode array)) {
            throw wrongType(name, "a list", node);
        }
        return array;
    }

    private @Nullable JsonNode node(String name) {
        if (inputs.strict() && !inputs.members().contains(name)) {
            throw new IllegalStateException("this call does not say that it knows " + name);
        }
        return object.get(name);
    }

    private static BigDecimal number(String name, JsonNode node) {
        BigDecimal number = JsonNumbers.decimal(node);
        if (number == null) {
            throw wrongType(name, "a JSON number", node);
        }
        return number;
    }

    private static long toMillis(String name, BigDecimal hours) {
        if (hours.signum() < 0) {
            throw ProblemException.invalid(name + " must not be negative, was " + shown(hours));
        }
        try {
            return Hours.toMillis(hours);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalid(name + " must be at most 1000000, was " + shown(hours));
        }
    }

    private static ProblemException tooSmall(String name, BigDecimal hours) {
        return ProblemException.invalid(
                name + " must be at least half a millisecond (0.00000014 hours), was " + shown(hours));
    }

    private static ProblemException wrongType(String name, String expected, JsonNode node) {
        return ProblemException.invalid(name + " must be " + expected + ", was "
                + node.getNodeType().name().toLowerCase(Locale.ROOT));
    }

    private static String shown(BigDecimal value) {
        String text = value.toString();
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
