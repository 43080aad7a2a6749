package io.hourmeter.config;

import io.hourmeter.Hours;
import io.hourmeter.internal.Currencies;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.Locale;

/**
 * What the settings of prices say together: whatever is offered can be paid in the currency. A seller learns of a price
 * that Stripe refuses when the settings are read, and not from the first customer.
 */
final class PriceRules {

    /** A thousand times what can be bought at once. */
    private static final BigDecimal ENDLESS_HOURS =
            Hours.ofMillis(Hours.MAX_MILLIS).movePointRight(3);

    private PriceRules() {}

    /** Throws ConfigurationException when a package or a bound of custom hours that somebody set cannot be paid. */
    static void check(MeteringConfig config) {
        String currency = config.get(Settings.PAYMENT_CURRENCY);
        for (PackageOffer offer : config.get(Settings.PAYMENT_PACKAGES)) {
            if (!Currencies.canCharge(offer.price(), currency)) {
                // The one that somebody set comes first: that is where it can be mended.
                boolean packages = config.isSet(Settings.PAYMENT_PACKAGES);
                throw contradiction(
                        config,
                        packages ? Settings.PAYMENT_PACKAGES : Settings.PAYMENT_CURRENCY,
                        packages ? Settings.PAYMENT_CURRENCY : Settings.PAYMENT_PACKAGES,
                        "a price of " + Currencies.chargeable(currency) + " for each package, and " + offer.id()
                                + " costs " + offer.price().toPlainString());
            }
        }
        checkBound(config, Settings.PAYMENT_MINIMUM_HOURS, "from " + plain(leastHours(config)));
        checkBound(config, Settings.PAYMENT_MAXIMUM_HOURS, "up to " + plain(mostHours(config)));
        if (minimumHours(config).compareTo(maximumHours(config)) > 0) {
            boolean maximum = config.isSet(Settings.PAYMENT_MAXIMUM_HOURS)
                    || config.get(Settings.PAYMENT_MAXIMUM_HOURS).compareTo(leastHours(config)) < 0;
            throw contradiction(
                    config,
                    Settings.HOURS_PER_DOLLAR,
                    maximum ? Settings.PAYMENT_MAXIMUM_HOURS : Settings.PAYMENT_MINIMUM_HOURS,
                    "a ratio by which some of these hours cost " + Currencies.chargeable(currency));
        }
    }

    /** A bound that somebody set, and that no order can reach. */
    private static void checkBound(MeteringConfig config, Setting<BigDecimal> bound, String payable) {
        BigDecimal price = price(config, bound(config, bound));
        if (config.isSet(bound) && !Currencies.canCharge(price, config.get(Settings.PAYMENT_CURRENCY))) {
            throw contradiction(
                    config,
                    bound,
                    Settings.HOURS_PER_DOLLAR,
                    payable + " hours, since " + plain(config.get(bound)) + " cost " + price.toPlainString() + " and "
                            + Currencies.chargeable(config.get(Settings.PAYMENT_CURRENCY)) + " can be paid");
        }
    }

    static BigDecimal minimumHours(MeteringConfig config) {
        BigDecimal set = bound(config, Settings.PAYMENT_MINIMUM_HOURS);
        return config.isSet(Settings.PAYMENT_MINIMUM_HOURS) ? set : set.max(leastHours(config));
    }

    static BigDecimal maximumHours(MeteringConfig config) {
        BigDecimal set = bound(config, Settings.PAYMENT_MAXIMUM_HOURS);
        return config.isSet(Settings.PAYMENT_MAXIMUM_HOURS) ? set : set.min(mostHours(config));
    }

    /** What the operator should know of bounds that are not the documented ones. */
    static List<String> remarks(MeteringConfig config) {
        List<String> remarks = new ArrayList<>();
        if (minimumHours(config).compareTo(bound(config, Settings.PAYMENT_MINIMUM_HOURS)) != 0) {
            remarks.add(
                    "Fewer than " + plain(minimumHours(config))
                            + " hours cannot be bought, since they cost less than can be paid; payment.minimum.hours is not set");
        }
        if (maximumHours(config).compareTo(bound(config, Settings.PAYMENT_MAXIMUM_HOURS)) != 0) {
            remarks.add("More than " + plain(maximumHours(config))
                    + " hours cannot be bought at once, since they cost more than can be paid; payment.maximum.hours is"
                    + " not set");
        }
        return remarks;
    }

    /** What is allowed and hardly meant. */
    static List<String> warnings(MeteringConfig config) {
        List<String> warnings = new ArrayList<>();
        String currency = config.get(Settings.PAYMENT_CURRENCY);
        if (!isCurrency(currency)) {
            warnings.add("payment.currency=" + currency
                    + " is no currency that this Java knows; Stripe decides when the first customer buys");
        }
        BigDecimal ratio = config.get(Settings.HOURS_PER_DOLLAR);
        List<PackageOffer> offers = config.get(Settings.PAYMENT_PACKAGES);
        if (!offers.isEmpty()
                && offers.stream()
                        .allMatch(offer -> offer.price().multiply(ratio).compareTo(offer.hours()) > 0)) {
            warnings.add("Each package is dearer than as many custom hours, of which one costs "
                    + price(config, BigDecimal.ONE).toPlainString() + " " + currency
                    + " by hours.per.dollar: is that meant?");
        }
        return warnings;
    }

    private static boolean isCurrency(String code) {
        try {
            Currency.getInstance(code.toUpperCase(Locale.ROOT));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The fewest hours whose price can be paid. */
    private static BigDecimal leastHours(MeteringConfig config) {
        String currency = config.get(Settings.PAYMENT_CURRENCY);
        return hours(config, Currencies.toMajor(Currencies.least(currency), currency), RoundingMode.CEILING);
    }

    /** The most hours whose price can be paid at once. */
    private static BigDecimal mostHours(MeteringConfig config) {
        return hours(config, Currencies.most(config.get(Settings.PAYMENT_CURRENCY)), RoundingMode.FLOOR);
    }

    /** What a price buys, in whole milliseconds; far more than anybody can buy is as good as any number. */
    private static BigDecimal hours(MeteringConfig config, BigDecimal price, RoundingMode rounding) {
        BigDecimal hours = price.multiply(config.get(Settings.HOURS_PER_DOLLAR)).min(ENDLESS_HOURS);
        BigDecimal millis = hours.multiply(BigDecimal.valueOf(Hours.MILLIS_PER_HOUR));
        return Hours.ofMillis(millis.setScale(0, rounding).longValueExact());
    }

    /** A bound as it is set, in whole milliseconds, as orders are. */
    private static BigDecimal bound(MeteringConfig config, Setting<BigDecimal> bound) {
        return Hours.ofMillis(Hours.toMillis(config.get(bound)));
    }

    private static BigDecimal price(MeteringConfig config, BigDecimal hours) {
        return Currencies.price(hours, config.get(Settings.HOURS_PER_DOLLAR), config.get(Settings.PAYMENT_CURRENCY));
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    private static ConfigurationException contradiction(
            MeteringConfig config, Setting<?> setting, Setting<?> other, String allowed) {
        return ConfigError.contradiction(setting, config.given(setting), other, config.given(other), allowed);
    }
}
