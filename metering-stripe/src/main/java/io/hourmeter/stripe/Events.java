package io.hourmeter.stripe;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what an event asks for, whichever way it arrived. All work is done before this returns: there is no queue that
 * could lose it, and Stripe sends again what was not answered with success.
 *
 * <p>Thread-safe.
 */
final class Events {

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private final Fulfilment fulfilment;
    private final Reversals reversals;
    private final Credits credits;
    private final @Nullable Boolean liveMode;

    Events(Fulfilment fulfilment, Reversals reversals, Credits credits, @Nullable Boolean liveMode) {
        this.fulfilment = fulfilment;
        this.reversals = reversals;
        this.credits = credits;
        this.liveMode = liveMode;
    }

    /**
     * Handles an event.
     *
     * @return whether it was about a purchase of ours
     * @throws PaymentException if Stripe or the license server failed: it must come again
     */
    boolean handle(StripeEvent event) {
        if (liveMode != null && event.live() != null && !liveMode.equals(event.live())) {
            LOG.warn(
                    "Event {} ({}) is of the other mode (live: {}) than stripe.secret.key, and is ignored",
                    event.id(),
                    event.type(),
                    event.live());
            return false;
        }
        try {
            return switch (event.type()) {
                case "checkout.session.completed", "checkout.session.async_payment_succeeded" -> {
                    Fulfilled fulfilled = fulfilment.fulfil(event.object());
                    credits.tell(fulfilled);
                    yield fulfilled.state() != Fulfilled.State.NOT_OURS;
                }
                case "checkout.session.async_payment_failed" -> {
                    LOG.info("Checkout {}: the bank did not pay; nothing is credited", event.object());
                    yield true;
                }
                case "refund.created", "refund.updated", "refund.failed", "charge.refunded", "charge.refund.updated" ->
                    !event.paymentIntent().isEmpty() && reversals.refundsOf(event.paymentIntent());
                case "charge.dispute.created",
                        "charge.dispute.updated",
                        "charge.dispute.closed",
                        "charge.dispute.funds_withdrawn",
                        "charge.dispute.funds_reinstated" ->
                    StripeApi.isObjectId(event.object()) && reversals.dispute(event.object());
                default -> false;
            };
        } catch (PaymentException e) {
            if (e.reason() == PaymentException.Reason.NOT_FOUND) {
                return false; // another account's, or gone
            }
            throw e;
        }
    }
}
