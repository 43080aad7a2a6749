package io.hourmeter.stripe;

import com.stripe.model.checkout.Session;
import io.hourmeter.Credited;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a paid checkout into hours, exactly once: the one function behind webhook, success page and reconciler, in any
 * order, any number of times and at the same moment. The guarantee is the license server's: the credit has the checkout
 * session's id for its idempotency key, in one transaction with the balance. Nothing is remembered here.
 *
 * <p>Thread-safe.
 */
final class Fulfilment {

    private static final Logger LOG = LoggerFactory.getLogger(Fulfilment.class);

    private final StripeApi stripe;
    private final LicenseClient licenses;
    private final @Nullable Boolean liveMode;

    /** {@code liveMode}: of the secret key; null when the key does not say. */
    Fulfilment(StripeApi stripe, LicenseClient licenses, @Nullable Boolean liveMode) {
        this.stripe = stripe;
        this.licenses = licenses;
        this.liveMode = liveMode;
    }

    /**
     * Credits a checkout if it is paid.
     *
     * @param sessionId untrusted; only Stripe's own answer counts
     * @throws PaymentException if Stripe or the license server failed: try again
     */
    Fulfilled fulfil(String sessionId) {
        if (!StripeApi.isSessionId(sessionId)) {
            return Fulfilled.notOurs();
        }
        Session session;
        try {
            session = stripe.session(sessionId, StripeApi.PROMPT);
        } catch (PaymentException e) {
            if (e.reason() == PaymentException.Reason.NOT_FOUND) {
                return Fulfilled.notOurs();
            }
            throw e;
        }
        return fulfil(session);
    }

    /** The same for a session that Stripe has just answered. */
    Fulfilled fulfil(Session session) {
        if (!Purchase.isOurs(session)) {
            return Fulfilled.notOurs();
        }
        Purchase purchase = Purchase.of(session);
        String wrong = purchase == null ? "its metadata was changed" : wrong(session, purchase);
        if (purchase == null || wrong != null) {
            LOG.error("Checkout {} is not credited: {}", session.getId(), wrong);
            return new Fulfilled(Fulfilled.State.REFUSED, null, 0, null);
        }
        return switch (String.valueOf(session.getPaymentStatus())) {
            case "paid" -> credit(session.getId(), purchase);
            case "unpaid" -> {
                boolean pending = "complete".equals(session.getStatus());
                yield state(pending ? Fulfilled.State.PENDING : Fulfilled.State.NOT_PAID, purchase);
            }
            default -> {
                // We offer no way to pay nothing; somebody has added one to the session.
                LOG.error(
                        "Checkout {} is not credited: payment_status {}", session.getId(), session.getPaymentStatus());
                yield state(Fulfilled.State.REFUSED, purchase);
            }
        };
    }

    /** Why a session cannot be the one that we created; null when nothing is wrong. */
    private @Nullable String wrong(Session session, Purchase purchase) {
        if (liveMode != null && !liveMode.equals(session.getLivemode())) {
            return "its mode (live: " + session.getLivemode() + ") is not that of stripe.secret.key";
        }
        if (!"payment".equals(session.getMode())) {
            return "its mode is " + session.getMode();
        }
        // Before taxes and discounts, which the account may add; not the price list of today.
        if (!Objects.equals(session.getAmountSubtotal(), purchase.amount())
                || !purchase.currency().equals(session.getCurrency())) {
            return "it is over " + session.getAmountSubtotal() + " " + session.getCurrency() + ", sold was "
                    + purchase.amount() + " " + purchase.currency();
        }
        return null;
    }

    private Fulfilled credit(String sessionId, Purchase purchase) {
        try {
            Credited credited = licenses.addHours(
                    purchase.license(),
                    Duration.ofMillis(purchase.millis()),
                    Purchase.creditKey(sessionId),
                    sessionId,
                    purchase.title());
            Fulfilled.State state = credited.repeated() ? Fulfilled.State.ALREADY_CREDITED : Fulfilled.State.CREDITED;
            if (!credited.repeated()) {
                LOG.info("Checkout {}: {} ms credited to {}", sessionId, purchase.millis(), purchase.license());
            }
            return new Fulfilled(state, purchase.license(), purchase.millis(), credited.balance());
        } catch (LicenseServerUnavailableException e) {
            throw new PaymentException(
                    PaymentException.Reason.LICENSE_SERVER_UNAVAILABLE,
                    "it is paid; the hours follow as soon as the license server answers",
                    e);
        } catch (LicenseRequestException e) {
            return refusedCredit(sessionId, purchase, e);
        }
    }

    private static Fulfilled refusedCredit(String sessionId, Purchase purchase, LicenseRequestException e) {
        if (e.code() == ErrorCode.LICENSE_NOT_FOUND || e.code() == ErrorCode.INVALID_LICENSE) {
            // Two installations may share one account, and each sees the other's checkouts.
            LOG.warn("Checkout {} is paid and its license {} is unknown here", sessionId, purchase.license());
            return state(Fulfilled.State.REFUSED, purchase);
        }
        if (e.code() == ErrorCode.IDEMPOTENCY_MISMATCH || e.code() == ErrorCode.CONFLICT) {
            LOG.error("Checkout {} was credited before with other hours: {}", sessionId, e.getMessage());
            return state(Fulfilled.State.REFUSED, purchase);
        }
        throw new PaymentException(
                PaymentException.Reason.LICENSE_SERVER_REFUSED,
                "it is paid; the license server does not take the hours yet (" + e.code() + ")",
                e);
    }

    private static Fulfilled state(Fulfilled.State state, Purchase purchase) {
        return new Fulfilled(state, purchase.license(), purchase.millis(), null);
    }
}
