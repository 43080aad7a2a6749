package io.hourmeter.server.ledger.rules;

/**
 * The break of one scope of a license. There is a row only for scopes in which somebody was refused.
 *
 * @param scope {@code ""} = the license, or a session id
 * @param breakMillis leases first seen from now on are not bridged to ends at or before this moment; only grows
 */
public record ScopeRow(String scope, long breakMillis) {

    /** The break of a scope in which nobody was refused yet. */
    public static final long NO_BREAK = Long.MIN_VALUE;
}
