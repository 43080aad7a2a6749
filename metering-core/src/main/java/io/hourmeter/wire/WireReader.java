package io.hourmeter.wire;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.Balance;
import io.hourmeter.Customer;
import io.hourmeter.History;
import io.hourmeter.Hours;
import io.hourmeter.License;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseStatus;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The reading side of {@link WireFormat}, lenient towards older servers: they leave members out and write hours as
 * binary floating point prints them. What is there must be of the right type and plausible, or a
 * {@link MalformedAnswerException} says which member is not.
 */
public final class WireReader {

    /** Far above any balance that can be bought, far below what overflows as milliseconds. */
    private static final BigDecimal MOST_HOURS = BigDecimal.valueOf(1_000_000_000_000L);

    private static final BigDecimal MILLIS_PER_HOUR = BigDecimal.valueOf(Hours.MILLIS_PER_HOUR);

    /** Far more than any message of ours has; more is an attack on the stack. */
    private static final JsonLimits LIMITS = new JsonLimits(16, 1000, 1000);

    private WireReader() {}

    /** The JSON object in a body, whatever its Content-Type says; null when it is nothing of the kind. */
    public static @Nullable JsonNode parse(byte[] body) {
        return Json.object(body, LIMITS);
    }

    /**
     * A balance from its members. Any two of remaining, purchased and used give the third; remaining alone will do.
     *
     * @param now stamp for a server that gives none
     */
    public static Balance balance(JsonNode node, Instant now) {
        Long remaining = optionalMillis(node, "hours_remaining");
        Long purchased = optionalMillis(node, "purchased_hours");
        Long used = optionalMillis(node, "used_hours");
        Long held = optionalMillis(node, "held_hours");
        Instant asOf = instant(node, "as_of");
        // What is left is what everything turns on, so it is kept exactly as the server said it.
        long spent;
        long left;
        if (remaining != null) {
            left = remaining;
            spent = used != null ? used : spent(purchased, left);
        } else if (purchased != null && used != null) {
            left = purchased - used;
            spent = used;
        } else {
            throw new MalformedAnswerException("the answer has no hours_remaining");
        }
        return new Balance(
                left + spent,
                spent,
                atLeastZero(held),
                atLeastZero(optionalMillis(node, "uncollected_hours")),
                atLeastZero(optionalMillis(node, "owed_hours")),
                asOf == null ? now : asOf);
    }

    public static long atLeastZero(@Nullable Long millis) {
        return millis == null ? 0 : Math.max(0, millis);
    }

    private static long spent(@Nullable Long purchased, long left) {
        return purchased == null ? 0 : purchased - left;
    }

    /**
     * A license.
     *
     * @param maskedKey for a server that does not mask the key itself
     */
    public static License license(JsonNode node, String maskedKey, Instant now) {
        if (!node.isObject()) {
            throw new MalformedAnswerException("the answer has no license");
        }
        String key = optionalText(node, "key");
        String masked = key != null && key.endsWith("…") ? key : maskedKey;
        String type = optionalText(node, "type");
        return new License(
                id(optionalText(node, "id")),
                masked,
                type == null ? "" : type,
                status(optionalText(node, "status")),
                instant(node, "created"),
                instant(node, "expires"),
                balance(node, now));
    }

    /** The key of a license just created. */
    public static LicenseKey key(JsonNode license) {
        String text = optionalText(license, "key");
        return LicenseKey.parse(text)
                .orElseThrow(() -> new MalformedAnswerException("the answer to a creation has no license key"));
    }

    /** The customer of a license just created, as far as the server repeats it. */
    public static Customer customer(JsonNode license, Customer asked) {
        JsonNode node = license.path("customer");
        String email = optionalText(node, "email");
        String company = optionalText(node, "company");
        String name = optionalText(node, "name");
        return new Customer(
                email == null ? asked.email() : email,
                company == null ? asked.company() : company,
                name == null ? asked.name() : name);
    }

