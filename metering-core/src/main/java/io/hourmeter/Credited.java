package io.hourmeter;

/**
 * The outcome of adding time.
 *
 * @param addedMillis what was added, by this call or by the first one with the same idempotency key
 * @param balance the balance that the first call answered
 * @param repeated true when this call found the work done already
 */
public record Credited(long addedMillis, Balance balance, boolean repeated) {}
