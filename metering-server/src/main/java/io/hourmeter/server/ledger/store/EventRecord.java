package io.hourmeter.server.ledger.store;

/**
 * What was done to a license apart from its balance: created, status, expiry, key rotated.
 *
 * @param what one short sentence
 * @param actor the scope that called
 * @param at by the store's clock, milliseconds since 1970
 */
public record EventRecord(String what, String actor, long at) {}