    public static History history(JsonNode node) {
        JsonNode totals = node.path("totals");
        return new History(
                list(node, "entries", WireReader::entry),
                list(node, "sessions", WireReader::session),
                list(node, "daily", WireReader::day),
                new History.Totals(
                        millis(totals, "purchased_hours"),
                        millis(totals, "used_hours"),
                        whole(totals, "payments"),
                        whole(totals, "sessions")),
                optionalText(node, "next"));
    }

    private static History.Entry entry(JsonNode node) {
        return new History.Entry(
                text(node, "id"),
                requiredInstant(node, "at"),
                text(node, "kind"),
                millis(node, "hours"),
                millis(node, "remaining_after"),
                text(node, "reference"),
                text(node, "description"));
    }

    private static History.Session session(JsonNode node) {
        return new History.Session(
                text(node, "session"),
                requiredInstant(node, "started"),
                requiredInstant(node, "ended"),
                millis(node, "active_hours"),
                millis(node, "charged_hours"),
                millis(node, "uncollected_hours"),
                Math.toIntExact(Math.min(whole(node, "nodes"), Integer.MAX_VALUE)));
    }

    private static History.Day day(JsonNode node) {
        try {
            return new History.Day(
                    LocalDate.parse(text(node, "day")), millis(node, "used_hours"), millis(node, "purchased_hours"));
        } catch (DateTimeException e) {
            throw malformed("day", "a date");
        }
    }

    private static <T> List<T> list(JsonNode node, String name, Function<JsonNode, T> item) {
        JsonNode array = node.path(name);
        if (!array.isArray()) {
            throw malformed(name, "a list");
        }
        List<T> items = new ArrayList<>(array.size());
        array.forEach(element -> items.add(item.apply(element)));
        return items;
    }

    public static long millis(JsonNode node, String name) {
        Long millis = optionalMillis(node, name);
        if (millis == null) {
            throw malformed(name, "a number of hours");
        }
        return millis;
    }

    /** Decimal hours as whole milliseconds, half up; null when the member is absent. */
    public static @Nullable Long optionalMillis(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        BigDecimal hours = JsonNumbers.decimal(value);
        if (hours == null || hours.abs().compareTo(MOST_HOURS) > 0) {
            throw malformed(name, "a number of hours");
        }
        // An exponent far below zero must not be scaled: it would be written out digit by digit.
        boolean tiny = hours.precision() - hours.scale() < -10;
        return tiny
                ? 0
                : hours.multiply(MILLIS_PER_HOUR)
                        .setScale(0, RoundingMode.HALF_UP)
                        .longValueExact();
    }

    /** A whole number of at least 0. */
    public static long whole(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw malformed(name, "a whole number of at least 0");
        }
        return value.longValue();
    }

    public static String text(JsonNode node, String name) {
        String text = optionalText(node, name);
        if (text == null) {
            throw malformed(name, "a text");
        }
        return text;
    }

    public static @Nullable String optionalText(JsonNode node, String name) {
        JsonNode value = node.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw malformed(name, "a text");
        }
        return value.textValue();
    }

    public static @Nullable LicenseId id(@Nullable String text) {
        if (text == null || !LicenseId.isId(text)) {
            return null;
        }
        return new LicenseId(text);
    }

    /** Older servers have words of their own, and say with {@code validate} whether a license serves. */
    private static LicenseStatus status(@Nullable String text) {
        return switch (text == null ? "" : text.toLowerCase(Locale.ROOT)) {
            case "suspended", "inactive", "disabled" -> LicenseStatus.SUSPENDED;
            case "revoked" -> LicenseStatus.REVOKED;
            default -> LicenseStatus.ACTIVE;
        };
    }

    private static Instant requiredInstant(JsonNode node, String name) {
        Instant instant = instant(node, name);
        if (instant == null) {
            throw malformed(name, "an ISO-8601 instant in UTC");
        }
        return instant;
    }

    /** Null when absent, and when an older server wrote a local time, which names no instant. */
    private static @Nullable Instant instant(JsonNode node, String name) {
        JsonNode value = node.path(name);
        try {
            return value.isTextual() ? Instant.parse(value.textValue()) : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static MalformedAnswerException malformed(String name, String expected) {
        return new MalformedAnswerException("the answer's " + name + " is not " + expected);
    }
}
