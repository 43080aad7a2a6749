package io.hourmeter.server.http;

import java.util.Locale;

/** What a call asks of whoever makes it, and what a caller has. Each permission includes those before it. */
enum Permission {
    /** Nothing: also those are answered whom a server without tokens refuses everything else. */
    ANYBODY,
    /** The license key in the request, which is the customer's right to read. */
    LICENSE_KEY,
    /** A token that may report and deduct use; can never add time. */
    USAGE,
    /** A token that may add time, reverse it, and create licenses without time. */
    CREDIT,
    /** A token that may do everything. */
    ADMIN;

    boolean covers(Permission needed) {
        return compareTo(needed) >= 0;
    }

    /** Whether it comes with a token. */
    boolean ofToken() {
        return covers(USAGE);
    }

    /** As the scope of a token is called in answers and settings. */
    String scope() {
        return name().toLowerCase(Locale.ROOT);
    }
}
