package io.hourmeter.server.http;

/**
 * Who sends a request.
 *
 * @param permission what it may do
 * @param actor the name under which the ledger records what it does
 */
record Caller(Permission permission, String actor) {

    /** Anyone on this machine, while no token is configured. */
    static final Caller LOCAL = new Caller(Permission.ADMIN, "local");

    /** A caller without a token that is known. */
    static final Caller ANONYMOUS = new Caller(Permission.LICENSE_KEY, "key");

    static Caller withToken(Permission permission) {
        return new Caller(permission, permission.scope());
    }

    boolean may(Permission needed) {
        return permission.covers(needed);
    }
}
