package io.hourmeter.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrossFieldRulesTest {

    @ParameterizedTest
    @CsvSource({
        "1, '', 15m",
        "300, '', 15m",
        "301, '', 903",
        "1h, '', 3h",
        "8h, '', 24h",
        "9h, '', 24h",
        "12h, '', 24h",
        "5s, 10s, 10s",
        "300, 10m, 10m",
        "12h, 24h, 24h",
    })
    void leaseInEffect(String interval, String lease, String expected) {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.CHECK_INTERVAL, interval)
                .set(Settings.LEASE, lease)
                .build();
        assertThat(config.lease()).isEqualTo(DurationText.parse(expected));
        assertThat(config.lease())
                .isGreaterThanOrEqualTo(config.get(Settings.CHECK_INTERVAL).multipliedBy(2))
                .isBetween(Duration.ofSeconds(10), Duration.ofHours(24));
    }

    @Test
    void leaseBelowTwoCheckIntervalsIsRefused() {
        assertThatThrownBy(() -> MeteringConfig.builder()
                        .set(Settings.CHECK_INTERVAL, "300")
                        .set(Settings.LEASE, "599999ms")
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("usage.lease=599999ms (builder) does not go with usage.check.interval=300 (builder);"
                        + " allowed is a usage.lease of at least 2 x usage.check.interval");
    }

    @Test
    void anEmbeddedServerIsNoOlderOne() {
        assertThatThrownBy(() -> MeteringConfig.builder()
                        .set(Settings.SERVER_KIND, "older")
                        .set(Settings.SERVER_URL, "embedded")
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(
                        "license.server.kind=older (builder) does not go with license.server.url=embedded (builder)");
    }

    @Test
    void stripeKeysBesideAnOlderServerAreAWarning() {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.SERVER_KIND, "older")
                .set(Settings.STRIPE_SECRET_KEY, "sk_test_a")
                .set(Settings.STRIPE_PUBLISHABLE_KEY, "pk_test_a")
                .set(Settings.STRIPE_WEBHOOK_SECRET, "whsec_a")
                .build();

        assertThat(config.warnings())
                .singleElement()
                .asString()
                .contains("license.server.kind=older", "nothing can be bought");
    }

    @Test
    void minimumAboveMaximumIsRefused() {
        MeteringConfigBuilder builder = MeteringConfig.builder()
                .set(Settings.PAYMENT_MINIMUM_HOURS, "2")
                .set(Settings.PAYMENT_MAXIMUM_HOURS, "2.0");
        assertThat(builder.build().get(Settings.PAYMENT_MAXIMUM_HOURS)).isEqualByComparingTo("2");
        builder.set(Settings.PAYMENT_MAXIMUM_HOURS, "1.9");
        assertThatThrownBy(builder::build)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("payment.minimum.hours=2 (builder) does not go with payment.maximum.hours=1.9");
    }

    @ParameterizedTest
    @CsvSource({
        "sk_test_a, pk_test_b, true",
        "rk_test_a, pk_test_b, true",
        "sk_live_a, pk_live_b, true",
        "rk_live_a, pk_live_b, true",
        "sk_live_a, pk_test_b, false",
        "rk_test_a, pk_live_b, false",
        "sk_a, pk_live_b, true",
        "sk_live_a, '', true",
        "'', pk_live_a, true",
    })
    void stripeKeysHaveTheSameMode(String secret, String publishable, boolean allowed) {
        MeteringConfigBuilder builder = MeteringConfig.builder()
                .set(Settings.STRIPE_SECRET_KEY, secret)
                .set(Settings.STRIPE_PUBLISHABLE_KEY, publishable);
        if (allowed) {
            assertThat(builder.build().get(Settings.STRIPE_SECRET_KEY)).isEqualTo(secret);
        } else {
            assertThatThrownBy(builder::build)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageEndingWith("allowed is two keys of the same mode, test or live");
        }
    }

    @Test
    void missingPublishableKeyAndWebhookSecretAreWarnings() {
        MeteringConfigBuilder builder = MeteringConfig.builder().set(Settings.STRIPE_SECRET_KEY, "sk_test_a");
        assertThat(builder.build().warnings())
                .anyMatch(line -> line.startsWith("stripe.publishable.key is not set"))
                .anyMatch(line -> line.startsWith("stripe.webhook.secret is not set"))
                .hasSize(2);
        builder.set(Settings.STRIPE_PUBLISHABLE_KEY, "pk_test_a").set(Settings.STRIPE_WEBHOOK_SECRET, "whsec_a,b");
        assertThat(builder.build().warnings()).singleElement().asString().contains("does not begin with whsec_");
        builder.set(Settings.STRIPE_WEBHOOK_SECRET, "whsec_a,whsec_b");
        assertThat(builder.build().warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.0/8,0", "0.0.0.0/0,1", "'127.0.0.1, ::/0',1"})
    void trustingEverybodyAsAProxyIsWorthAWarning(String proxies, int warnings) {
        assertThat(MeteringConfig.builder()
                        .set(Settings.PROXY_TRUSTED, proxies)
                        .build()
                        .warnings())
                .filteredOn(warning -> warning.startsWith("proxy.trusted"))
                .hasSize(warnings);
    }
}
