package io.hourmeter.stripe;

import io.hourmeter.Hours;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.PackageOffer;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.Currencies;
import io.hourmeter.stripe.PaymentException.Reason;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What hours cost: packages at their price, custom hours by {@code hours.per.dollar}, rounded half up to what can be
 * charged in the currency. Immutable and thread-safe.
 */
public final class Prices {

    /** The most that a license server takes at once. */
    private static final BigDecimal MOST_HOURS = Hours.ofMillis(Hours.MAX_MILLIS);

    private final String currency;
    private final BigDecimal hoursPerUnit;
    private final BigDecimal minimum;
    private final BigDecimal maximum;
    private final String product;
    private final Map<String, Quote> packages = new LinkedHashMap<>();

    /**
     * Reads the prices.
     *
     * @param config the settings of an application, so that what is offered is known to be payable
     */
    public Prices(MeteringConfig config) {
        currency = config.get(Settings.PAYMENT_CURRENCY);
        hoursPerUnit = config.get(Settings.HOURS_PER_DOLLAR);
        minimum = config.minimumHours();
        maximum = config.maximumHours();
        product = config.get(Settings.PAYMENT_PRODUCT_NAME);
        for (PackageOffer offer : config.get(Settings.PAYMENT_PACKAGES)) {
            packages.put(offer.id(), quote(offer.hours(), Currencies.toMinor(offer.price(), currency), offer.id()));
        }
    }

    /**
     * What an order costs. The package decides; hours beside it must be the package's own.
     *
     * @param hours decimal hours, or null
     * @param packageId id of a package; null or empty for custom hours
     * @return the quote
     * @throws PaymentException with a reason of status 400 if neither is given, the package is unknown, or the hours are
     *     out of bounds or cost less or more than can be paid
     */
    public Quote quote(@Nullable BigDecimal hours, @Nullable String packageId) {
        if (packageId != null && !packageId.isEmpty()) {
            Quote offer = packages.get(packageId);
            if (offer == null) {
                throw invalid(Reason.PACKAGE_UNKNOWN, "package_id is none of " + String.join(", ", packages.keySet()));
            }
            if (hours != null && rounded(hours).compareTo(rounded(offer.hours())) != 0) {
                throw invalid(
                        Reason.PACKAGE_HOURS_DIFFER,
                        "hours differ from those of package " + packageId + ", which has " + plain(offer.hours())
                                + "; leave hours out");
            }
            return offer;
        }
        if (hours == null) {
            throw invalid(Reason.ORDER_EMPTY, "hours or package_id is needed");
        }
        return custom(hours);
    }

    private Quote custom(BigDecimal given) {
        BigDecimal hours = rounded(given);
        if (hours.compareTo(minimum) < 0 || hours.compareTo(maximum) > 0) {
            throw invalid(Reason.HOURS_OUT_OF_RANGE, "hours must be from " + plain(minimum) + " to " + plain(maximum));
        }
        BigDecimal price = Currencies.price(hours, hoursPerUnit, currency);
        if (price.compareTo(Currencies.most(currency)) > 0) {
            throw invalid(
                    Reason.AMOUNT_TOO_LARGE,
                    "these hours cost " + price.toPlainString() + " " + currency
                            + "; the most that can be paid at once is " + Currencies.most(currency));
        }
        long amount = Currencies.toMinor(price, currency);
        if (amount < Currencies.least(currency)) {
            throw invalid(
                    Reason.AMOUNT_TOO_SMALL,
                    "these hours cost " + price.toPlainString() + " " + currency + "; the least that can be paid is "
                            + Currencies.toMajor(Currencies.least(currency), currency));
        }
        return quote(hours, amount, null);
    }

    private Quote quote(BigDecimal hours, long amount, @Nullable String packageId) {
        String number = plain(hours);
        String title = number + (number.equals("1") ? " hour of " : " hours of ") + product;
        return new Quote(hours, Hours.toMillis(hours), amount, currency, packageId, title);
    }

    /**
     * To whole milliseconds, half up, as the license server does, so that 1.1400000000000001, which is how a program writes
     * the double next to 1.14, is 1.14. A number that no license server takes stays as it is, and is out of range.
     */
    private static BigDecimal rounded(BigDecimal hours) {
        // Compared before anything is computed: 1e400 must not be multiplied out.
        boolean taken = hours.signum() >= 0 && hours.compareTo(MOST_HOURS) <= 0;
        return taken ? Hours.ofMillis(Hours.toMillis(hours)) : hours;
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    private static PaymentException invalid(Reason reason, String detail) {
        return new PaymentException(reason, detail);
    }

    /**
     * The least hours of a custom purchase.
     *
     * @return decimal hours
     */
    public BigDecimal minimumHours() {
        return minimum;
    }

    /**
     * The most hours of a custom purchase.
     *
     * @return decimal hours
     */
    public BigDecimal maximumHours() {
        return maximum;
    }

    /**
     * The currency of all prices.
     *
     * @return three lower-case letters
     */
    public String currency() {
        return currency;
    }

    /**
     * Decimals that a price in this currency has.
     *
     * @return 0 or 2
     */
    public int decimals() {
        return Currencies.priceDecimals(currency);
    }

    /**
     * The packages on offer.
     *
     * @return id to quote, in the order of the setting
     */
    public Map<String, Quote> packages() {
        return packages.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
    }
}
