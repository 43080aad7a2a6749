package io.hourmeter.stripe.web;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.stripe.PaymentException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.LoggerFactory;

/**
 * The one place that makes an answer of a failure. What a failure says goes to the log, where the operator reads it, and
 * never into the answer: it may name an address, a setting or a class. Thread-safe.
 */
final class ExceptionMapper {

    /** A page asks several times a minute, for each customer who looks at it. */
    private static final Duration LOG_PERIOD = Duration.ofMinutes(1);

    private final RateLimitedLogger log;

    ExceptionMapper(LongSupplier nanoTime) {
        log = new RateLimitedLogger(LoggerFactory.getLogger(PaymentsServlet.class), LOG_PERIOD, nanoTime);
    }

    /** The answer to a failure of any call. */
    Refusal toRefusal(Throwable failure) {
        if (failure instanceof Refusal refusal) {
            return refusal;
        }
        if (failure instanceof LicenseServerUnavailableException e) {
            log.warn("license server", "The license server gave no usable answer: " + e.getMessage(), null);
            return licenseServerAway();
        }
        if (failure instanceof LicenseRequestException e) {
            return refusedByLicenseServer(e);
        }
        if (failure instanceof PaymentException e) {
            return notSold(e, "the order cannot be paid");
        }
        log.error("failure", "A call of the payments failed; the customer was told to try again later", failure);
        return Refusal.notAvailable();
    }

    private Refusal refusedByLicenseServer(LicenseRequestException e) {
        ErrorCode code = e.code();
        return switch (code) {
            case INVALID_LICENSE, LICENSE_NOT_FOUND -> unknownKey();
            case LICENSE_INACTIVE -> inactive();
            case LICENSE_EXPIRED -> expired();
            case UNAUTHORIZED, FORBIDDEN -> {
                // The customer can do nothing about this application's token.
                log.error("token", "The license server refuses the token of this application: " + e.getMessage(), null);
                yield licenseServerAway();
            }
            case BUSY, HOURS_HELD, LICENSE_SERVER_UNAVAILABLE, LICENSE_REQUIRED -> {
                log.warn("license server", "The license server does not do it now: " + e.getMessage(), null);
                yield licenseServerAway();
            }
            case INVALID_REQUEST, TOO_LARGE, CONFLICT, IDEMPOTENCY_MISMATCH, HOURS_EXHAUSTED -> {
                log.warn("refused", "The license server refuses what a customer asked: " + e.getMessage(), null);
                yield new Refusal(code, CustomerText.NOT_UNDERSTOOD, "the license server does not take this request");
            }
        };
    }

    /**
     * The answer to an order that is not on the price list. What the list says about it may be told: it knows nothing but
     * hours, packages and prices.
     */
    Refusal notOnTheList(PaymentException e) {
        return notSold(e, String.valueOf(e.getMessage()));
    }

    private Refusal notSold(PaymentException e, String aboutTheOrder) {
        return switch (e.reason()) {
            case ORDER_EMPTY -> Refusal.invalid(CustomerText.ORDER_EMPTY, aboutTheOrder);
            case PACKAGE_UNKNOWN, PACKAGE_HOURS_DIFFER -> Refusal.invalid(CustomerText.PACKAGE_GONE, aboutTheOrder);
            case HOURS_OUT_OF_RANGE -> Refusal.invalid(CustomerText.HOURS_OUT_OF_RANGE, aboutTheOrder);
            case AMOUNT_TOO_SMALL -> Refusal.invalid(CustomerText.COSTS_TOO_LITTLE, aboutTheOrder);
            case AMOUNT_TOO_LARGE -> Refusal.invalid(CustomerText.COSTS_TOO_MUCH, aboutTheOrder);
            case LICENSE_UNKNOWN -> cannotBuy();
            case LICENSE_INACTIVE -> inactive();
            case LICENSE_EXPIRED -> expired();
            case LICENSE_SERVER_UNAVAILABLE, LICENSE_SERVER_REFUSED, NOT_CREDITED -> {
                log.error("no sale", "Nothing is sold: " + e.getMessage(), e.getCause());
                yield new Refusal(
                        ErrorCode.LICENSE_SERVER_UNAVAILABLE,
                        CustomerText.BUYING_LATER,
                        "the license server does not answer at the moment, so nothing is sold");
            }
            case NOT_CONFIGURED -> {
                log.error("not configured", "Nothing is sold: " + e.getMessage(), null);
                yield notConfigured("nothing can be bought with the settings of this application");
            }
            case STRIPE_UNAVAILABLE -> {
                log.warn("stripe", String.valueOf(e.getMessage()), null);
                yield new Refusal(
                        503,
                        Refusal.STRIPE_UNAVAILABLE,
                        "Stripe unavailable",
                        CustomerText.BUYING_LATER,
                        "Stripe does not answer at the moment");
            }
            case STRIPE_REFUSED, NOT_FOUND -> {
                // Names settings and rights of the account, which are the operator's business.
                log.error("stripe", String.valueOf(e.getMessage()), null);
                yield new Refusal(
                        502,
                        "STRIPE_REFUSED",
                        "Stripe refused",
                        CustomerText.BUYING_OFF,
                        "Stripe refused; the log of the application says why");
            }
        };
    }

    private static Refusal licenseServerAway() {
        return new Refusal(
                ErrorCode.LICENSE_SERVER_UNAVAILABLE,
                CustomerText.LOOK_UP_LATER,
                "the license server does not answer at the moment; nothing is lost");
    }

    static Refusal unknownKey() {
        return new Refusal(ErrorCode.LICENSE_NOT_FOUND, CustomerText.KEY_UNKNOWN, "no license has this key");
    }

    /** No license has the key of an order. */
    static Refusal cannotBuy() {
        return new Refusal(
                403,
                ErrorCode.INVALID_LICENSE.name(),
                ErrorCode.INVALID_LICENSE.title(),
                CustomerText.KEY_UNKNOWN,
                "no license has this key, so it cannot buy");
    }

    static Refusal inactive() {
        return new Refusal(ErrorCode.LICENSE_INACTIVE, CustomerText.LICENSE_INACTIVE, "the license is not active");
    }

    static Refusal expired() {
        return new Refusal(ErrorCode.LICENSE_EXPIRED, CustomerText.LICENSE_EXPIRED, "the license has expired");
    }

    /** {@code detail} may name the setting that is missing: it is for whoever sets the application up. */
    static Refusal notConfigured(String detail) {
        return new Refusal(503, "PAYMENTS_NOT_CONFIGURED", "Payments not configured", CustomerText.BUYING_OFF, detail);
    }
}
