package io.hourmeter.server.http;

import org.jspecify.annotations.Nullable;

/** What a call asks of whoever makes it. */
enum Permission {
    /** Nothing: also those are answered whom a server without tokens refuses everything else. */
    ANYBODY(null),
    /** The license key in the request, which is the customer's right to read; or any token. */
    LICENSE_KEY(null),
    /** A token that may report use. */
    USAGE(Scope.USAGE),
    /** A token that may add time. */
    CREDIT(Scope.CREDIT),
    /** A token that may do everything. */
    ADMIN(Scope.ADMIN);

    private final @Nullable Scope scope;

    Permission(@Nullable Scope scope) {
        this.scope = scope;
    }

    /** The scope that a token must cover; null when none is needed. */
    @Nullable Scope scope() {
        return scope;
    }
}
