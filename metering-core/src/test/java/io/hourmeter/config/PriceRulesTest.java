package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceRulesTest {

    private static MeteringConfigBuilder selling(String currency, String ratio, String packages) {
        return MeteringConfig.builder()
                .set(Settings.PAYMENT_CURRENCY, currency)
                .set(Settings.HOURS_PER_DOLLAR, ratio)
                .set(Settings.PAYMENT_PACKAGES, packages);
    }

    private static void assertStops(MeteringConfigBuilder builder, String line) {
        assertThatThrownBy(builder::build)
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(line)
                .hasNoCause();
    }

    @Test
    void currencyThatTheDefaultPackagesDoNotFitStopsTheStartWithOneLine() {
        assertStops(
                MeteringConfig.builder().environment(Map.of("PAYMENT_CURRENCY", "jpy")),
                "payment.currency=jpy (environment variable PAYMENT_CURRENCY) does not go with"
                        + " payment.packages=small:5:25, medium:10:45, large:20:80, xlarge:50:180 (default); allowed is a"
                        + " price of 50 to 99999999 jpy without decimals for each package, and small costs 25");
    }

    @ParameterizedTest
    @CsvSource({
        "usd, a:1:25.005, 0.50 to 999999.99 usd with at most 2 decimals, 25.005",
        "usd, a:1:0.49, 0.50 to 999999.99 usd with at most 2 decimals, 0.49",
        "usd, a:1:1000000, 0.50 to 999999.99 usd with at most 2 decimals, 1000000",
        "jpy, a:1:500.5, 50 to 99999999 jpy without decimals, 500.5",
        "isk, a:1:500.5, 1 to 999999 isk without decimals, 500.5",
        "kwd, a:1:1.234, 0.01 to 99999.99 kwd with at most 2 decimals, 1.234",
    })
    void packageThatCannotBePaidStopsTheStart(String currency, String packages, String allowed, String price) {
        assertStops(
                selling(currency, "0.2", packages),
                "payment.packages=" + packages + " (builder) does not go with payment.currency=" + currency
                        + " (builder); allowed is a price of " + allowed + " for each package, and a costs " + price);
    }

    @ParameterizedTest
    @CsvSource({
        "jpy, 0.002, a:1:500.0",
        "jpy, 0.002, a:1:50",
        "isk, 0.002, a:1:500",
        "kwd, 0.2, a:1:1.230",
        "usd, 0.2, a:1:999999.99",
        "usd, 0.2, ''",
    })
    void priceThatCanBePaidIsAllowed(String currency, String ratio, String packages) {
        assertThat(selling(currency, ratio, packages).build().get(Settings.PAYMENT_CURRENCY))
                .isEqualTo(currency);
    }

    @Test
    void boundThatCannotBePaidStopsTheStart() {
        assertStops(
                selling("usd", "0.2", "").set(Settings.PAYMENT_MINIMUM_HOURS, "0.09"),
                "payment.minimum.hours=0.09 (builder) does not go with hours.per.dollar=0.2 (builder); allowed is from 0.1"
                        + " hours, since 0.09 cost 0.45 and 0.50 to 999999.99 usd with at most 2 decimals can be paid");
        assertStops(
                selling("usd", "0.0005", "").set(Settings.PAYMENT_MAXIMUM_HOURS, "500"),
                "payment.maximum.hours=500 (builder) does not go with hours.per.dollar=0.0005 (builder); allowed is up to"
                        + " 499.999995 hours, since 500 cost 1000000.00 and 0.50 to 999999.99 usd with at most 2 decimals"
                        + " can be paid");
    }

    @ParameterizedTest
    @CsvSource({
        "usd, 0.2, 0.5, 1000",
        "usd, 2, 1, 1000",
        "usd, 0.0005, 0.5, 499.999995",
        "jpy, 0.2, 10, 1000",
        "vnd, 0.00001, 0.5, 999.99999",
        "kwd, 0.2, 0.5, 1000",
    })
    void defaultBoundsGiveWayToWhatCanBePaid(String currency, String ratio, BigDecimal least, BigDecimal most) {
        MeteringConfig config = selling(currency, ratio, "").build();
        assertThat(config.minimumHours()).isEqualByComparingTo(least);
        assertThat(config.maximumHours()).isEqualByComparingTo(most);
    }

    @Test
    void ratioByWhichNothingCanBePaidStopsTheStart() {
        assertStops(
                selling("usd", "1000000", ""),
                "hours.per.dollar=1000000 (builder) does not go with payment.maximum.hours=1000 (default); allowed is a"
                        + " ratio by which some of these hours cost 0.50 to 999999.99 usd with at most 2 decimals");
        assertStops(
                selling("usd", "0.0000000001", ""),
                "hours.per.dollar=0.0000000001 (builder) does not go with payment.minimum.hours=0.5 (default); allowed is"
                        + " a ratio by which some of these hours cost 0.50 to 999999.99 usd with at most 2 decimals");
    }

    @Test
    void customHoursThatAreCheaperThanEveryPackageAreAskedAbout() {
        assertThat(selling("jpy", "0.2", "a:5:2500, b:10:4500").build().warnings())
                .singleElement()
                .isEqualTo("Each package is dearer than as many custom hours, of which one costs 5 jpy by"
                        + " hours.per.dollar: is that meant?");
        assertThat(selling("jpy", "0.002", "a:5:2500, b:10:4500").build().warnings())
                .isEmpty();
    }

    @Test
    void currencyThatNobodyKnowsIsAWarning() {
        assertThat(selling("zzz", "0.2", "").build().warnings())
                .singleElement()
                .asString()
                .startsWith("payment.currency=zzz is no currency that this Java knows");
    }

    /** Whatever the settings are, they are read or refused in one line: nothing is left for the first customer. */
    @ParameterizedTest
    @CsvSource({
        "usd, 0.2", "usd, 1000000", "usd, 0.0000000001", "jpy, 0.2", "jpy, 1000000", "jpy, 0.0000000001", "huf, 0.002",
        "kwd, 7", "kwd, 1000000", "isk, 0.0003", "ugx, 0.00003", "mga, 0.001", "zzz, 3", "bhd, 0.0000000001",
    })
    void anyCombinationIsReadOrRefusedInOneLine(String currency, String ratio) {
        for (String packages : new String[] {"", "a:1:0.001", "a:0.0000002:50", "a:1000000:500", "a:1:999999999"}) {
            for (String bound : new String[] {"0.0000002", "0.3333333333", "1000000"}) {
                MeteringConfigBuilder builder = selling(currency, ratio, packages)
                        .set(Settings.PAYMENT_MINIMUM_HOURS, "0.0000002")
                        .set(Settings.PAYMENT_MAXIMUM_HOURS, bound);
                try {
                    builder.build();
                } catch (ConfigurationException refused) {
                    assertThat(refused.getMessage().lines()).hasSize(1);
                }
            }
        }
    }
}
