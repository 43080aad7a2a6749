package io.hourmeter.stripe;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import io.hourmeter.LicenseId;
import io.hourmeter.Reversal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten hours for 5000 cents, so one cent is 7200 ms. */
class ReversalsTest {

    private static final String SESSION = "cs_test_a";
    private static final long CENT = 7_200;

    @AutoClose
    private Shop shop;

    private StripeCheckout checkout;
    private LicenseId license;

    @BeforeEach
    void open(@TempDir Path folder) {
        shop = new Shop(folder);
        checkout = shop.checkout();
        license = shop.licenseId();
        shop.stripe.session(SESSION, license, Shop.tenHours(checkout));
    }

    private WebhookResult refunded(String id, long amount, String status, String type) {
        shop.stripe.refund(id, SESSION, amount, status);
        return shop.webhook(checkout, shop.stripe.event("evt_" + id, type, shop.stripe.refunds.get(id)));
    }

    /** A second later each time, as Stripe's clock goes. */
    private WebhookResult disputed(String id, long amount, String status, String type) {
        shop.now.incrementAndGet();
        shop.stripe.dispute(id, SESSION, amount, status);
        return shop.webhook(checkout, shop.stripe.event("evt_" + id, type, shop.stripe.disputes.get(id)));
    }

    private void assertCents(long cents) {
        assertThat(shop.balance(license).purchasedMillis()).isEqualTo(cents * CENT);
    }

    @Test
    void fullRefundTakesAllOfIt() {
        checkout.fulfil(SESSION);
        assertCents(5000);
        assertThat(refunded("re_1", 5000, "succeeded", "refund.created")).isEqualTo(WebhookResult.HANDLED);
        assertCents(0);
        for (String type : List.of("refund.updated", "charge.refund.updated", "refund.created")) {
            refunded("re_1", 5000, "succeeded", type);
            assertCents(0);
        }
    }

    @Test
    void chargeRefundedIsOnlyANudge() {
        checkout.fulfil(SESSION);
        shop.stripe.refund("re_1", SESSION, 1000, "succeeded");
        shop.stripe.refund("re_2", SESSION, 500, "succeeded");
        Map<String, Object> charge = Map.of(
                "id",
                "ch_1",
                "object",
                "charge",
                "payment_intent",
                FakeStripe.paymentOf(SESSION),
                "amount_refunded",
                1500);
        for (int i = 0; i < 3; i++) {
            assertThat(shop.webhook(checkout, shop.stripe.event("evt_c" + i, "charge.refunded", charge)))
                    .isEqualTo(WebhookResult.HANDLED);
            assertCents(3500);
        }
    }

    @Test
    void twoPartialRefundsOfWhichOneFailsLater() {
        checkout.fulfil(SESSION);
        refunded("re_1", 1234, "succeeded", "refund.created");
        assertCents(3766);
        refunded("re_2", 1000, "succeeded", "refund.created");
        assertCents(2766);
        refunded("re_1", 1234, "failed", "refund.failed");
        assertCents(4000);
        refunded("re_1", 1234, "succeeded", "refund.updated"); // late news of an earlier state
        assertCents(4000);
    }

    @ParameterizedTest
    @CsvSource({
        "pending, 5000",
        "requires_action, 5000",
        "succeeded, 0",
        "failed, 5000",
        "canceled, 5000",
        "new_status, 5000"
    })
    void onlyASucceededRefundTakesHours(String status, long left) {
        checkout.fulfil(SESSION);
        assertThat(refunded("re_1", 5000, status, "refund.created")).isEqualTo(WebhookResult.HANDLED);
        assertCents(left);
    }

    @Test
    void threeThirdsTakeExactlyAll() {
        checkout.fulfil(SESSION);
        refunded("re_1", 1667, "succeeded", "refund.created");
        refunded("re_2", 1667, "succeeded", "refund.created");
        refunded("re_3", 1666, "succeeded", "refund.created");
        assertCents(0);
    }

    @Test
    void refundThatOvertookThePaymentIsSettledAfterIt() {
        assertThat(refunded("re_1", 2000, "succeeded", "refund.created")).isEqualTo(WebhookResult.HANDLED);
        assertCents(3000);
        checkout.fulfil(SESSION);
        assertCents(3000);
    }

    @Test
    void refundBesideALostDisputeTakesThePurchaseOnce() {
        checkout.fulfil(SESSION);
        refunded("re_1", 3000, "succeeded", "refund.created");
        disputed("du_1", 5000, "needs_response", "charge.dispute.created");
        assertCents(0);
        disputed("du_1", 5000, "lost", "charge.dispute.closed");
        assertCents(0);
        refunded("re_1", 3000, "failed", "refund.failed");
        assertCents(0);
    }

