package io.hourmeter.stripe;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.LicenseId;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ReconcilerTest {

    private static final long TEN_HOURS = 36_000_000;

    @AutoClose
    private Shop shop;

    private StripeCheckout checkout;
    private LicenseId license;

    @BeforeEach
    void open(@TempDir Path folder) {
        shop = new Shop(folder);
        checkout = shop.checkout();
        license = shop.licenseId();
    }

    private Map<String, Object> session(String id) {
        return shop.stripe.session(id, license, Shop.tenHours(checkout));
    }

    private long purchased() {
        return shop.balance(license).purchasedMillis();
    }

    @Test
    void paidCheckoutsWhoseWebhookNeverCameAreCredited() {
        for (int i = 0; i < 7; i++) {
            session("cs_test_" + i);
        }
        session("cs_test_pending").put("payment_status", "unpaid");
        session("cs_test_foreign").put("metadata", Map.of());
        assertThat(checkout.reconcile()).isEqualTo(7);
        assertThat(purchased()).isEqualTo(7 * TEN_HOURS);
        assertThat(shop.told).hasSize(7).containsOnly(license);
        shop.stripe.sessions.get("cs_test_pending").put("payment_status", "paid");
        assertThat(checkout.reconcile()).isEqualTo(1);
        assertThat(purchased()).isEqualTo(8 * TEN_HOURS);
    }

    @Test
    void runWithNothingToDoWritesNothing() {
        session("cs_test_a");
        shop.stripe.refund("re_1", "cs_test_a", 1000, "succeeded");
        shop.stripe.dispute("du_1", "cs_test_a", 500, "needs_response");
        checkout.reconcile();
        List<String> before = shop.dump();
        shop.outage = Shop.Outage.BEFORE; // the license server is not even asked
        assertThat(checkout.reconcile()).isZero();
        shop.outage = Shop.Outage.NONE;
        try (StripeCheckout restarted = shop.checkout()) {
            assertThat(restarted.reconcile()).isZero();
        }
        assertThat(shop.dump()).isEqualTo(before);
    }

    @Test
    void refundsAndDisputesThatNobodyToldOfAreSettled() {
        session("cs_test_a");
        shop.stripe.refund("re_1", "cs_test_a", 1000, "succeeded");
        shop.stripe.dispute("du_1", "cs_test_a", 500, "needs_response");
        checkout.reconcile();
        assertThat(purchased()).isEqualTo(TEN_HOURS / 50 * 35);
        shop.stripe.refund("re_1", "cs_test_a", 1000, "failed");
        shop.stripe.dispute("du_1", "cs_test_a", 500, "won");
        checkout.reconcile();
        assertThat(purchased()).isEqualTo(TEN_HOURS);
    }

    @Test
    void requestsAreAsciiInEveryLocale() {
        session("cs_test_a");
        shop.stripe.refund("re_1", "cs_test_a", 1000, "succeeded");
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(checkout.reconcile()).isEqualTo(1);
        } finally {
            Locale.setDefault(before);
        }
        assertThat(purchased()).isEqualTo(TEN_HOURS / 5 * 4);
        assertThat(shop.stripe.server.getAllServeEvents())
                .extracting(event -> URLDecoder.decode(event.getRequest().getUrl(), StandardCharsets.UTF_8))
                .allMatch(url -> url.matches("\\p{ASCII}+"))
                .anyMatch(url -> url.contains("types[0]=checkout.session.completed"));
    }

    @Test
    void undeliveredEventsAreHandled() {
        Map<String, Object> old = session("cs_test_old");
        old.put("created", FakeStripe.CREATED - Duration.ofDays(40).toSeconds()); // beyond every listing of checkouts
        shop.stripe.events.put("evt_1", shop.stripe.event("evt_1", "checkout.session.async_payment_succeeded", old));
        checkout.reconcile();
        assertThat(purchased()).isEqualTo(TEN_HOURS);
        shop.stripe.server.verify(
                getRequestedFor(urlPathEqualTo("/v1/events")).withQueryParam("delivery_success", equalTo("false")));
    }

    @Test
    void checkoutPaidLateIsFoundByTheDailyLookAtThirtyDays() {
        Map<String, Object> late = session("cs_test_late");
        late.put("payment_status", "unpaid");
        checkout.reconcile();
        shop.now.addAndGet(Duration.ofDays(3).toSeconds());
        late.put("payment_status", "paid");
        assertThat(checkout.reconcile()).isEqualTo(1);
        assertThat(purchased()).isEqualTo(TEN_HOURS);
    }

    @Test
    void failureEndsTheRunAndTheNextOneGoesOn() {
        session("cs_test_a");
        session("cs_test_b");
        shop.outage = Shop.Outage.BEFORE;
        assertThatThrownBy(() -> checkout.reconcile()).isInstanceOf(PaymentException.class);
        shop.outage = Shop.Outage.NONE;
        shop.stripe.server.stubFor(
                get(urlPathEqualTo("/v1/refunds")).willReturn(aResponse().withStatus(500)));
        assertThatThrownBy(() -> checkout.reconcile()).isInstanceOf(PaymentException.class);
        assertThat(purchased()).isEqualTo(2 * TEN_HOURS);
        shop.stripe.healthy();
        assertThat(checkout.reconcile()).isZero();
    }

    @Test
    void objectThatCannotBeSettledDoesNotHoldUpTheOthers() {
        session("cs_test_a");
        shop.stripe.dispute("du_bad", "cs_test_a", 500, "needs_response");
        shop.stripe.server.stubFor(get(urlPathEqualTo("/v1/disputes/du_bad"))
                .willReturn(aResponse().withStatus(400).withBody("{\"error\":{\"type\":\"invalid_request_error\"}}")));
        shop.stripe.events.put("evt_1", shop.stripe.event("evt_1", "checkout.session.completed", session("cs_test_b")));
        assertThat(checkout.reconcile()).isEqualTo(2);
    }

    /** As with a restricted key that lacks one right. */
    @Test
    void listThatStripeRefusesDoesNotHoldUpTheOthers() {
        session("cs_test_a");
        shop.stripe.dispute("du_1", "cs_test_a", 500, "needs_response");
        shop.stripe.server.stubFor(get(urlPathEqualTo("/v1/refunds"))
                .willReturn(aResponse().withStatus(403).withBody("{\"error\":{\"type\":\"invalid_request_error\"}}")));
        assertThatThrownBy(() -> checkout.reconcile())
                .isInstanceOfSatisfying(
                        PaymentException.class,
                        e -> assertThat(e.reason()).isEqualTo(PaymentException.Reason.STRIPE_REFUSED))
                .hasMessageContaining("lacks a right");
        assertThat(purchased()).isEqualTo(TEN_HOURS / 10 * 9);
    }

    @Test
    void clockThatWasYearsAheadForAMomentHoldsUpNothing() {
        shop.now.addAndGet(Duration.ofDays(2_000).toSeconds());
        checkout.reconcile();
        shop.now.addAndGet(-Duration.ofDays(2_000).toSeconds());
        session("cs_test_a")
                .put("created", FakeStripe.CREATED - Duration.ofDays(20).toSeconds());
        assertThat(checkout.reconcile()).isEqualTo(1);
    }

    @Test
    @Timeout(30)
    void startLooksAtOnceAndCloseEndsIt() throws InterruptedException {
        session("cs_test_a");
        checkout.start();
        while (shop.told.isEmpty()) {
            Thread.onSpinWait();
        }
        checkout.close();
        checkout.close();
        assertThat(purchased()).isEqualTo(TEN_HOURS);
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("hourmeter-reconciler")) {
                thread.join(); // its work is over; a thread dies a moment after its executor
            }
        }
        assertThat(List.copyOf(shop.told)).containsExactly(license);
    }
}
