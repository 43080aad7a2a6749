package io.hourmeter.stripe.web;

import io.hourmeter.Balance;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseServerException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.ReturnReference;
import io.hourmeter.stripe.Checkout;
import io.hourmeter.stripe.Fulfilled;
import io.hourmeter.stripe.PaymentException;
import io.hourmeter.stripe.Quote;
import io.hourmeter.stripe.StripeCheckout;
import io.hourmeter.stripe.WebhookResult;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Buying: from the order to the hours in the balance. Thread-safe. */
final class Purchases implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PaymentsServlet.class);

    /** An order has a key, a number and an id. */
    private static final int MAX_ORDER = 16 * 1024;

    /** Stripe's largest events have some 100 KiB. */
    static final int MAX_EVENT = 1024 * 1024;

    private static final int MAX_KEY = 200;
    private static final int MAX_PACKAGE_ID = 200;

    private final MeteringConfig config;
    private final KeyInRequest keys;
    private final Origins origins;
    private final ExceptionMapper exceptions;
    private final LicenseClient licenses;
    private final StripeCheckout checkout;
    private final AtomicBoolean toldMissingUrl = new AtomicBoolean();
    private final StripeBudget budget;
    private final AtomicLong unsignedReturns = new AtomicLong();
    private final ReturnPage returnPage = new ReturnPage();

    Purchases(Wiring wiring, KeyInRequest keys, Origins origins, ExceptionMapper exceptions, StripeBudget budget) {
        this.config = wiring.config();
        this.keys = keys;
        this.origins = origins;
        this.exceptions = exceptions;
        this.budget = budget;
        this.licenses = wiring.client();
        this.checkout = StripeCheckout.builder(config, wiring.client())
                .credited(wiring::credited)
                .build();
        checkout.whyNot().ifPresent(reason -> LOG.info("Nothing can be bought: {}", reason));
        if (checkout.configured() && config.get(Settings.STRIPE_WEBHOOK_SECRET).isEmpty()) {
            LOG.warn(
                    "{} is not set: a customer who does not come back from Stripe gets the hours up to 15 minutes later",
                    Settings.STRIPE_WEBHOOK_SECRET.key());
        }
    }

    /** Begins to look for payments that no webhook told of. */
    void start() {
        checkout.start();
    }

    /** Whether something can be bought by this way; what keeps it from being is for the operator, and in the log. */
    Map<String, Object> buying(HttpServletRequest request) {
        boolean available = checkout.configured() && hasWayBack(request);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("available", available);
        members.put("message", available ? null : CustomerText.BUYING_OFF.text());
        return members;
    }

    private boolean hasWayBack(HttpServletRequest request) {
        if (origins.base(request) != null) {
            return true;
        }
        // Known with the first request from elsewhere only; later ones would say the same.
        if (toldMissingUrl.compareAndSet(false, true)) {
            LOG.warn(
                    "Nothing can be bought from other hosts than this one: {} is not set, so Stripe would not find the"
                            + " way back",
                    Settings.PAYMENT_PUBLIC_URL.key());
        }
        return false;
    }

    /** An order: answers where the customer can pay. */
    BodyCall order(HttpServletRequest request) {
        origins.checkCaller(request);
        requireStripe();
        String payments = origins.payments(request);
        // The application's login may know the request by its thread only.
        keys.askLogin(request);
        return new BodyCall(MAX_ORDER, HttpServletResponse.SC_OK, body -> ordered(request, payments, body));
    }

    private Map<String, Object> ordered(HttpServletRequest request, String payments, byte[] body) {
        RequestBody order = RequestBody.json(body);
        LicenseRef license = keys.ofOrder(request, order.pastedKey("license_key", MAX_KEY));
        BigDecimal hours = order.number("hours");
        String packageId = order.text("package_id", MAX_PACKAGE_ID);
        String leadsTo = order.text("return", ReturnReference.MAX_LENGTH);
        if (leadsTo != null && ReturnReference.own(leadsTo) == null) {
            throw Refusal.invalid("return must be a path of this site, beginning with one / or with ../");
        }
        Quote quote = quote(hours, packageId);
        String suffix = leadsTo == null ? "" : "?return=" + ReturnReference.encoded(leadsTo);
        Checkout created = budget.spend(
                origins.seen(request).clientNetwork(),
                () -> checkout.create(license, quote, payments + "/success" + suffix, payments + "/cancel" + suffix));
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("checkout_url", created.url());
        members.put("session_id", created.sessionId());
        return members;
    }

    private Quote quote(@Nullable BigDecimal hours, @Nullable String packageId) {
        try {
            return checkout.prices().quote(hours, packageId);
        } catch (PaymentException e) {
            throw exceptions.notOnTheList(e);
        }
    }

    private void requireStripe() {
        checkout.whyNot().ifPresent(reason -> {
            throw ExceptionMapper.notConfigured("buying is off: " + reason);
        });
    }

    /**
     * The customer is back: credits what is paid, and tells where it stands. Only a link that this installation made costs a
     * call to Stripe, so who guesses gets nothing and keeps nobody waiting.
     */
    void success(HttpServletRequest request, HttpServletResponse response) throws IOException {
        returnPage.success(request, response, outcome(request), leadsTo(request));
    }

    /** The customer turned back without paying. */
    void cancel(HttpServletRequest request, HttpServletResponse response) throws IOException {
        returnPage.cancel(response, leadsTo(request));
    }

    private Outcome outcome(HttpServletRequest request) {
        String sessionId = Parameters.first(request, "session_id");
        String signature = Parameters.first(request, "signature");
        if (!checkout.configured()) {
            return Outcome.of(Outcome.State.UNAVAILABLE);
        }
        if (!checkout.signed(signature)) {
            unsignedReturns.incrementAndGet();
            return Outcome.of(Outcome.State.UNKNOWN);
        }
        try {
            Fulfilled fulfilled =
                    budget.spend(origins.seen(request).clientNetwork(), () -> checkout.returned(sessionId, signature));
            return Outcome.of(fulfilled, balanceAfter(fulfilled));
        } catch (PaymentException e) {
            return Outcome.of(failed(e));
        } catch (RuntimeException e) {
            exceptions.toRefusal(e);
            return Outcome.of(Outcome.State.UNAVAILABLE);
        }
    }

    /** Links back without a signature of ours, since the start. */
    long unsignedReturns() {
        return unsignedReturns.get();
    }

    private Outcome.State failed(PaymentException e) {
        return switch (e.reason()) {
            case NOT_CREDITED -> Outcome.State.HOURS_FOLLOW; // told by what found it
            case LICENSE_SERVER_UNAVAILABLE -> {
                LOG.warn("A paid checkout is not credited yet; it is tried again", e);
                yield Outcome.State.HOURS_FOLLOW;
            }
            case NOT_CONFIGURED,
                    LICENSE_SERVER_REFUSED,
                    ORDER_EMPTY,
                    PACKAGE_UNKNOWN,
                    PACKAGE_HOURS_DIFFER,
                    HOURS_OUT_OF_RANGE,
                    AMOUNT_TOO_SMALL,
                    AMOUNT_TOO_LARGE,
                    LICENSE_UNKNOWN,
                    LICENSE_INACTIVE,
                    LICENSE_EXPIRED,
                    STRIPE_UNAVAILABLE,
                    STRIPE_REFUSED,
                    NOT_FOUND -> {
                exceptions.toRefusal(e);
                yield Outcome.State.UNAVAILABLE;
            }
        };
    }

    /** A repeated credit answers the balance of its first time, which may be long ago. */
    private @Nullable Balance balanceAfter(Fulfilled fulfilled) {
        if (fulfilled.state() != Fulfilled.State.ALREADY_CREDITED || fulfilled.license() == null) {
            return fulfilled.balance();
        }
        try {
            return licenses.hoursRemaining(fulfilled.license());
        } catch (LicenseServerException e) {
            exceptions.toRefusal(e);
            return null;
        }
    }

    /**
     * Where the customer wants to go on from here, seen from the page that is answered: the parameter if it is a path of
     * ours, the setting, or the payments' page.
     */
    private String leadsTo(HttpServletRequest request) {
        String wanted = ReturnReference.own(Parameters.first(request, "return"));
        if (wanted != null) {
            return wanted;
        }
        String configured = config.get(Settings.PAYMENT_RETURN_URL);
        if (configured.isEmpty()) {
            return "./";
        }
        return configured.startsWith("/") ? origins.fromHere(request, configured) : configured;
    }

    /**
     * Stripe calls. Everything is done when it is answered: 4xx when it was not Stripe, 5xx when Stripe shall call again.
     * Whose signature cannot be one keeps nobody waiting for a body.
     */
    BodyCall webhook(HttpServletRequest request) {
        if (config.get(Settings.STRIPE_WEBHOOK_SECRET).isEmpty()) {
            throw ExceptionMapper.notConfigured(
                    "no webhook is accepted: " + Settings.STRIPE_WEBHOOK_SECRET.key() + " is not set");
        }
        requireStripe();
        String signature = request.getHeader("Stripe-Signature");
        if (!checkout.mayBeSigned(signature)) {
            throw badSignature();
        }
        return new BodyCall(MAX_EVENT, HttpServletResponse.SC_OK, body -> handled(body, signature));
    }

    private static Refusal badSignature() {
        return Refusal.invalid("the signature is not Stripe's, or too old");
    }

    private Map<String, Object> handled(byte[] body, @Nullable String signature) {
        WebhookResult result;
        try {
            result = checkout.webhook(body, signature);
        } catch (RuntimeException e) {
            // Whatever it was, a 4xx or 2xx would make Stripe forget the event.
            if (e instanceof PaymentException) {
                // Without the causes: what Stripe says in them repeats the id of the session.
                LOG.warn("A webhook could not be handled; Stripe will call again: {}", e.getMessage());
            } else {
                LOG.warn("A webhook could not be handled; Stripe will call again", e);
            }
            throw new Refusal(
                    503,
                    "TRY_AGAIN",
                    "Not handled yet",
                    CustomerText.NOT_AVAILABLE,
                    "this event could not be handled yet");
        }
        return switch (result) {
            case HANDLED, IGNORED -> {
                Map<String, Object> members = new LinkedHashMap<>();
                members.put("received", true);
                members.put("handled", result == WebhookResult.HANDLED);
                yield members;
            }
            case BAD_SIGNATURE -> throw badSignature();
            case UNREADABLE -> throw Refusal.invalid("this is no event");
            case NOT_CONFIGURED -> throw ExceptionMapper.notConfigured("no webhook is accepted: a setting is missing");
        };
    }

    /** Where a purchase stands, for the customer. */
    record Outcome(
            State state,
            @Nullable Fulfilled fulfilled,
            @Nullable Balance balance) {

        /** What is told apart. */
        enum State {
            /** The hours are in the balance. */
            CREDITED(200),
            /** Completed; the bank has not paid yet. */
            PENDING(200),
            /** Paid; the license server does not answer at the moment. */
            HOURS_FOLLOW(200),
            /** Not completed, expired, or the payment failed. */
            NOT_PAID(200),
            /** Not what was sold; the operator has to look at it. */
            REFUSED(200),
            /** No checkout of ours, as far as the link shows. */
            UNKNOWN(404),
            /** Stripe cannot be asked. */
            UNAVAILABLE(503);

            final int status;

            State(int status) {
                this.status = status;
            }

            /** Whether asking again soon may bring another answer. */
            boolean passes() {
                return this == PENDING || this == HOURS_FOLLOW || this == UNAVAILABLE;
            }
        }

        private static Outcome of(State state) {
            return new Outcome(state, null, null);
        }

        private static Outcome of(Fulfilled fulfilled, @Nullable Balance balance) {
            State state = switch (fulfilled.state()) {
                case CREDITED, ALREADY_CREDITED -> State.CREDITED;
                case PENDING -> State.PENDING;
                case NOT_PAID -> State.NOT_PAID;
                case REFUSED -> State.REFUSED;
                case NOT_OURS -> State.UNKNOWN;
            };
            return new Outcome(state, fulfilled, balance);
        }
    }

    @Override
    public void close() {
        checkout.close();
    }
}
