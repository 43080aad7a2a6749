package io.hourmeter.stripe;

import io.hourmeter.internal.Currencies;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What is sold, and for how much. Made by {@link Prices}; immutable.
 *
 * @param hours decimal hours, above 0
 * @param millis the same in milliseconds: what will be credited
 * @param amount in the smallest unit of the currency, as Stripe counts it
 * @param currency three lower-case letters
 * @param packageId null for custom hours
 * @param title what the customer reads on Stripe's page: {@code 10 hours of Access}
 */
public record Quote(
        BigDecimal hours,
        long millis,
        long amount,
        String currency,
        @Nullable String packageId,
        String title) {

    /** Checks that there is something to sell for something. */
    public Quote {
        if (millis < 1 || amount < 1) {
            throw new IllegalArgumentException(
                    "a quote needs hours and an amount, was " + millis + " ms for " + amount);
        }
    }

    /**
     * The price in major units, for people.
     *
     * @return with the decimals of the currency, for example {@code 25.00}
     */
    public BigDecimal price() {
        return Currencies.toMajor(amount, currency);
    }
}