    @Test
    void disputeTakesAtOnceAndGivesBackWhenWon() {
        checkout.fulfil(SESSION);
        disputed("du_1", 5000, "needs_response", "charge.dispute.created");
        assertCents(0);
        disputed("du_1", 5000, "under_review", "charge.dispute.updated");
        assertCents(0);
        disputed("du_1", 5000, "won", "charge.dispute.closed");
        assertCents(5000);
        Map<String, Object> late = new LinkedHashMap<>(shop.stripe.disputes.get("du_1"));
        late.put("status", "under_review");
        shop.webhook(checkout, shop.stripe.event("evt_late", "charge.dispute.updated", late));
        assertCents(5000);
    }

    @Test
    void disputeThatIsDecidedAgainFollowsTheLaterDecision() {
        checkout.fulfil(SESSION);
        disputed("du_1", 5000, "needs_response", "charge.dispute.created");
        disputed("du_1", 5000, "won", "charge.dispute.closed");
        assertCents(5000);
        disputed("du_1", 5000, "lost", "charge.dispute.closed");
        assertCents(0);
        disputed("du_1", 5000, "won", "charge.dispute.closed");
        assertCents(5000);
    }

    @Test
    void disputeWhoseAmountIsRaisedTakesMore() {
        checkout.fulfil(SESSION);
        disputed("du_1", 1000, "needs_response", "charge.dispute.created");
        assertCents(4000);
        disputed("du_1", 3000, "needs_response", "charge.dispute.updated");
        assertCents(2000);
        disputed("du_1", 2500, "under_review", "charge.dispute.updated");
        assertCents(2500);
    }

    @Test
    void decisionThatNoWebhookToldOfIsFoundAlsoWhenItChangesOrTheAmountDoes() {
        checkout.reconcile();
        for (String state :
                List.of("needs_response 1000 4000", "needs_response 3000 2000", "won 3000 5000", "lost 3000 2000")) {
            String[] words = state.split(" ", -1);
            shop.now.incrementAndGet();
            shop.stripe.dispute("du_1", SESSION, Long.parseLong(words[1]), words[0]);
            checkout.reconcile();
            assertCents(Long.parseLong(words[2]));
        }
    }

    /** Two nodes, or two threads: whoever asked Stripe first comes to the license server last. */
    @Test
    void answerThatIsHandledLateDoesNotUndoALaterOne() {
        checkout.fulfil(SESSION);
        shop.now.incrementAndGet();
        shop.stripe.dispute("du_1", SESSION, 5000, "needs_response");
        Map<String, Object> event =
                shop.stripe.event("evt_1", "charge.dispute.created", shop.stripe.disputes.get("du_1"));
        shop.beforeNextReversal = () -> disputed("du_1", 5000, "won", "charge.dispute.closed");
        shop.webhook(checkout, event);
        assertCents(5000);
    }

    @Test
    void withinOneSecondAClosedDisputeGoesBeforeAnOpenOne() {
        checkout.fulfil(SESSION);
        shop.stripe.dispute("du_1", SESSION, 5000, "needs_response");
        Map<String, Object> event =
                shop.stripe.event("evt_1", "charge.dispute.created", shop.stripe.disputes.get("du_1"));
        shop.beforeNextReversal = () -> {
            shop.stripe.dispute("du_1", SESSION, 5000, "won");
            shop.webhook(checkout, shop.stripe.event("evt_2", "charge.dispute.closed", Map.of("id", "du_1")));
        };
        shop.webhook(checkout, event);
        assertCents(5000);
    }

    @Test
    void answerWithoutADateIsDatedByTheClockOfThisMachine() {
        checkout.fulfil(SESSION);
        for (String date : List.of("", "yesterday")) {
            shop.stripe.dispute("du_1", SESSION, 5000, "needs_response");
            ResponseDefinitionBuilder answer = aResponse()
                    .withStatus(203) // so that it is this one that answers
                    .withBody(FakeStripe.json(shop.stripe.disputes.get("du_1")));
            shop.stripe.server.stubFor(get(urlPathEqualTo("/v1/disputes/du_1"))
                    .willReturn(date.isEmpty() ? answer : answer.withHeader("Date", date)));
            shop.now.incrementAndGet();
            shop.webhook(checkout, shop.stripe.event("evt_1", "charge.dispute.created", Map.of("id", "du_1")));
            assertCents(0);
            shop.stripe.healthy();
            disputed("du_1", 5000, "won", "charge.dispute.closed");
            assertCents(5000);
        }
    }

    /** A ledger of a version that ranked disputes by their status. */
    @Test
    void disputeOfAnOlderVersionsLedgerMovesOn() {
        checkout.fulfil(SESSION);
        shop.ledger.reverse(license, new Reversal("stripe:" + SESSION, "du_1", 2, 0, 5000, "dispute won"));
        disputed("du_1", 5000, "lost", "charge.dispute.closed");
        assertCents(0);
    }

