package io.hourmeter.internal;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Set;

/**
 * What Stripe charges a currency in. An own table, because the one of the JDK says what the ISO standard says, and Stripe
 * differs for MGA, ISK, UGX, IQD and LYD.
 */
public final class Currencies {

    /** The most that Stripe takes in one payment other than by card, in the smallest unit: eight digits. */
    private static final long MOST = 99_999_999;

    private static final Set<String> ZERO_DECIMALS = Set.of(
            "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf");

    /** Charged in thousandths, of which the last digit must be 0. */
    private static final Set<String> THREE_DECIMALS = Set.of("bhd", "jod", "kwd", "omr", "tnd");

    /** Charged in hundredths, but only whole units of the currency exist. */
    private static final Set<String> WHOLE_UNITS = Set.of("isk", "ugx");

    /** Least charge in the smallest unit; where a currency is missing, Stripe decides when the checkout is created. */
    private static final Map<String, Long> LEAST = Map.ofEntries(
            Map.entry("usd", 50L),
            Map.entry("eur", 50L),
            Map.entry("aud", 50L),
            Map.entry("cad", 50L),
            Map.entry("chf", 50L),
            Map.entry("brl", 50L),
            Map.entry("inr", 50L),
            Map.entry("nzd", 50L),
            Map.entry("sgd", 50L),
            Map.entry("gbp", 30L),
            Map.entry("aed", 200L),
            Map.entry("myr", 200L),
            Map.entry("pln", 200L),
            Map.entry("ron", 200L),
            Map.entry("dkk", 250L),
            Map.entry("nok", 300L),
            Map.entry("sek", 300L),
            Map.entry("hkd", 400L),
            Map.entry("mxn", 1_000L),
            Map.entry("thb", 1_000L),
            Map.entry("czk", 1_500L),
            Map.entry("jpy", 50L),
            Map.entry("krw", 50L),
            Map.entry("huf", 17_500L));

    private Currencies() {}

    /**
     * Decimals of the smallest unit that Stripe counts in.
     *
     * @param currency three lower-case letters
     * @return 0, 2 or 3
     */
    public static int decimals(String currency) {
        return ZERO_DECIMALS.contains(currency) ? 0 : THREE_DECIMALS.contains(currency) ? 3 : 2;
    }

    /**
     * Decimals that a price may really have.
     *
     * @param currency three lower-case letters
     * @return 0 or 2
     */
    public static int priceDecimals(String currency) {
        return ZERO_DECIMALS.contains(currency) || WHOLE_UNITS.contains(currency) ? 0 : 2;
    }

    /**
     * The least that can be charged.
     *
     * @param currency three lower-case letters
     * @return in the smallest unit: Stripe's own bound, or the least that the currency has
     */
    public static long least(String currency) {
        long smallest = toMinor(BigDecimal.ONE.movePointLeft(priceDecimals(currency)), currency);
        return LEAST.getOrDefault(currency, smallest);
    }

    /**
     * The most that can be charged at once.
     *
     * @param currency three lower-case letters
     * @return in major units
     */
    public static BigDecimal most(String currency) {
        return BigDecimal.valueOf(MOST, decimals(currency)).setScale(priceDecimals(currency), RoundingMode.DOWN);
    }

    /**
     * What a number of hours costs.
     *
     * @param hours decimal hours, at most 1,000,000
     * @param hoursPerUnit hours for one unit of the currency, above 0
     * @param currency three lower-case letters
     * @return in major units, rounded half up to what can be charged
     */
    public static BigDecimal price(BigDecimal hours, BigDecimal hoursPerUnit, String currency) {
        return hours.divide(hoursPerUnit, priceDecimals(currency), RoundingMode.HALF_UP);
    }

    /**
     * Whether a price can be charged at once.
     *
     * @param price in major units, any number of decimals
     * @param currency three lower-case letters
     * @return false if it is too little, too much, or between two amounts
     */
    public static boolean canCharge(BigDecimal price, String currency) {
        return price.stripTrailingZeros().scale() <= priceDecimals(currency)
                && price.compareTo(toMajor(least(currency), currency)) >= 0
                && price.compareTo(most(currency)) <= 0;
    }

    /**
     * What {@link #canCharge} allows, for people.
     *
     * @param currency three lower-case letters
     * @return for example {@code 0.50 to 999999.99 usd with at most 2 decimals}
     */
    public static String chargeable(String currency) {
        int decimals = priceDecimals(currency);
        return toMajor(least(currency), currency) + " to " + most(currency) + " " + currency
                + (decimals == 0 ? " without decimals" : " with at most " + decimals + " decimals");
    }

    /**
     * A price in the smallest unit.
     *
     * @param price in major units, with no more decimals than {@link #priceDecimals}
     * @param currency three lower-case letters
     * @return what Stripe counts
     * @throws ArithmeticException if it has more, or is beyond any amount
     */
    public static long toMinor(BigDecimal price, String currency) {
        BigDecimal chargeable = price.setScale(priceDecimals(currency));
        return chargeable.movePointRight(decimals(currency)).longValueExact();
    }

    /**
     * An amount in major units.
     *
     * @param minor in the smallest unit
     * @param currency three lower-case letters
     * @return with the decimals that people expect
     */
    public static BigDecimal toMajor(long minor, String currency) {
        return BigDecimal.valueOf(minor, decimals(currency)).setScale(priceDecimals(currency));
    }
}
