package io.hourmeter.config;

/** What becomes of a request whose time is up while it runs ({@code usage.overrun}). */
public enum Overrun {
    /** It is served to its end, and what goes beyond is not charged. */
    FINISH,
    /** It is ended where it is. */
    CUT
}
