package io.hourmeter.server.ledger.rules;

import java.math.BigInteger;
import java.util.Map;

/**
 * What one refund or dispute takes of a purchase.
 *
 * @param purchase idempotency key of the purchase
 * @param object the refund or dispute
 * @param version rank of this state among the object's states
 * @param part what it takes, in the smallest unit of the currency
 * @param whole what the purchase cost
 */
public record ReversalRecord(String purchase, String object, long version, long part, long whole) {

    /**
     * What refunds and disputes together take of a purchase. Rounded half up once on the total, so that parts that make up
     * the whole reverse exactly the purchase.
     *
     * @param objects those of one purchase, by object
     * @param whole what the purchase cost
     */
    public static long reversedMillis(long purchasedMillis, Map<String, ReversalRecord> objects, long whole) {
        BigInteger parts = objects.values().stream()
                .map(object -> BigInteger.valueOf(object.part()))
                .reduce(BigInteger.ZERO, BigInteger::add);
        BigInteger divisor = BigInteger.valueOf(whole);
        return BigInteger.valueOf(purchasedMillis)
                .multiply(parts.min(divisor))
                .shiftLeft(1)
                .add(divisor)
                .divide(divisor.shiftLeft(1))
                .longValueExact();
    }
}
