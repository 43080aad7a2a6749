package io.hourmeter.stripe.web;

import io.hourmeter.HistoryQuery;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The query of a history: {@code type}, {@code from}, {@code to}, {@code limit}, {@code cursor}. */
final class HistoryParameters {

    /** More than any cursor that a license server gives out. */
    private static final int MAX_CURSOR_LENGTH = 512;

    private HistoryParameters() {}

    /**
     * Reads the parameters.
     *
     * @throws Refusal 400 naming the parameter and what is allowed
     */
    static HistoryQuery of(HttpServletRequest request) {
        HistoryQuery.Type type = type(Parameters.first(request, "type"));
        Instant from = instant("from", Parameters.first(request, "from"));
        Instant to = instant("to", Parameters.first(request, "to"));
        int limit = limit(Parameters.first(request, "limit"));
        String cursor = Parameters.first(request, "cursor");
        if (cursor != null && cursor.length() > MAX_CURSOR_LENGTH) {
            throw Refusal.invalid("cursor must be the value of next of the page before");
        }
        try {
            return new HistoryQuery(type, from, to, limit, cursor);
        } catch (IllegalArgumentException e) {
            throw Refusal.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static HistoryQuery.Type type(@Nullable String text) {
        if (text == null) {
            return HistoryQuery.Type.ALL;
        }
        for (HistoryQuery.Type type : HistoryQuery.Type.values()) {
            if (type.name().toLowerCase(Locale.ROOT).equals(text)) {
                return type;
            }
        }
        throw Refusal.invalid("type must be all, usage or payment");
    }

    private static @Nullable Instant instant(String name, @Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw Refusal.invalid(name + " must be an instant like 2026-01-31T00:00:00Z");
        }
    }

    private static int limit(@Nullable String text) {
        if (text == null) {
            return HistoryQuery.DEFAULT_LIMIT;
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw Refusal.invalid("limit must be a whole number from 1 to " + HistoryQuery.MAX_LIMIT);
        }
    }
}
