package io.hourmeter.stripe;

import com.stripe.model.Dispute;
import com.stripe.model.Refund;
import com.stripe.model.checkout.Session;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.Reversal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes hours back where money went back, and gives them back where it returned. What is sent is the state of each refund
 * and dispute, with a version, never a step: sending it again or out of order changes nothing, two partial refunds cannot
 * drift, and a refund beside a lost dispute takes a purchase once.
 *
 * <p>A refund only ever moves on from one status to the next, so that the rank of its status is its version. A dispute is
 * decided and may be decided again the other way, and its amount may be raised: its version is the time at which Stripe
 * answered. Within one second a closed dispute goes before an open one; what that leaves behind is stated again by the
 * next daily look.
 *
 * <p>Thread-safe.
 */
final class Reversals {

    private static final Logger LOG = LoggerFactory.getLogger(Reversals.class);

    private final StripeApi stripe;
    private final LicenseClient licenses;
    private final Fulfilment fulfilment;

    Reversals(StripeApi stripe, LicenseClient licenses, Fulfilment fulfilment) {
        this.stripe = stripe;
        this.licenses = licenses;
        this.fulfilment = fulfilment;
    }

    /** A purchase that is credited, and what it cost. */
    private record Credit(Session session, LicenseId license, long whole) {

        /** A part in another currency than the purchase's cannot be compared, and takes all of it. */
        long part(@Nullable Long amount, @Nullable String currency) {
            if (amount == null || !session.getCurrency().equals(currency)) {
                return whole;
            }
            return Math.max(0, Math.min(amount, whole));
        }
    }

    /**
     * States all refunds of a payment.
     *
     * @return false when the payment is none of ours, or is not credited
     * @throws PaymentException if Stripe or the license server failed: try again
     */
    boolean refundsOf(String paymentIntent) {
        Credit credit = creditOf(paymentIntent);
        if (credit == null) {
            return false;
        }
        for (Refund refund : stripe.refundsOf(paymentIntent)) {
            int rank = rankOfRefund(String.valueOf(refund.getStatus()));
            if (rank == 0) {
                LOG.warn("Refund {} has the unknown status {} and is left alone", refund.getId(), refund.getStatus());
                continue;
            }
            // Only a refund that has succeeded takes hours: until then the money is still ours.
            long part = rank == SUCCEEDED ? credit.part(refund.getAmount(), refund.getCurrency()) : 0;
            state(credit, refund.getId(), rank, part, reason("refund", refund.getReason()));
        }
        return true;
    }

    /**
     * States a dispute.
     *
     * @return false when the payment is none of ours, or is not credited
     * @throws PaymentException if Stripe or the license server failed: try again
     */
    boolean dispute(String disputeId) {
        StripeApi.Dated<Dispute> answer = stripe.dispute(disputeId);
        Dispute dispute = answer.object();
        String status = String.valueOf(dispute.getStatus());
        DisputeState state = DisputeState.of(status);
        if (state == DisputeState.UNKNOWN) {
            LOG.warn("Dispute {} has the unknown status {} and is left alone", disputeId, status);
            return true;
        }
        Credit credit = dispute.getPaymentIntent() == null ? null : creditOf(dispute.getPaymentIntent());
        if (credit == null) {
            return false;
        }
        long part = state.takes ? credit.part(dispute.getAmount(), dispute.getCurrency()) : 0;
        long version = answer.epochSecond() * DisputeState.VERSIONS_PER_SECOND + state.rank;
        LOG.info(
                "Dispute {}, {} at {}, takes {} of {} of checkout {}; a later state of it counts more",
                disputeId,
                status,
                Instant.ofEpochSecond(answer.epochSecond()),
                part,
                credit.whole(),
                StripeApi.shortened(credit.session().getId()));
        state(credit, disputeId, version, part, reason("dispute " + status, dispute.getReason()));
        return true;
    }

    /** What the statuses of a dispute mean for the hours. */
    private enum DisputeState {
        /** The bank asks, and no money has moved. */
        INQUIRY(0, false),
        /** The bank has taken the money. */
        OPEN(1, true),
        LOST(2, true),
        WON(2, false),
        UNKNOWN(0, false);

        static final int VERSIONS_PER_SECOND = 10;

        final int rank;
        final boolean takes;

        DisputeState(int rank, boolean takes) {
            this.rank = rank;
            this.takes = takes;
        }

        static DisputeState of(String status) {
            return switch (status) {
                case "warning_needs_response", "warning_under_review" -> INQUIRY;
                case "needs_response", "under_review" -> OPEN;
                case "lost" -> LOST;
                case "won", "warning_closed", "prevented" -> WON;
                default -> UNKNOWN;
            };
        }
    }

    private static final int SUCCEEDED = 3;

    private static int rankOfRefund(String status) {
        return switch (status) {
            case "pending" -> 1;
            case "requires_action" -> 2;
            case "succeeded" -> SUCCEEDED;
            case "failed", "canceled" -> 4;
            default -> 0;
        };
    }

    /** The purchase of a payment, credited now if news of its refund overtook that of the payment. */
    private @Nullable Credit creditOf(String paymentIntent) {
        Session session = stripe.sessionOf(paymentIntent);
        if (session == null || !Purchase.isOurs(session)) {
            LOG.debug("Payment {} is of no checkout of ours; its refund or dispute is ignored", paymentIntent);
            return null;
        }
        Fulfilled fulfilled = fulfilment.fulfil(session);
        LicenseId license = fulfilled.license();
        if (!fulfilled.credited() || license == null) {
            LOG.info(
                    "Checkout {} is not credited ({}), so that a refund or dispute of it takes nothing",
                    StripeApi.shortened(session.getId()),
                    fulfilled.state());
            return null;
        }
        // With taxes: a refund is of what was paid.
        Long total = session.getAmountTotal();
        long whole = total != null && total > 0 ? total : session.getAmountSubtotal();
        return new Credit(session, license, whole);
    }

    private void state(Credit credit, String object, long version, long part, String reason) {
        String purchase = Purchase.creditKey(credit.session().getId());
        try {
            licenses.reverse(credit.license(), new Reversal(purchase, object, version, part, credit.whole(), reason));
        } catch (LicenseServerUnavailableException e) {
            throw new PaymentException(
                    PaymentException.Reason.LICENSE_SERVER_UNAVAILABLE, "the license server does not answer", e);
        } catch (LicenseRequestException e) {
            throw new PaymentException(
                    PaymentException.Reason.LICENSE_SERVER_REFUSED,
                    "the license server does not take the reversal " + object + " (" + e.code() + ")",
                    e);
        }
    }

    private static String reason(String what, @Nullable String why) {
        return why == null ? what : what + ": " + why;
    }
}
