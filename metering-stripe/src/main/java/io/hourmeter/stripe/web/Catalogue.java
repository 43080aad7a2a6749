package io.hourmeter.stripe.web;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.PackageOffer;
import io.hourmeter.config.Settings;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is on offer, as {@code GET packages} answers it. */
final class Catalogue {

    /** Decimals of the price of one hour: shown for comparison only, never charged. */
    private static final int PRICE_PER_HOUR_SCALE = 4;

    private Catalogue() {}

    static Map<String, Object> members(MeteringConfig config) {
        String currency = config.get(Settings.PAYMENT_CURRENCY);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put(
                "packages",
                config.get(Settings.PAYMENT_PACKAGES).stream()
                        .map(offer -> offer(offer, currency))
                        .toList());
        members.put("hours_per_dollar", plain(config.get(Settings.HOURS_PER_DOLLAR)));
        members.put("currency", currency);
        Map<String, Object> custom = new LinkedHashMap<>();
        custom.put("minimum", plain(config.minimumHours()));
        custom.put("maximum", plain(config.maximumHours()));
        members.put("custom", custom);
        return members;
    }

    private static Map<String, Object> offer(PackageOffer offer, String currency) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", offer.id());
        members.put("name", offer.name());
        members.put("hours", plain(offer.hours()));
        members.put("price", plain(offer.price()));
        members.put("currency", currency);
        members.put(
                "price_per_hour",
                plain(offer.price().divide(offer.hours(), PRICE_PER_HOUR_SCALE, RoundingMode.HALF_UP)));
        return members;
    }

    /** Without trailing zeros and without an exponent. */
    private static BigDecimal plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
