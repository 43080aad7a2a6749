package io.hourmeter.wire;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.hourmeter.History;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a history; see {@link History} for what the members mean.
 *
 * @param entries newest first
 * @param sessions newest first
 * @param daily totals by day
 * @param totals over the license's life
 * @param next where the next page begins
 */
public record HistoryJson(
        @JsonProperty("entries") @Nullable List<Entry> entries,
        @JsonProperty("sessions") @Nullable List<Session> sessions,
        @JsonProperty("daily") @Nullable List<Day> daily,
        @JsonProperty("totals") @Nullable Totals totals,
        @JsonProperty("next") @Nullable String next) {

    /** One line. */
    record Entry(
            @JsonProperty("id") @Nullable String id,
            @JsonProperty("at") @Nullable Instant at,
            @JsonProperty("kind") @Nullable String kind,
            @JsonProperty("hours") @Nullable DecimalHours hours,
            @JsonProperty("remaining_after") @Nullable DecimalHours remainingAfter,
            @JsonProperty("reference") @Nullable String reference,
            @JsonProperty("description") @Nullable String description) {

        private static Entry of(History.Entry entry) {
            return new Entry(
                    entry.id(),
                    entry.at(),
                    entry.kind(),
                    new DecimalHours(entry.millis()),
                    new DecimalHours(entry.remainingAfterMillis()),
                    entry.reference(),
                    entry.description());
        }

        private History.Entry read() {
            return new History.Entry(
                    text("id", id),
                    instant("at", at),
                    text("kind", kind),
                    millis("hours", hours),
                    millis("remaining_after", remainingAfter),
                    text("reference", reference),
                    text("description", description));
        }
    }

    /** Use of one session. */
    record Session(
            @JsonProperty("session") @Nullable String session,
            @JsonProperty("started") @Nullable Instant started,
            @JsonProperty("ended") @Nullable Instant ended,
            @JsonProperty("active_hours") @Nullable DecimalHours active,
            @JsonProperty("charged_hours") @Nullable DecimalHours charged,
            @JsonProperty("uncollected_hours") @Nullable DecimalHours uncollected,
            @JsonProperty("nodes") @Nullable Long nodes) {

        private static Session of(History.Session session) {
            return new Session(
                    session.session(),
                    session.started(),
                    session.ended(),
                    new DecimalHours(session.activeMillis()),
                    new DecimalHours(session.chargedMillis()),
                    new DecimalHours(session.uncollectedMillis()),
                    (long) session.nodes());
        }

        private History.Session read() {
            return new History.Session(
                    text("session", session),
                    instant("started", started),
                    instant("ended", ended),
                    millis("active_hours", active),
                    millis("charged_hours", charged),
                    millis("uncollected_hours", uncollected),
                    (int) Math.min(count("nodes", nodes), Integer.MAX_VALUE));
        }
    }

    /** One day. */
    record Day(
            @JsonProperty("day") @Nullable LocalDate day,
            @JsonProperty("used_hours") @Nullable DecimalHours used,
            @JsonProperty("purchased_hours") @Nullable DecimalHours purchased) {

        private static Day of(History.Day day) {
            return new Day(day.day(), new DecimalHours(day.usedMillis()), new DecimalHours(day.purchasedMillis()));
        }

        private History.Day read() {
            return new History.Day(
                    required("day", "a date", day), millis("used_hours", used), millis("purchased_hours", purchased));
        }
    }

    /** Over the license's life. */
    record Totals(
            @JsonProperty("purchased_hours") @Nullable DecimalHours purchased,
            @JsonProperty("used_hours") @Nullable DecimalHours used,
            @JsonProperty("payments") @Nullable Long payments,
            @JsonProperty("sessions") @Nullable Long sessions) {

        private static Totals of(History.Totals totals) {
            return new Totals(
                    new DecimalHours(totals.purchasedMillis()),
                    new DecimalHours(totals.usedMillis()),
                    totals.payments(),
                    totals.sessions());
        }

        private History.Totals read() {
            return new History.Totals(
                    millis("purchased_hours", purchased),
                    millis("used_hours", used),
                    count("payments", payments),
                    count("sessions", sessions));
        }
    }

    /**
     * What is sent of a history.
     *
     * @param history one page
     * @return the message
     */
    public static HistoryJson of(History history) {
        return new HistoryJson(
                history.entries().stream().map(Entry::of).toList(),
                history.sessions().stream().map(Session::of).toList(),
                history.daily().stream().map(Day::of).toList(),
                Totals.of(history.totals()),
                history.next());
    }

    /**
     * What was received.
     *
     * @return one page
     * @throws MalformedAnswerException if something is missing
     */
    public History toHistory() {
        return new History(
                required("entries", "a list", entries).stream().map(Entry::read).toList(),
                required("sessions", "a list", sessions).stream()
                        .map(Session::read)
                        .toList(),
                required("daily", "a list", daily).stream().map(Day::read).toList(),
                required("totals", "an object", totals).read(),
                next);
    }

    private static String text(String name, @Nullable String text) {
        return required(name, "a text", text);
    }

    private static Instant instant(String name, @Nullable Instant instant) {
        return required(name, "an ISO-8601 instant in UTC", instant);
    }

    private static long millis(String name, @Nullable DecimalHours hours) {
        return required(name, "a number of hours", hours).millis();
    }

    private static long count(String name, @Nullable Long count) {
        if (count == null || count < 0) {
            throw new MalformedAnswerException("the answer's " + name + " is not a whole number of at least 0");
        }
        return count;
    }

    private static <T> T required(String name, String what, @Nullable T value) {
        if (value == null) {
            throw new MalformedAnswerException("the answer's " + name + " is not " + what);
        }
        return value;
    }
}
