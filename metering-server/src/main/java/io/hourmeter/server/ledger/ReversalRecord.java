package io.hourmeter.server.ledger;

/**
 * What one refund or dispute takes of a purchase.
 *
 * @param purchase idempotency key of the purchase
 * @param object the refund or dispute
 * @param version rank of this state among the object's states
 * @param part what it takes, in the smallest unit of the currency
 * @param whole what the purchase cost
 */
record ReversalRecord(String purchase, String object, long version, long part, long whole) {}
