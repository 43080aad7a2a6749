package io.hourmeter.config;

/**
 * The program that reads a setting. Programs may share one file: each knows every key, and leaves the values of the others
 * alone.
 */
public enum Program {
    /** A web application with the filter, the tracker or the payments. */
    APPLICATION,
    /** The license server, in its own process or embedded. */
    LICENSE_SERVER,
    /** The example web application. */
    EXAMPLE
}
