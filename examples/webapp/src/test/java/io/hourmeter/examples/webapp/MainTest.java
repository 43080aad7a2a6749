package io.hourmeter.examples.webapp;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {

    @ParameterizedTest
    @CsvSource({
        "webapp.demo=true, stripe.secret.key=, stand-in",
        "webapp.demo=true, stripe.secret.key=sk_test_1, live",
        "webapp.demo=true, stripe.secret.key=rk_test_1, live",
        "webapp.demo=true, stripe.secret.key=sk_live_1, stand-in",
        "webapp.demo=false, stripe.secret.key=, live",
        "webapp.demo=false, stripe.secret.key=sk_live_1, live",
    })
    void onlyTheDemoWithoutATestKeyUsesTheStandIn(String demo, String key, String stripe) {
        assertThat(Main.config(demo, key).get(Settings.WEBAPP_STRIPE)).isEqualTo(stripe);
    }

    @Test
    void aDemoMovesMoneyOnlyWhenToldTo() {
        assertThat(Main.config("webapp.demo=true", "stripe.secret.key=sk_live_1", "webapp.stripe=live")
                        .get(Settings.WEBAPP_STRIPE))
                .isEqualTo("live");
    }
}
