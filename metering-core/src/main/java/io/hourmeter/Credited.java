package io.hourmeter;

/**
 * The outcome of adding time.
 *
 * @param addedMillis what was added, by this call or by the first one with the same idempotency key
 * @param balance the balance that the first call answered
 * @param repeated true when this call found the work done already
 * @param collectedMillis how much of what was added went at once into time that was owed, from 0 to
 *     {@code addedMillis}; the balance is what is left after that
 */
public record Credited(long addedMillis, Balance balance, boolean repeated, long collectedMillis) {

    /**
     * A credit with which nothing was owed.
     *
     * @param addedMillis what was added, by this call or by the first one with the same idempotency key
     * @param balance the balance that the first call answered
     * @param repeated true when this call found the work done already
     */
    public Credited(long addedMillis, Balance balance, boolean repeated) {
        this(addedMillis, balance, repeated, 0);
    }
}
