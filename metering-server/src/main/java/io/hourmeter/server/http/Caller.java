package io.hourmeter.server.http;

import org.jspecify.annotations.Nullable;

/**
 * Who sends a request.
 *
 * @param scope what it may do; null when nothing but a license key speaks for it
 * @param actor the name under which the ledger records what it does
 */
record Caller(@Nullable Scope scope, String actor) {

    /** Anyone on this machine, while no token is configured. */
    static final Caller LOCAL = new Caller(Scope.ADMIN, "local");

    /** A caller without a token that is known. */
    static final Caller ANONYMOUS = new Caller(null, "key");

    static Caller withToken(Scope scope) {
        return new Caller(scope, scope.text());
    }

    boolean mayAct(Scope needed) {
        return scope != null && scope.covers(needed);
    }
}
