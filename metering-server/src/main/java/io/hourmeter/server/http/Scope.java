package io.hourmeter.server.http;

import java.util.Locale;

/** What a bearer token may do. Each scope includes those before it. */
enum Scope {
    /** Report and deduct use; can never add time. */
    USAGE,
    /** Add time, reverse it, create licenses without time. */
    CREDIT,
    /** Everything. */
    ADMIN;

    boolean covers(Scope needed) {
        return compareTo(needed) >= 0;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
