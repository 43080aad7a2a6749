package io.hourmeter;

/**
 * What one refund or dispute takes of one purchase at the moment. A state, not a step: sending it again, late or out of
 * order changes nothing, since a lower or equal version of the same object is ignored.
 *
 * @param purchase idempotency key of the purchase
 * @param object the refund or dispute, for example {@code re_…} or {@code du_…}
 * @param version rank of this state among the states of the object, at least 0
 * @param part what the object takes, in the smallest unit of the currency; 0 gives it back
 * @param whole what the purchase cost, in the same unit, at least 1
 * @param reason shown in the history
 */
public record Reversal(String purchase, String object, long version, long part, long whole, String reason) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if version or part is negative, or whole is less than 1
     */
    public Reversal {
        if (version < 0 || part < 0 || whole < 1) {
            throw new IllegalArgumentException("a reversal needs version >= 0, part >= 0 and whole >= 1, was version "
                    + version + ", part " + part + ", whole " + whole);
        }
    }
}
