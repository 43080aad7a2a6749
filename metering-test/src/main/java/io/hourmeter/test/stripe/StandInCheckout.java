package io.hourmeter.test.stripe;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a customer, the bank and the seller may do with one checkout of {@link StripeStandIn}. Each sends its event and
 * waits for the application's first answer, unless events are held. Thread-safe.
 */
public final class StandInCheckout {

    private final Till till;
    private final Webhooks webhooks;
    private final String id;

    StandInCheckout(Till till, Webhooks webhooks, String id) {
        this.till = till;
        this.webhooks = webhooks;
        this.id = id;
    }

    /** What may be refused. */
    private interface Step {
        Event take() throws RefusedCall;
    }

    private void take(Step step) {
        try {
            webhooks.sendAndWait(List.of(step.take()));
        } catch (RefusedCall e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /**
     * The customer pays by card.
     *
     * @return where the browser goes next, the application's success page
     * @throws IllegalStateException if it is complete already
     */
    public String pay() {
        take(() -> till.pay(id));
        return sale().successUrl();
    }

    /**
     * The customer pays in a way that takes the bank days.
     *
     * @return where the browser goes next
     * @throws IllegalStateException if it is complete already
     */
    public String payLater() {
        take(() -> till.payLater(id));
        return sale().successUrl();
    }

    /**
     * The bank answers for a customer who pays later.
     *
     * @param pays whether the money comes
     * @throws IllegalStateException if no bank is asked
     */
    public void bankAnswers(boolean pays) {
        take(() -> till.bankAnswers(id, pays));
    }

    /**
     * Where the browser goes when the customer turns back.
     *
     * @return the application's page for that
     */
    public String cancelUrl() {
        return sale().cancelUrl();
    }

    /**
     * The seller refunds all that is not refunded yet.
     *
     * @throws IllegalStateException if it is not paid, or nothing is left
     */
    public void refund() {
        refund(null);
    }

    /**
     * The seller refunds a part.
     *
     * @param minorUnits of the currency, such as cents
     * @throws IllegalStateException if it is not paid, or more than is left
     */
    public void refund(long minorUnits) {
        refund(Long.valueOf(minorUnits));
    }

    private void refund(@Nullable Long minorUnits) {
        take(() -> till.refund(id, minorUnits));
    }

    /**
     * The customer disputes the payment.
     *
     * @throws IllegalStateException if it is not paid, or disputed already
     */
    public void dispute() {
        take(() -> till.dispute(id));
    }

    /**
     * The bank decides the dispute.
     *
     * @param won whether the seller keeps the money
     * @throws IllegalStateException if there is none
     */
    public void closeDispute(boolean won) {
        List<Dispute> disputes = till.disputesOf(id);
        if (disputes.isEmpty()) {
            throw new IllegalStateException("this payment is not disputed");
        }
        take(() -> till.closeDispute(disputes.get(0).id(), won));
    }

    private Sale sale() {
        try {
            return till.sale(id);
        } catch (RefusedCall e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
