package io.hourmeter.stripe;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.LicenseId;
import io.hourmeter.config.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookTest {

    @AutoClose
    private Shop shop;

    private StripeCheckout checkout;
    private LicenseId license;
    private Map<String, Object> session;

    @BeforeEach
    void open(@TempDir Path folder) {
        shop = new Shop(folder);
        checkout = shop.checkout();
        license = shop.licenseId();
        session = shop.stripe.session("cs_test_a", license, Shop.tenHours(checkout));
    }

    private Map<String, Object> completed() {
        return shop.stripe.event("evt_1", "checkout.session.completed", session);
    }

    private void assertHours(int hours) {
        assertThat(shop.balance(license).purchasedMillis()).isEqualTo(hours * 3_600_000L);
    }

    @Test
    void paidCheckoutIsCreditedOnceHoweverOftenItIsTold() {
        for (int i = 0; i < 3; i++) {
            assertThat(shop.webhook(checkout, completed())).isEqualTo(WebhookResult.HANDLED);
            assertHours(10);
        }
        assertThat(shop.webhook(
                        checkout, shop.stripe.event("evt_2", "checkout.session.async_payment_succeeded", session)))
                .isEqualTo(WebhookResult.HANDLED);
        assertHours(10);
        assertThat(shop.told).containsOnly(license);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {"2026-10-30.endive", "2026-07-29.dahlia", "2025-09-30.clover", "2019-02-11", "none", "''"})
    void versionOfTheEventDoesNotMatter(String version) {
        Map<String, Object> event = new LinkedHashMap<>(completed());
        event.put("api_version", version);
        assertThat(shop.webhook(checkout, event)).isEqualTo(WebhookResult.HANDLED);
        event.remove("api_version");
        assertThat(shop.webhook(checkout, event)).isEqualTo(WebhookResult.HANDLED);
        assertHours(10);
    }

    @Test
    void contentOfTheEventIsNotBelieved() {
        session.put("payment_status", "unpaid");
        Map<String, Object> lie = new LinkedHashMap<>(session);
        lie.put("payment_status", "paid");
        lie.put("amount_subtotal", 1);
        assertThat(shop.webhook(checkout, shop.stripe.event("evt_1", "checkout.session.completed", lie)))
                .isEqualTo(WebhookResult.HANDLED);
        assertHours(0);
    }

    @Test
    void localeOfTheMachineDoesNotMatter() {
        byte[] body = FakeStripe.json(completed());
        String header = FakeStripe.signature(body, FakeStripe.SECRET, shop.now.get());
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(checkout.webhook(body, header)).isEqualTo(WebhookResult.HANDLED);
        } finally {
            Locale.setDefault(before);
        }
        assertHours(10);
    }

    @Test
    void delayedPaymentIsCreditedWhenTheBankPays() {
        session.put("payment_status", "unpaid");
        assertThat(shop.webhook(checkout, completed())).isEqualTo(WebhookResult.HANDLED);
        assertHours(0);
        assertThat(checkout.fulfil("cs_test_a").state()).isEqualTo(Fulfilled.State.PENDING);
        session.put("payment_status", "paid");
        shop.webhook(checkout, shop.stripe.event("evt_2", "checkout.session.async_payment_succeeded", session));
        assertHours(10);
    }

    @Test
    void delayedPaymentThatFailsIsNotCredited() {
        session.put("payment_status", "unpaid");
        shop.webhook(checkout, completed());
        assertThat(shop.webhook(checkout, shop.stripe.event("evt_2", "checkout.session.async_payment_failed", session)))
                .isEqualTo(WebhookResult.HANDLED);
        assertHours(0);
    }

    @Test
    void eventOfTheOtherModeIsIgnored() {
        session.put("metadata", Map.of());
        Map<String, Object> event = new LinkedHashMap<>(completed());
        event.put("livemode", true);
        assertThat(shop.webhook(checkout, event)).isEqualTo(WebhookResult.IGNORED);
        assertHours(0);
    }

    @Test
    void sessionOfTheOtherModeIsRefused() {
        Map<String, Object> event = new LinkedHashMap<>(completed());
        event.put("livemode", true);
        try (StripeCheckout live = shop.checkout(settings -> settings.set(Settings.STRIPE_SECRET_KEY, "rk_live_1"))) {
            assertThat(shop.webhook(live, event)).isEqualTo(WebhookResult.HANDLED); // its session is of test mode
            assertThat(live.fulfil("cs_test_a").state()).isEqualTo(Fulfilled.State.REFUSED);
        }
        assertHours(0);
    }

    @Test
    void foreignSessionsAndUnknownOnesAreNotOurs() {
        Map<String, Object> foreign = new LinkedHashMap<>(session);
        foreign.put("id", "cs_test_f");
        foreign.put("metadata", Map.of("order", "7"));
        shop.stripe.sessions.put("cs_test_f", foreign);
        assertThat(shop.webhook(checkout, shop.stripe.event("evt_f", "checkout.session.completed", foreign)))
                .isEqualTo(WebhookResult.IGNORED);
        assertThat(shop.webhook(
                        checkout,
                        shop.stripe.event("evt_u", "checkout.session.completed", Map.of("id", "cs_test_unknown"))))
                .isEqualTo(WebhookResult.IGNORED);
        assertThat(shop.webhook(checkout, shop.stripe.event("evt_x", "invoice.paid", Map.of("id", "in_1"))))
                .isEqualTo(WebhookResult.IGNORED);
        assertThat(shop.webhook(checkout, shop.stripe.event("evt_y", "checkout.session.completed", Map.of())))
                .isEqualTo(WebhookResult.IGNORED);
    }

    @Test
    void licenseServerThatIsAwayForAWhileLosesNothing() {
        for (Shop.Outage outage : List.of(Shop.Outage.BEFORE, Shop.Outage.AFTER)) {
            shop.outage = outage;
            for (int retry = 0; retry < 3; retry++) {
                assertThatThrownBy(() -> shop.webhook(checkout, completed()))
                        .isInstanceOfSatisfying(
                                PaymentException.class,
                                e -> assertThat(e.reason())
                                        .isEqualTo(PaymentException.Reason.LICENSE_SERVER_UNAVAILABLE));
            }
        }
        shop.outage = Shop.Outage.NONE;
        assertThat(shop.webhook(checkout, completed())).isEqualTo(WebhookResult.HANDLED);
        assertHours(10);
    }

    @Test
    void stripeThatIsAwayMakesItComeAgain() {
        shop.stripe.server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
        assertThatThrownBy(() -> shop.webhook(checkout, completed()))
                .isInstanceOfSatisfying(
                        PaymentException.class,
                        e -> assertThat(e.reason().status()).isEqualTo(503));
        shop.stripe.healthy();
        assertThat(shop.webhook(checkout, completed())).isEqualTo(WebhookResult.HANDLED);
        assertHours(10);
    }

    @Test
    void withoutASecretNothingIsAccepted() {
        try (StripeCheckout none = shop.checkout(settings -> settings.set(Settings.STRIPE_WEBHOOK_SECRET, ""))) {
            assertThat(shop.webhook(none, completed())).isEqualTo(WebhookResult.NOT_CONFIGURED);
        }
        assertHours(0);
    }

    @Test
    void unsignedAndWronglySignedAreRefused() {
        byte[] body = FakeStripe.json(completed());
        long now = shop.now.get();
        assertThat(checkout.webhook(body, null)).isEqualTo(WebhookResult.BAD_SIGNATURE);
        assertThat(checkout.webhook(body, FakeStripe.signature(body, "whsec_other", now)))
                .isEqualTo(WebhookResult.BAD_SIGNATURE);
        assertThat(checkout.webhook(body, FakeStripe.signature(body, FakeStripe.SECRET, now - 301)))
                .isEqualTo(WebhookResult.BAD_SIGNATURE);
        assertHours(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "[]",
                "{}",
                "\"event\"",
                "1",
                "{",
                "<html>",
                "{\"object\":\"list\"}",
                "{\"object\":1}",
                "{\"object\":{\"object\":\"event\"}}",
                "{\"object\":\"v2.core.event\",\"id\":\"evt_1\",\"type\":\"v1.billing.meter.error_report_triggered\"}",
            })
    void signedJunkIsUnreadable(String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        assertThat(checkout.webhook(body, FakeStripe.signature(body, FakeStripe.SECRET, shop.now.get())))
                .isEqualTo(WebhookResult.UNREADABLE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"object\":\"event\"}",
                "{\"object\":\"event\",\"type\":null,\"data\":null}",
                "{\"object\":\"event\",\"type\":\"checkout.session.completed\"}",
                "{\"object\":\"event\",\"type\":\"checkout.session.completed\",\"data\":{\"object\":[]}}",
                "{\"object\":\"event\",\"type\":\"checkout.session.completed\",\"data\":{\"object\":{\"id\":7}}}",
                "{\"object\":\"event\",\"type\":\"checkout.session.completed\",\"data\":{\"object\":{\"id\":\"../v1/x\"}}}",
                "{\"object\":\"event\",\"type\":\"refund.created\",\"data\":{\"object\":{\"payment_intent\":null}}}",
                "{\"object\":\"event\",\"type\":\"refund.created\",\"data\":{\"object\":{\"payment_intent\":\"\"}}}",
                "{\"object\":\"event\",\"type\":\"charge.dispute.created\",\"data\":{\"object\":{\"id\":\"\"}}}",
                "{\"object\":\"event\",\"type\":\"charge.dispute.created\",\"data\":{\"object\":{\"id\":\"du_unknown\"}}}",
            })
    void signedEventAboutNothingOfOursIsIgnored(String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        assertThat(checkout.webhook(body, FakeStripe.signature(body, FakeStripe.SECRET, shop.now.get())))
                .isEqualTo(WebhookResult.IGNORED);
    }
}
