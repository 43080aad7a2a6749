package io.hourmeter;

/**
 * The outcome of a direct deduction.
 *
 * @param deductedMillis what was taken: at most what was asked for, and at most what was available
 * @param balance the balance that the first call answered
 * @param repeated true when this call found the work done already
 */
public record Debited(long deductedMillis, Balance balance, boolean repeated) {}
