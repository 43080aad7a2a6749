package io.hourmeter.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.Currencies;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PricesTest {

    private static Prices prices(String currency, String hoursPerUnit) {
        return new Prices(MeteringConfig.builder()
                .set(Settings.PAYMENT_CURRENCY, currency)
                .set(Settings.HOURS_PER_DOLLAR, hoursPerUnit)
                .set(Settings.PAYMENT_PACKAGES, "")
                .build());
    }

    private static Prices defaults() {
        return new Prices(MeteringConfig.builder().build());
    }

    @ParameterizedTest
    @CsvSource({
        "usd, 0.2, 1, 500, 5.00",
        "usd, 0.2, 7.5, 3750, 37.50",
        "usd, 0.3, 1, 333, 3.33",
        "usd, 0.3, 2, 667, 6.67",
        "usd, 3, 2.015, 67, 0.67",
        "eur, 0.2, 10, 5000, 50.00",
        "jpy, 0.002, 1, 500, 500",
        "jpy, 0.003, 1, 333, 333",
        "krw, 0.001, 1.5, 1500, 1500",
        "mga, 0.0003, 1, 3333, 3333",
        "isk, 0.002, 1, 50000, 500",
        "isk, 0.003, 1, 33300, 333",
        "ugx, 0.0003, 1, 333300, 3333",
        "kwd, 2, 1, 500, 0.50",
        "kwd, 0.3, 1, 3330, 3.33",
        "bhd, 0.7, 1, 1430, 1.43",
        "tnd, 0.3, 2, 6670, 6.67",
        "huf, 0.003, 1, 33333, 333.33",
        "twd, 0.03, 1, 3333, 33.33",
        "iqd, 0.0007, 1, 142857, 1428.57",
    })
    void customHoursCostWhatTheCurrencyCanCharge(
            String currency, String ratio, BigDecimal hours, long amount, BigDecimal price) {
        Quote quote = prices(currency, ratio).quote(hours, null);
        assertThat(quote.amount()).isEqualTo(amount);
        assertThat(quote.price()).isEqualTo(price);
        assertThat(quote.currency()).isEqualTo(currency);
        assertThat(quote.packageId()).isNull();
    }

    /** The exact price lies at most half a chargeable unit away, and the unit is one that Stripe takes. */
    @ParameterizedTest
    @ValueSource(strings = {"usd", "jpy", "isk", "ugx", "kwd", "mga", "lyd"})
    void priceIsTheNearestChargeableOne(String currency) {
        SplittableRandom random = new SplittableRandom(71);
        int quoted = 0;
        int step = BigInteger.TEN
                .pow(Currencies.decimals(currency) - Currencies.priceDecimals(currency))
                .intValueExact();
        for (int i = 0; i < 2_000; i++) {
            BigDecimal ratio = BigDecimal.valueOf(1 + random.nextInt(5_000), 4);
            BigDecimal hours = BigDecimal.valueOf(1_000 + random.nextInt(1_000_000), 3);
            Prices prices = prices(currency, ratio.toPlainString());
            if (hours.compareTo(prices.minimumHours()) < 0 || hours.compareTo(prices.maximumHours()) > 0) {
                continue;
            }
            Quote quote = prices.quote(hours, null);
            quoted++;
            assertThat(quote.amount() % step).isZero();
            BigDecimal exact =
                    hours.movePointRight(Currencies.decimals(currency)).divide(ratio, 20, RoundingMode.HALF_UP);
            assertThat(exact.subtract(BigDecimal.valueOf(quote.amount())).abs())
                    .as("%s hours at %s", hours, ratio)
                    .isLessThanOrEqualTo(BigDecimal.valueOf(step).divide(BigDecimal.valueOf(2)));
        }
        assertThat(quoted).isGreaterThan(200);
    }

    @Test
    void packageDecidesAndHoursBesideItMustAgree() {
        Prices prices = defaults();
        Quote medium = prices.quote(null, "medium");
        assertThat(medium)
                .isEqualTo(new Quote(new BigDecimal("10"), 36_000_000, 4500, "usd", "medium", "10 hours of Access"));
        assertThat(prices.quote(new BigDecimal("10.00"), "medium")).isEqualTo(medium);
        assertThatThrownBy(() -> prices.quote(new BigDecimal("11"), "medium"))
                .isInstanceOfSatisfying(
                        PaymentException.class,
                        e -> assertThat(e.reason()).isEqualTo(PaymentException.Reason.PACKAGE_HOURS_DIFFER))
                .hasMessageContaining("has 10");
        assertThat(prices.packages().keySet()).containsExactly("small", "medium", "large", "xlarge");
    }

    @Test
    void emptyPackageIdMeansCustomHours() {
        assertThat(defaults().quote(BigDecimal.ONE, "").amount()).isEqualTo(500);
        assertThat(defaults().quote(BigDecimal.ONE, "").title()).isEqualTo("1 hour of Access");
        assertThat(defaults().quote(new BigDecimal("1.50"), null).title()).isEqualTo("1.5 hours of Access");
    }

    @ParameterizedTest
    @CsvSource({
        ", , ORDER_EMPTY",
        ", '', ORDER_EMPTY",
        ", none, PACKAGE_UNKNOWN",
        ", Medium, PACKAGE_UNKNOWN",
        "0.4999, , HOURS_OUT_OF_RANGE",
        "0, , HOURS_OUT_OF_RANGE",
        "-1, , HOURS_OUT_OF_RANGE",
        "-1e400, , HOURS_OUT_OF_RANGE",
        "1000.0001, , HOURS_OUT_OF_RANGE",
        "1e400, , HOURS_OUT_OF_RANGE",
        "1e-400, , HOURS_OUT_OF_RANGE",
        "1e400, medium, PACKAGE_HOURS_DIFFER",
    })
    void ordersThatAreNotSoldAreRefused(BigDecimal hours, String packageId, PaymentException.Reason reason) {
        assertThatThrownBy(() -> defaults().quote(hours, packageId))
                .isInstanceOfSatisfying(
                        PaymentException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    /** What programs write for a double, and what it credits and costs. */
    @ParameterizedTest
    @CsvSource({
        "1.1400000000000001, 1.14, 4104000, 570",
        "1.13999999999999990230037, 1.14, 4104000, 570",
        "0.30000000000000004e1, 3, 10800000, 1500",
        "0.49999999999999994, 0.5, 1800000, 250",
        "1000.0000000000001, 1000, 3600000000, 500000",
        "0.9999998611, 0.9999997222, 3599999, 500",
        "0.99999986111111111112, 1, 3600000, 500",
    })
    void hoursAreRoundedToMillisecondsAsOnTheLicenseServer(
            BigDecimal given, BigDecimal hours, long millis, long amount) {
        Quote quote = defaults().quote(given, null);
        assertThat(quote.hours()).isEqualByComparingTo(hours);
        assertThat(quote.millis()).isEqualTo(millis);
        assertThat(quote.amount()).isEqualTo(amount);
    }

    @Test
    void hoursBesideAPackageAreRoundedToo() {
        assertThat(defaults()
                        .quote(new BigDecimal("10.000000000000002"), "medium")
                        .amount())
                .isEqualTo(4500);
    }

    @Test
    void boundsThatAreNoWholeMillisecondsIncludeThemselves() {
        Prices prices = new Prices(MeteringConfig.builder()
                .set(Settings.PAYMENT_MINIMUM_HOURS, "0.333333")
                .set(Settings.PAYMENT_MAXIMUM_HOURS, "0.6666669")
                .build());
        assertThat(prices.quote(new BigDecimal("0.333333"), null).millis()).isEqualTo(1_199_999);
        assertThat(prices.quote(new BigDecimal("0.6666669"), null).millis()).isEqualTo(2_400_001);
    }

    @ParameterizedTest
    @CsvSource({
        "usd, 2, 1, 1000",
        "usd, 0.0005, 0.5, 499.999995",
        "gbp, 3, 0.9, 1000",
        "jpy, 0.16, 8, 1000",
        "huf, 0.16, 28, 1000",
    })
    void boundsAreWhatCanBePaid(String currency, String ratio, BigDecimal least, BigDecimal most) {
        Prices prices = prices(currency, ratio);
        assertThat(prices.minimumHours()).isEqualByComparingTo(least);
        assertThat(prices.maximumHours()).isEqualByComparingTo(most);
        assertThat(prices.quote(least, null).amount()).isGreaterThanOrEqualTo(Currencies.least(currency));
        assertThat(prices.quote(most, null).price()).isLessThanOrEqualTo(Currencies.most(currency));
        BigDecimal little = new BigDecimal("0.000001");
        for (BigDecimal beyond : List.of(least.subtract(little), most.add(little))) {
            assertThatThrownBy(() -> prices.quote(beyond, null))
                    .isInstanceOfSatisfying(
                            PaymentException.class,
                            e -> assertThat(e.reason()).isEqualTo(PaymentException.Reason.HOURS_OUT_OF_RANGE))
                    .hasMessageContaining("hours must be from ");
        }
    }

    /** Settings that are read are settings that sell: nothing is left for the first customer to find. */
    @ParameterizedTest
    @ValueSource(strings = {"usd", "gbp", "jpy", "huf", "kwd", "isk", "ugx", "mga", "zzz"})
    void whateverTheSettingsAllowIsForSale(String currency) {
        int read = 0;
        for (String ratio : List.of("0.0000000001", "0.00003", "0.2", "0.3333333333", "7", "90000", "1000000")) {
            for (String packages : List.of("", "a:1:0.5", "a:0.3333333333:50, b:1000000:500", "a:1:999999.99")) {
                for (String bounds : List.of(" ", "0.1 ", "0.0000002 0.3333333333", " 1000000", "27 27")) {
                    MeteringConfigBuilder builder = MeteringConfig.builder()
                            .set(Settings.PAYMENT_CURRENCY, currency)
                            .set(Settings.HOURS_PER_DOLLAR, ratio)
                            .set(Settings.PAYMENT_PACKAGES, packages);
                    String[] pair = bounds.split(" ", -1);
                    MeteringConfig config;
                    try {
                        if (!pair[0].isEmpty()) {
                            builder.set(Settings.PAYMENT_MINIMUM_HOURS, pair[0]);
                        }
                        if (!pair[1].isEmpty()) {
                            builder.set(Settings.PAYMENT_MAXIMUM_HOURS, pair[1]);
                        }
                        config = builder.build();
                    } catch (ConfigurationException refused) {
                        continue;
                    }
                    read++;
                    Prices prices = new Prices(config);
                    List<Quote> quotes = new ArrayList<>(prices.packages().values());
                    quotes.add(prices.quote(prices.minimumHours(), null));
                    quotes.add(prices.quote(prices.maximumHours(), null));
                    assertThat(quotes).allMatch(quote -> Currencies.canCharge(quote.price(), currency));
                }
            }
        }
        assertThat(read).isGreaterThan(10);
    }

    @Test
    void pricesAreTheSameInEveryLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(defaults().quote(new BigDecimal("7.5"), null))
                    .isEqualTo(new Quote(new BigDecimal("7.5"), 27_000_000, 3750, "usd", null, "7.5 hours of Access"));
        } finally {
            Locale.setDefault(before);
        }
    }
}
