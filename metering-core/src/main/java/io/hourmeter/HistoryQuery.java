package io.hourmeter;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a license's history to read, newest first.
 *
 * @param type which lines
 * @param from first instant, or null
 * @param to first instant that no longer belongs to it, or null
 * @param limit lines and sessions of one answer, 1 to {@link #MAX_LIMIT}
 * @param cursor {@link History#next()} of the answer before, or null
 */
public record HistoryQuery(
        Type type,
        @Nullable Instant from,
        @Nullable Instant to,
        int limit,
        @Nullable String cursor) {

    /** The most lines of one answer, so that one call cannot occupy the server for long. */
    public static final int MAX_LIMIT = 500;

    /** Lines of one answer unless told otherwise. */
    public static final int DEFAULT_LIMIT = 50;

    /** Which lines a history shows. */
    public enum Type {
        /** Everything. */
        ALL,
        /** What took time away by use. */
        USAGE,
        /** What was bought, granted, refunded or disputed. */
        PAYMENT
    }

    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if the limit is out of range or from lies after to
     */
    public HistoryQuery {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit must be between 1 and " + MAX_LIMIT + ", was " + limit);
        }
        if (from != null && to != null && from.isAfter(to)) {
            throw new IllegalArgumentException("from must not be after to");
        }
    }

    /**
     * The newest lines of everything.
     *
     * @return the first page
     */
    public static HistoryQuery newest() {
        return new HistoryQuery(Type.ALL, null, null, DEFAULT_LIMIT, null);
    }
}
