package io.hourmeter.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.hourmeter.Balance;
import io.hourmeter.Customer;
import io.hourmeter.History;
import io.hourmeter.Hours;
import io.hourmeter.License;
import io.hourmeter.LicenseKey;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How licenses, balances and histories look in JSON: snake_case, hours as plain decimal numbers, instants as ISO-8601
 * UTC. The license server and the payments servlet both answer with it, so that there is one form.
 */
public final class WireFormat {

    private WireFormat() {}

    /**
     * The members of a balance: hours_remaining, purchased_hours, used_hours, held_hours, uncollected_hours and
     * owed_hours where there are any, as_of.
     *
     * @param balance any balance
     * @return a new map in that order
     */
    public static Map<String, Object> balance(Balance balance) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("hours_remaining", Hours.ofMillis(balance.remainingMillis()));
        members.put("purchased_hours", Hours.ofMillis(balance.purchasedMillis()));
        members.put("used_hours", Hours.ofMillis(balance.usedMillis()));
        members.put("held_hours", Hours.ofMillis(balance.heldMillis()));
        if (balance.uncollectedMillis() > 0) {
            members.put("uncollected_hours", Hours.ofMillis(balance.uncollectedMillis()));
        }
        if (balance.owedMillis() > 0) {
            members.put("owed_hours", Hours.ofMillis(balance.owedMillis()));
        }
        members.put("as_of", instant(balance.asOf()));
        return members;
    }

    /**
     * The members of a license, its key masked.
     *
     * @param license any license
     * @return a new map
     */
    public static Map<String, Object> license(License license) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", license.id() == null ? null : license.id().value());
        members.put("key", license.maskedKey());
        members.put("type", license.type());
        members.put("status", license.status().name().toLowerCase(Locale.ROOT));
        members.put("created", instant(license.created()));
        members.put("expires", instant(license.expires()));
        members.putAll(balance(license.balance()));
        return members;
    }

    /**
     * The members of a license just created, with its key in full and its customer.
     *
     * @param license the license
     * @param key the secret, shown this once
     * @param customer who holds it
     * @return a new map
     */
    public static Map<String, Object> created(License license, LicenseKey key, Customer customer) {
        Map<String, Object> members = license(license);
        members.put("key", key.text());
        members.put("customer", customer(customer));
        return members;
    }

    /**
     * The members of a customer.
     *
     * @param customer who holds a license
     * @return a new map
     */
    public static Map<String, Object> customer(Customer customer) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("email", customer.email());
        members.put("company", customer.company());
        members.put("name", customer.name());
        return members;
    }

    /**
     * The members of a history: entries, sessions, daily, totals, next.
     *
     * @param history one page
     * @return a new map
     */
    public static Map<String, Object> history(History history) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("entries", history.entries().stream().map(WireFormat::entry).toList());
        members.put(
                "sessions", history.sessions().stream().map(WireFormat::session).toList());
        members.put("daily", days(history.daily()));
        Map<String, Object> totals = new LinkedHashMap<>();
        totals.put("purchased_hours", Hours.ofMillis(history.totals().purchasedMillis()));
        totals.put("used_hours", Hours.ofMillis(history.totals().usedMillis()));
        totals.put("payments", history.totals().payments());
        totals.put("sessions", history.totals().sessions());
        members.put("totals", totals);
        members.put("next", history.next());
        return members;
    }

    /**
     * Writes members as one JSON object.
     *
     * @param members strings, numbers, booleans, nulls, maps and lists of these
     * @return JSON text; decimal numbers never in exponent notation
     */
    public static String json(Map<String, ?> members) {
        try {
            return Json.MAPPER.writeValueAsString(members);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not representable as JSON: " + members.keySet(), e);
        }
    }

    private static Map<String, Object> entry(History.Entry entry) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", entry.id());
        members.put("at", instant(entry.at()));
        members.put("kind", entry.kind());
        members.put("hours", Hours.ofMillis(entry.millis()));
        members.put("remaining_after", Hours.ofMillis(entry.remainingAfterMillis()));
        members.put("reference", entry.reference());
        members.put("description", entry.description());
        return members;
    }

    private static Map<String, Object> session(History.Session session) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("session", session.session());
        members.put("started", instant(session.started()));
        members.put("ended", instant(session.ended()));
        members.put("active_hours", Hours.ofMillis(session.activeMillis()));
        members.put("charged_hours", Hours.ofMillis(session.chargedMillis()));
        members.put("uncollected_hours", Hours.ofMillis(session.uncollectedMillis()));
        members.put("nodes", session.nodes());
        return members;
    }

    private static List<Map<String, Object>> days(List<History.Day> days) {
        return days.stream()
                .map(day -> {
                    Map<String, Object> members = new LinkedHashMap<>();
                    members.put("day", day.day().toString());
                    members.put("used_hours", Hours.ofMillis(day.usedMillis()));
                    members.put("purchased_hours", Hours.ofMillis(day.purchasedMillis()));
                    return members;
                })
                .toList();
    }

    /** ISO-8601 UTC with milliseconds. */
    private static @Nullable String instant(@Nullable Instant instant) {
        return instant == null
                ? null
                : DateTimeFormatter.ISO_INSTANT.format(
                        instant.truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC));
    }
}
