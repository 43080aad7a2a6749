package io.hourmeter.stripe.web;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import io.hourmeter.stripe.Checkout;
import io.hourmeter.stripe.Fulfilled;
import io.hourmeter.stripe.PaymentException;
import io.hourmeter.stripe.Quote;
import io.hourmeter.stripe.StripeCheckout;
import io.hourmeter.stripe.WebhookResult;
import jakarta.servlet.http.HttpServletRequest;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Buying: from the order to the hours in the balance. Thread-safe. */
final class Payments implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PaymentsServlet.class);

    /** An order has a key, a number and an id. */
    private static final int MAX_ORDER = 16 * 1024;

    /** Stripe's largest events have some 100 KiB. */
    static final int MAX_EVENT = 1024 * 1024;

    private static final int MAX_KEY = 200;
    private static final int MAX_PACKAGE_ID = 200;
    private static final int MAX_RETURN = 1000;

    /**
     * Success pages that wait for Stripe at once: anybody can ask for one, and each holds a thread of the application for
     * as long as Stripe hangs. Webhook and reconciler are not held up by it.
     */
    static final int MOST_WAITING_PAGES = 16;

    private final MeteringConfig config;
    private final KeyInRequest keys;
    private final Origins origins;
    private final StripeCheckout checkout;
    private final Semaphore waitingPages = new Semaphore(MOST_WAITING_PAGES);

    Payments(Wiring wiring, KeyInRequest keys, Origins origins) {
        this.config = wiring.config();
        this.keys = keys;
        this.origins = origins;
        this.checkout = StripeCheckout.builder(config, wiring.client())
                .credited((license, balance) -> wiring.credited(license))
                .build();
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

    static Refusal notConfigured(String detail) {
        return new Refusal(503, "PAYMENTS_NOT_CONFIGURED", "Payments not configured", detail);
    }

    /** Whether something can be bought by this way, and else the setting that is missing. */
    Map<String, Object> buying(HttpServletRequest request) {
        String missing = checkout.missing().map(Setting::key).orElse(null);
        if (missing == null && origins.base(request) == null) {
            missing = Settings.PAYMENT_PUBLIC_URL.key();
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("available", missing == null);
        members.put("missing", missing);
        return members;
    }

    /** An order: answers where the customer can pay. */
    Map<String, Object> createCheckout(HttpServletRequest request) {
        origins.checkCaller(request);
        requireStripe();
        RequestBody order = RequestBody.json(request, MAX_ORDER);
        LicenseKey key = keys.ofOrder(request, order.text("license_key", MAX_KEY));
        BigDecimal hours = order.number("hours");
        String packageId = order.text("package_id", MAX_PACKAGE_ID);
        String leadsTo = order.text("return", MAX_RETURN);
        if (leadsTo != null && !Origins.isOwnPath(leadsTo)) {
            throw new Refusal(ErrorCode.INVALID_REQUEST, "return must be a path of this site, beginning with one /");
        }
        try {
            Quote quote = checkout.prices().quote(hours, packageId);
            String payments = origins.payments(request);
            String suffix = leadsTo == null ? "" : "?return=" + URLEncoder.encode(leadsTo, StandardCharsets.UTF_8);
            Checkout created =
                    checkout.create(key, quote, payments + "/success" + suffix, payments + "/cancel" + suffix);
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("checkout_url", created.url());
            members.put("session_id", created.sessionId());
            return members;
        } catch (PaymentException e) {
            throw refusal(e);
        }
    }

    private void requireStripe() {
        if (!checkout.configured()) {
            throw notConfigured("buying is off: " + Settings.STRIPE_SECRET_KEY.key() + " is not set");
        }
    }

    private static Refusal refusal(PaymentException e) {
        return switch (e.reason()) {
            case ORDER_EMPTY,
                    PACKAGE_UNKNOWN,
                    PACKAGE_HOURS_DIFFER,
                    HOURS_OUT_OF_RANGE,
                    AMOUNT_TOO_SMALL,
                    AMOUNT_TOO_LARGE -> new Refusal(ErrorCode.INVALID_REQUEST, text(e));
            case LICENSE_UNKNOWN -> KeyInRequest.cannotBuy();
            case LICENSE_INACTIVE -> new Refusal(ErrorCode.LICENSE_INACTIVE, text(e));
            case LICENSE_EXPIRED -> new Refusal(ErrorCode.LICENSE_EXPIRED, text(e));
            case LICENSE_SERVER_UNAVAILABLE -> new Refusal(ErrorCode.LICENSE_SERVER_UNAVAILABLE, text(e));
            case LICENSE_SERVER_REFUSED, NOT_CREDITED -> {
                // The customer can do nothing about this application's token.
                LOG.error("The license server refuses this application", e);
                yield new Refusal(ErrorCode.LICENSE_SERVER_UNAVAILABLE, "the license server cannot be asked");
            }
            case NOT_CONFIGURED -> notConfigured(text(e));
            case STRIPE_UNAVAILABLE -> {
                LOG.warn("{}", text(e));
                yield new Refusal(
                        503, Refusal.STRIPE_UNAVAILABLE, "Stripe unavailable", "Stripe does not answer at the moment");
            }
            case STRIPE_REFUSED, NOT_FOUND -> {
                // Names settings and rights of the account, which are the operator's business.
                LOG.error("{}", text(e));
                yield new Refusal(
                        502, "STRIPE_REFUSED", "Stripe refused", "Stripe refused; the operator finds why in the log");
            }
        };
    }

    private static String text(PaymentException e) {
        return String.valueOf(e.getMessage());
    }

    /** The customer is back, or somebody who guesses: credits what is paid, and tells where it stands. */
    Outcome success(HttpServletRequest request) {
        String sessionId = request.getParameter("session_id");
        if (!checkout.configured()) {
            return new Outcome(
                    Outcome.State.UNAVAILABLE,
                    null,
                    "payments are off: " + Settings.STRIPE_SECRET_KEY.key() + " is not set");
        }
        if (!waitingPages.tryAcquire()) {
            return new Outcome(Outcome.State.UNAVAILABLE, null, "too many ask at the moment");
        }
        try {
            Fulfilled fulfilled = checkout.fulfil(sessionId == null ? "" : sessionId);
            return Outcome.of(fulfilled);
        } catch (PaymentException e) {
            if (e.reason() == PaymentException.Reason.LICENSE_SERVER_UNAVAILABLE
                    || e.reason() == PaymentException.Reason.NOT_CREDITED) {
                LOG.warn("A paid checkout is not credited yet; it is tried again", e);
                return new Outcome(Outcome.State.HOURS_FOLLOW, null, "");
            }
            return new Outcome(Outcome.State.UNAVAILABLE, null, refusal(e).detail());
        } finally {
            waitingPages.release();
        }
    }

    /** Where the customer wants to go on from here: the parameter if it is a path of ours, the setting, or the page. */
    String leadsTo(HttpServletRequest request) {
        String wanted = request.getParameter("return");
        if (wanted != null && Origins.isOwnPath(wanted)) {
            return wanted;
        }
        String configured = config.get(Settings.PAYMENT_RETURN_URL);
        return configured.isEmpty() ? origins.paymentsPath(request) : configured;
    }

    /**
     * Stripe calls. Everything is done when this returns.
     *
     * @throws Refusal 4xx when it was not Stripe, 5xx when Stripe shall call again
     */
    Map<String, Object> webhook(HttpServletRequest request) {
        if (config.get(Settings.STRIPE_WEBHOOK_SECRET).isEmpty()) {
            throw notConfigured("no webhook is accepted: " + Settings.STRIPE_WEBHOOK_SECRET.key() + " is not set");
        }
        requireStripe();
        byte[] body = RequestBody.bytes(request, MAX_EVENT);
        WebhookResult result;
        try {
            result = checkout.webhook(body, request.getHeader("Stripe-Signature"));
        } catch (RuntimeException e) {
            // Whatever it was, a 4xx or 2xx would make Stripe forget the event.
            LOG.warn("A webhook could not be handled; Stripe will call again", e);
            throw new Refusal(503, "TRY_AGAIN", "Not handled yet", "this event could not be handled yet");
        }
        return switch (result) {
            case HANDLED, IGNORED -> {
                Map<String, Object> members = new LinkedHashMap<>();
                members.put("received", true);
                members.put("handled", result == WebhookResult.HANDLED);
                yield members;
            }
            case BAD_SIGNATURE -> throw invalid("the signature is not Stripe's, or too old");
            case UNREADABLE -> throw invalid("this is no event");
            case NOT_CONFIGURED -> throw notConfigured("no webhook is accepted: a setting is missing");
        };
    }

    private static Refusal invalid(String detail) {
        return new Refusal(ErrorCode.INVALID_REQUEST, detail);
    }

    /** Where a purchase stands, for the customer. */
    record Outcome(State state, @Nullable Fulfilled fulfilled, String detail) {

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
            /** No checkout of ours. */
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

        private static Outcome of(Fulfilled fulfilled) {
            State state = switch (fulfilled.state()) {
                case CREDITED, ALREADY_CREDITED -> State.CREDITED;
                case PENDING -> State.PENDING;
                case NOT_PAID -> State.NOT_PAID;
                case REFUSED -> State.REFUSED;
                case NOT_OURS -> State.UNKNOWN;
            };
            return new Outcome(state, fulfilled, "");
        }
    }

    @Override
    public void close() {
        checkout.close();
    }
}
