package io.hourmeter.stripe;

import com.stripe.model.checkout.Session;
import io.hourmeter.Credited;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerException;
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
 * <p>What is paid has one of four ends, and none of them is silence:
 *
 * <table>
 *   <caption>A paid checkout</caption>
 *   <tr><th>found</th><th>end</th><th>Stripe hears</th><th>reconciler</th></tr>
 *   <tr><td>the license is known here</td><td>credited, whatever the license's status</td><td>200</td><td>done</td></tr>
 *   <tr><td>the license server refuses, whatever its reason; or another version made the checkout</td>
 *     <td>{@link PaymentException.Reason#NOT_CREDITED}: somebody can mend it, and an error tells so</td>
 *     <td>503</td><td>tries again</td></tr>
 *   <tr><td>it is not what was recorded when it was made</td>
 *     <td>{@link Fulfilled.State#REFUSED}: no later call can make it right, and an error tells so</td>
 *     <td>200</td><td>looks again</td></tr>
 *   <tr><td>the license is not known here, and it says that another installation sold it</td>
 *     <td>{@link Fulfilled.State#NOT_OURS}</td><td>200</td><td>looks again once a day</td></tr>
 * </table>
 *
 * <p>Thread-safe.
 */
final class Fulfilment {

    private static final Logger LOG = LoggerFactory.getLogger(Fulfilment.class);

    private final StripeApi stripe;
    private final LicenseClient licenses;
    private final @Nullable Boolean liveMode;
    private final String site;
    private final UncreditedLog refused;

    /**
     * {@code liveMode}: of the secret key; null when the key does not say. {@code site}: public address of this
     * application, empty when it does not know.
     */
    Fulfilment(
            StripeApi stripe, LicenseClient licenses, @Nullable Boolean liveMode, String site, UncreditedLog refused) {
        this.stripe = stripe;
        this.licenses = licenses;
        this.liveMode = liveMode;
        this.site = site;
        this.refused = refused;
    }

    /**
     * Credits a checkout if it is paid.
     *
     * @param sessionId untrusted; only Stripe's own answer counts
     * @throws PaymentException if Stripe or the license server failed: try again
     */
    Fulfilled fulfil(String sessionId) {
        Session session = find(sessionId);
        return session == null ? Fulfilled.notOurs() : fulfil(session);
    }

    /**
     * The same for a customer who is back from Stripe: the session must be the one that was made for the purchase whose id
     * the link back had signed.
     */
    Fulfilled fulfilReturned(String sessionId, String purchaseId) {
        Session session = find(sessionId);
        return session == null || !Purchase.isOf(session, purchaseId) ? Fulfilled.notOurs() : fulfil(session);
    }

    /**
     * The same for a session of which Stripe itself has told that it is ours. One that the API does not know is then no
     * stranger's invention: the secret key is of another account or mode than the webhook endpoint.
     */
    Fulfilled fulfilOwn(String sessionId) {
        Session session = find(sessionId);
        if (session == null) {
            throw new PaymentException(
                    PaymentException.Reason.NOT_CREDITED,
                    "Checkout " + StripeApi.shortened(sessionId)
                            + " is NOT credited, and is tried again: Stripe does not"
                            + " know it under stripe.secret.key; is that a key of the account and mode that the webhook"
                            + " endpoint belongs to?");
        }
        return fulfil(session);
    }

    private @Nullable Session find(String sessionId) {
        if (!StripeApi.isSessionId(sessionId)) {
            return null;
        }
        try {
            return stripe.session(sessionId, StripeApi.PROMPT);
        } catch (PaymentException e) {
            if (e.reason() == PaymentException.Reason.NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    /** The same for a session that Stripe has just answered. */
    Fulfilled fulfil(Session session) {
        if (!Purchase.isOurs(session)) {
            return Fulfilled.notOurs();
        }
        return switch (String.valueOf(session.getPaymentStatus())) {
            case "paid" -> paid(session);
            case "unpaid" -> {
                boolean pending = "complete".equals(session.getStatus());
                yield state(pending ? Fulfilled.State.PENDING : Fulfilled.State.NOT_PAID, Purchase.of(session));
            }
            // We offer no way to pay nothing; somebody has added one to the session.
            default -> refused(session, "its payment_status is " + session.getPaymentStatus());
        };
    }

    private Fulfilled paid(Session session) {
        if (!Purchase.isOfThisVersion(session)) {
            throw notCredited(
                    session, "another version of Hourmeter made it, which this one does not understand", null);
        }
        Purchase purchase = Purchase.of(session);
        if (purchase == null) {
            return refused(session, "its metadata was changed");
        }
        String wrong = wrong(session, purchase);
        return wrong == null ? credit(session, purchase) : refused(session, wrong);
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

    private Fulfilled credit(Session session, Purchase purchase) {
        try {
            Credited credited = licenses.addHours(
                    purchase.license(),
                    Duration.ofMillis(purchase.millis()),
                    Purchase.creditKey(session.getId()),
                    session.getId(),
                    purchase.title());
            if (!credited.repeated()) {
                LOG.info(
                        "Checkout {}: {} ms credited to {}",
                        StripeApi.shortened(session.getId()),
                        purchase.millis(),
                        purchase.license());
                tellIfUseless(session, purchase);
            }
            Fulfilled.State state = credited.repeated() ? Fulfilled.State.ALREADY_CREDITED : Fulfilled.State.CREDITED;
            return new Fulfilled(
                    state, purchase.license(), purchase.millis(), credited.balance(), credited.collectedMillis());
        } catch (LicenseServerUnavailableException e) {
            throw new PaymentException(
                    PaymentException.Reason.LICENSE_SERVER_UNAVAILABLE,
                    "it is paid; the hours follow as soon as the license server answers",
                    e);
        } catch (LicenseRequestException e) {
            return notTaken(session, purchase, e);
        }
    }

    /** Definite as a refusal sounds, the license server may have been started on another ledger, or with other tokens. */
    private Fulfilled notTaken(Session session, Purchase purchase, LicenseRequestException e) {
        boolean unknown = e.code() == ErrorCode.LICENSE_NOT_FOUND || e.code() == ErrorCode.INVALID_LICENSE;
        if (unknown && purchase.soldElsewhere(site)) {
            LOG.info(
                    "Checkout {} is left to {}, which sold it: its license {} is not known here",
                    StripeApi.shortened(session.getId()),
                    purchase.site(),
                    purchase.license());
            return Fulfilled.notOurs();
        }
        if (unknown) {
            throw notCredited(
                    session,
                    "the license server does not know its license " + purchase.license()
                            + ": does it have the right ledger?",
                    e);
        }
        if (e.code() == ErrorCode.IDEMPOTENCY_MISMATCH || e.code() == ErrorCode.CONFLICT) {
            throw notCredited(
                    session,
                    "the license server has something else under its idempotency key for " + purchase.license(),
                    e);
        }
        throw notCredited(
                session, "the license server refuses the credit to " + purchase.license() + ", " + e.code(), e);
    }

    private static PaymentException notCredited(Session session, String why, @Nullable LicenseRequestException cause) {
        return new PaymentException(
                PaymentException.Reason.NOT_CREDITED,
                named(session) + " is paid and NOT credited, and is tried again: " + why,
                cause);
    }

    private Fulfilled refused(Session session, String why) {
        refused.tell(named(session) + " is NOT credited: " + why);
        return state(Fulfilled.State.REFUSED, Purchase.of(session));
    }

    /** The payment's id stands whole: it opens nothing, and Stripe's Dashboard finds it. */
    private static String named(Session session) {
        String payment = session.getPaymentIntent();
        return "Checkout " + StripeApi.shortened(session.getId())
                + (payment == null ? "" : " (payment " + payment + ")");
    }

    /** A license may have ended between order and payment. The customer has paid, so the operator is told. */
    private void tellIfUseless(Session session, Purchase purchase) {
        ErrorCode refusal;
        try {
            refusal = licenses.validate(purchase.license()).refusal();
        } catch (LicenseServerException e) {
            LOG.debug("License {} could not be looked at after its credit", purchase.license(), e);
            return;
        }
        if (refusal == ErrorCode.LICENSE_INACTIVE || refusal == ErrorCode.LICENSE_EXPIRED) {
            LOG.warn(
                    "{} is paid and credited, but {} cannot be used ({}): prolong it, or refund the payment",
                    named(session),
                    purchase.license(),
                    refusal);
        }
    }

    private static Fulfilled state(Fulfilled.State state, @Nullable Purchase purchase) {
        return purchase == null
                ? new Fulfilled(state, null, 0, null, 0)
                : new Fulfilled(state, purchase.license(), purchase.millis(), null, 0);
    }
}
