package io.hourmeter.stripe;

import com.stripe.exception.ApiConnectionException;
import com.stripe.exception.AuthenticationException;
import com.stripe.exception.PermissionException;
import com.stripe.exception.RateLimitException;
import com.stripe.exception.StripeException;
import com.stripe.net.RequestOptions;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one place that calls Stripe's library: bounded in attempts and time, every failure mapped. The library's own retries
 * are off: they leave out reset connections, and it throws unchecked exceptions on empty answers.
 *
 * <p>Thread-safe.
 */
final class StripeCalls {

    /** The first, a repetition with the same idempotency key, and one with a new key should Stripe have kept a 500. */
    private static final int ATTEMPTS = 3;

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final int LONGEST_DETAIL = 200;

    private final Pause pause;
    private final LongSupplier nanoTime;

    StripeCalls(Pause pause, LongSupplier nanoTime) {
        this.pause = pause;
        this.nanoTime = nanoTime;
    }

    /** Waits between attempts. */
    interface Pause {
        void pause(Duration time) throws InterruptedException;
    }

    /**
     * One attempt.
     *
     * @param <T> the answer
     */
    interface Attempt<T> {

        /** {@code repeated} is true when an earlier attempt was answered with a 5xx, which Stripe keeps with its key. */
        @Nullable T run(RequestOptions.RequestOptionsBuilder options, boolean repeated) throws StripeException;
    }

    /** Calls until there is an answer, a refusal, no attempt left or no time. {@code what} completes "Stripe … ". */
    <T> T call(String what, Duration limit, Attempt<T> attempt) {
        long end = nanoTime.getAsLong() + limit.toNanos();
        int serverErrors = 0;
        for (int tries = 1; ; tries++) {
            Exception failure;
            try {
                T answer = attempt.run(options(Duration.ofNanos(end - nanoTime.getAsLong())), serverErrors > 1);
                if (answer != null) {
                    return answer;
                }
                failure = new IllegalStateException("an empty answer");
            } catch (StripeException e) {
                failure = e;
            } catch (RuntimeException e) {
                failure = e; // what the library throws on an empty or broken body
            }
            if (!passes(failure)) {
                throw refused(what, failure);
            }
            if (status(failure) >= 500) {
                serverErrors++;
            }
            Duration wait = Duration.ofMillis((FIRST_PAUSE_MILLIS << (tries - 1))
                    + ThreadLocalRandom.current().nextLong(FIRST_PAUSE_MILLIS));
            if (tries == ATTEMPTS || nanoTime.getAsLong() + wait.toNanos() >= end) {
                throw unavailable(what, failure);
            }
            sleep(wait, what, failure);
        }
    }

    private static RequestOptions.RequestOptionsBuilder options(Duration left) {
        int millis = (int) Math.max(1, Math.min(Integer.MAX_VALUE, left.toMillis()));
        return RequestOptions.builder()
                .setConnectTimeout((int) Math.min(millis, CONNECT.toMillis()))
                .setReadTimeout(millis)
                .setMaxNetworkRetries(0);
    }

    private void sleep(Duration wait, String what, Exception failure) {
        try {
            pause.pause(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(what, failure);
        }
    }

    /** Whether the same call may succeed a moment later. */
    private static boolean passes(Exception failure) {
        if (!(failure instanceof StripeException)) {
            return true;
        }
        int status = status(failure);
        return failure instanceof ApiConnectionException
                || failure instanceof RateLimitException
                || status >= 500
                || status == 409
                || status < 400; // an answer that is no object
    }

    private static int status(Exception failure) {
        Integer status = failure instanceof StripeException e ? e.getStatusCode() : null;
        return status == null ? 0 : status;
    }

    private static PaymentException unavailable(String what, Exception failure) {
        return new PaymentException(
                PaymentException.Reason.STRIPE_UNAVAILABLE,
                "Stripe does not answer at the moment (" + what + described(failure) + ")",
                failure);
    }

    private static PaymentException refused(String what, Exception failure) {
        String code = failure instanceof StripeException e && e.getCode() != null ? e.getCode() : "";
        if (code.equals("resource_missing") || status(failure) == 404) {
            return new PaymentException(
                    PaymentException.Reason.NOT_FOUND, "Stripe knows nothing of it (" + what + ")", failure);
        }
        if (code.equals("amount_too_small")) {
            return new PaymentException(
                    PaymentException.Reason.AMOUNT_TOO_SMALL, "these hours cost less than can be paid", failure);
        }
        String why = shortened(String.valueOf(failure.getMessage()));
        if (failure instanceof PermissionException) { // a kind of AuthenticationException
            why = "stripe.secret.key lacks a right";
        } else if (failure instanceof AuthenticationException) {
            why = "stripe.secret.key is not accepted"; // Stripe's own sentence repeats parts of the key
        }
        return new PaymentException(
                PaymentException.Reason.STRIPE_REFUSED,
                "Stripe refused (" + what + described(failure) + "): " + why,
                failure);
    }

    /** Kind, status and Stripe's request id, by which its support finds the call. */
    private static String described(Exception failure) {
        StringBuilder text = new StringBuilder(", ").append(failure.getClass().getSimpleName());
        if (failure instanceof StripeException e) {
            if (e.getStatusCode() != null) {
                text.append(' ').append(e.getStatusCode());
            }
            if (e.getRequestId() != null) {
                text.append(", ").append(shortened(e.getRequestId()));
            }
        }
        return text.toString();
    }

    /** One line, without a whole id of a session: Stripe repeats the one that it was asked for. */
    private static String shortened(String text) {
        String line = StripeApi.withoutSessionIds(text.replaceAll("\\p{Cntrl}+", " "));
        return line.length() <= LONGEST_DETAIL ? line : line.substring(0, LONGEST_DETAIL) + "…";
    }
}
