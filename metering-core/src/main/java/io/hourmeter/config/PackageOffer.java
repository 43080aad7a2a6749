package io.hourmeter.config;

import java.math.BigDecimal;

/**
 * A package of hours on offer ({@code payment.packages}).
 *
 * @param id unique among the packages
 * @param hours decimal hours, above 0
 * @param price in major units of the currency, above 0
 * @param name what the customer reads
 */
public record PackageOffer(String id, BigDecimal hours, BigDecimal price, String name) {

    /** Checks that there is something to sell. */
    public PackageOffer {
        if (id.isEmpty() || name.isEmpty()) {
            throw new IllegalArgumentException("a package needs an id and a name");
        }
        if (hours.signum() <= 0 || price.signum() <= 0) {
            throw new IllegalArgumentException("package " + id + " needs hours and a price above 0");
        }
    }

    /** What a package of these hours is called unless it has a name of its own. */
    static String defaultName(BigDecimal hours) {
        String number = hours.stripTrailingZeros().toPlainString();
        return number + (number.equals("1") ? " Hour Pack" : " Hours Pack");
    }
}
