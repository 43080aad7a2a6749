package io.hourmeter.usage.node;

import io.hourmeter.LicenseRef;
import org.jspecify.annotations.Nullable;

/**
 * Something the outside is told about: the listener, or the log.
 *
 * @param kind what
 * @param license which license, null where none is concerned or known
 * @param name the license, masked, for the log
 * @param sessionId which session, or empty
 * @param millis an amount that belongs to it, or 0
 */
public record TrackerEvent(Kind kind, @Nullable LicenseRef license, String name, String sessionId, long millis) {

    public enum Kind {
        SESSION_STARTED,
        SESSION_ENDED,
        HOURS_LOW,
        EXHAUSTED,
        CREDITED,
        OVERRUN,
        SERVER_LOST,
        SERVER_BACK,
        /** A request ran for longer than one may bill; millis = the limit. */
        REQUEST_LIMIT,
        /** The server will never accept a lease; millis = what it had used. */
        DROPPED,
        /** The machine was suspended; millis = for how long. */
        SUSPENDED
    }
}
