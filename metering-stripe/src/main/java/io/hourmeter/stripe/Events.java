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
    private final UncreditedLog uncredited;

    Events(
            Fulfilment fulfilment,
            Reversals reversals,
            Credits credits,
            @Nullable Boolean liveMode,
            UncreditedLog uncredited) {
        this.fulfilment = fulfilment;
        this.reversals = reversals;
        this.credits = credits;
        this.liveMode = liveMode;
        this.uncredited = uncredited;
    }

    /**
     * Handles an event.
     *
     * @return whether it was about a purchase of ours
     * @throws PaymentException if Stripe or the license server failed: it must come again
     */
    boolean handle(StripeEvent event) {
        try {
            return isOfOtherMode(event) ? ignore(event) : settle(event);
        } catch (PaymentException e) {
            if (e.reason() == PaymentException.Reason.NOT_FOUND) {
                LOG.debug(
                        "Event {} ({}) is ignored: its object is another account's, or gone", event.id(), event.type());
                return false;
            }
            if (e.reason() == PaymentException.Reason.NOT_CREDITED) {
                uncredited.tell(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    private boolean isOfOtherMode(StripeEvent event) {
        return liveMode != null && event.live() != null && !liveMode.equals(event.live());
    }

    /** Endpoints of platforms get events of both modes; one about a checkout of ours shows that the key is the wrong one. */
    private static boolean ignore(StripeEvent event) {
        if (event.ours() && event.isPayment()) {
            throw new PaymentException(
                    PaymentException.Reason.NOT_CREDITED,
                    "Checkout " + StripeApi.shortened(event.object())
                            + " is NOT credited, and is tried again: it is of the" + " other mode (live: "
                            + event.live() + ") than stripe.secret.key");
        }
        LOG.warn(
                "Event {} ({}) is of the other mode (live: {}) than stripe.secret.key, and is ignored",
                event.id(),
                event.type(),
                event.live());
        return false;
    }

    private boolean settle(StripeEvent event) {
        return switch (event.type()) {
            case StripeEvent.COMPLETED, StripeEvent.PAID_LATER -> {
                Fulfilled fulfilled =
                        event.ours() ? fulfilment.fulfilOwn(event.object()) : fulfilment.fulfil(event.object());
                credits.tell(fulfilled);
                yield fulfilled.state() != Fulfilled.State.NOT_OURS;
            }
            case "checkout.session.async_payment_failed" -> {
                if (event.ours()) {
                    LOG.info(
                            "Checkout {}: the bank did not pay; nothing is credited",
                            StripeApi.shortened(event.object()));
                }
                yield event.ours();
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
    }
}
