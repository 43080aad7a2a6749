package io.hourmeter.config;

import io.hourmeter.usage.Billing;
import io.hourmeter.usage.OutagePolicy;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/** How the text of a setting becomes a value. Each throws IllegalArgumentException when the text is not allowed. */
final class Parsers {

    private Parsers() {}

    static String serverUrl(String text) {
        return text;
    }

    static String text(String text) {
        return text;
    }

    static Duration positiveDuration(String text) {
        throw new UnsupportedOperationException(text);
    }

    static Duration atLeastOneSecond(String text) {
        throw new UnsupportedOperationException(text);
    }

    static Duration zeroOrAtLeastOneSecond(String text) {
        throw new UnsupportedOperationException(text);
    }

    static Duration duration(String text) {
        throw new UnsupportedOperationException(text);
    }

    static Billing billing(String text) {
        throw new UnsupportedOperationException(text);
    }

    static Optional<Duration> lease(String text) {
        throw new UnsupportedOperationException(text);
    }

    static OutagePolicy outagePolicy(String text) {
        throw new UnsupportedOperationException(text);
    }

    static Duration grace(String text) {
        throw new UnsupportedOperationException(text);
    }

    static Boolean flag(String text) {
        throw new UnsupportedOperationException(text);
    }

    static String headerName(String text) {
        return text;
    }

    static List<String> paths(String text) {
        throw new UnsupportedOperationException(text);
    }

    static String page(String text) {
        return text;
    }

    static String stripeSecretKey(String text) {
        return text;
    }

    static String stripePublishableKey(String text) {
        return text;
    }

    static List<String> secrets(String text) {
        throw new UnsupportedOperationException(text);
    }

    static String optionalUrl(String text) {
        return text;
    }

    static BigDecimal positiveDecimal(String text) {
        throw new UnsupportedOperationException(text);
    }

    static String currency(String text) {
        return text;
    }

    static List<PackageOffer> packages(String text) {
        throw new UnsupportedOperationException(text);
    }

    static Integer port(String text) {
        throw new UnsupportedOperationException(text);
    }

    static String database(String text) {
        return text;
    }

    static String keyPrefix(String text) {
        return text;
    }

    static Optional<Integer> days(String text) {
        throw new UnsupportedOperationException(text);
    }

    static ZoneId zone(String text) {
        throw new UnsupportedOperationException(text);
    }

    static String webappStripe(String text) {
        return text;
    }
}
