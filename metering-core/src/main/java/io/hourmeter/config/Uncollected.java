package io.hourmeter.config;

/** What becomes of time that was used in an outage beyond the balance ({@code outage.uncollected}). */
public enum Uncollected {
    /** It is shown, and for nothing. */
    FORGIVE,
    /** It is owed: the next credits pay it first. */
    OWE
}