    @Test
    void disputeDecidedMonthsLaterIsFoundByTheDailyLook() {
        checkout.fulfil(SESSION);
        disputed("du_1", 5000, "needs_response", "charge.dispute.created");
        shop.now.addAndGet(Duration.ofDays(100).toSeconds());
        shop.stripe.dispute("du_1", SESSION, 5000, "won");
        checkout.reconcile();
        assertCents(5000);
    }

    @ParameterizedTest
    @CsvSource({
        "warning_needs_response, 5000",
        "warning_under_review, 5000",
        "warning_closed, 5000",
        "prevented, 5000",
        "new_status, 5000",
        "lost, 4000",
    })
    void inquiriesTakeNothingAndPartialDisputesAPart(String status, long left) {
        checkout.fulfil(SESSION);
        disputed("du_1", 1000, status, "charge.dispute.created");
        assertCents(left);
    }

    @Test
    void disputeInAnotherCurrencyTakesAll() {
        checkout.fulfil(SESSION);
        shop.stripe.dispute("du_1", SESSION, 1000, "needs_response");
        shop.stripe.disputes.get("du_1").put("currency", "eur");
        shop.webhook(checkout, shop.stripe.event("evt_1", "charge.dispute.created", Map.of("id", "du_1")));
        assertCents(0);
    }

    @Test
    void refundOfTaxesTakesItsShare() {
        shop.stripe.sessions.get(SESSION).put("amount_total", 6000);
        checkout.fulfil(SESSION);
        refunded("re_1", 3000, "succeeded", "refund.created");
        assertCents(2500);
        refunded("re_2", 3000, "succeeded", "refund.created");
        assertCents(0);
    }

    @Test
    void refundOfUsedHoursLeavesADebtThatTheNextPurchasePays() {
        checkout.fulfil(SESSION);
        shop.ledger.deductHours(license, Duration.ofHours(8), null);
        refunded("re_1", 5000, "succeeded", "refund.created");
        assertThat(shop.balance(license).remainingMillis()).isEqualTo(-8 * 3_600_000L);
        shop.stripe.session("cs_test_b", license, Shop.tenHours(checkout));
        checkout.fulfil("cs_test_b");
        assertThat(shop.balance(license).remainingMillis()).isEqualTo(2 * 3_600_000L);
    }

    @Test
    void paymentsOfOthersAreIgnored() {
        shop.stripe.refund("re_f", "cs_foreign", 100, "succeeded");
        assertThat(shop.webhook(
                        checkout, shop.stripe.event("evt_f", "refund.created", shop.stripe.refunds.get("re_f"))))
                .isEqualTo(WebhookResult.IGNORED);
        shop.stripe.dispute("du_f", "cs_foreign", 100, "needs_response");
        assertThat(shop.webhook(
                        checkout,
                        shop.stripe.event("evt_d", "charge.dispute.created", shop.stripe.disputes.get("du_f"))))
                .isEqualTo(WebhookResult.IGNORED);
    }

    @Test
    void licenseServerThatIsAwayMakesItComeAgain() {
        checkout.fulfil(SESSION);
        for (Shop.Outage outage : List.of(Shop.Outage.BEFORE, Shop.Outage.AFTER)) {
            shop.outage = outage;
            assertThatThrownBy(() -> refunded("re_1", 1000, "succeeded", "refund.created"))
                    .isInstanceOfSatisfying(
                            PaymentException.class,
                            e -> assertThat(e.reason().status()).isEqualTo(503));
        }
        shop.outage = Shop.Outage.NONE;
        refunded("re_1", 1000, "succeeded", "refund.created");
        assertCents(4000);
    }

    /** Whatever the order and however often, what counts is the last state of each object. */
    @ParameterizedTest
    @ValueSource(longs = {91, 92, 93, 94, 95})
    void anyOrderOfNewsEndsTheSame(long seed) {
        Random random = new Random(seed);
        List<Runnable> news = new ArrayList<>();
        for (int copy = 0; copy < 2; copy++) {
            news.add(() -> checkout.fulfil(SESSION));
            news.add(() -> refunded("re_1", 1000, "succeeded", "refund.created"));
            news.add(() -> refunded("re_2", 700, "failed", "refund.failed"));
            news.add(() -> disputed("du_1", 500, "needs_response", "charge.dispute.created"));
            news.add(() -> disputed("du_1", 500, "won", "charge.dispute.closed"));
            news.add(() -> disputed("du_2", 300, "lost", "charge.dispute.closed"));
            news.add(checkout::reconcile);
        }
        Collections.shuffle(news, random);
        news.forEach(Runnable::run);
        disputed("du_1", 500, "won", "charge.dispute.closed");
        assertThat(shop.balance(license).purchasedMillis()).as("seed %d", seed).isEqualTo((5000 - 1000 - 300) * CENT);
    }
}
