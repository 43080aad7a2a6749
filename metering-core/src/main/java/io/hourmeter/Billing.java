package io.hourmeter;

/** What time is unioned over ({@code usage.billing}). */
public enum Billing {
    /** Time in which at least one session of the license is active counts once, over all clients and nodes. */
    LICENSE,
    /** Each session counts. */
    SESSION
}
