package io.hourmeter.config;

/** What the license server is that {@code license.server.url} names. Never guessed from what it answers. */
public enum ServerKind {
    /** A license server of Hourmeter. */
    HOURMETER,
    /** One that has only {@code validate}, {@code hours} and {@code usage}: one node, weaker guarantees, no buying. */
    OLDER
}
