package io.hourmeter.stripe.web;

import io.hourmeter.internal.RateLimitedLogger;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * What customers may spend of Stripe: calls, which Stripe counts for the whole account, and threads of the application,
 * which wait when Stripe hangs. Each address has a share of both, so that one of them leaves enough for the others. The
 * webhook and the reconciler are not held up by it. Thread-safe.
 */
final class StripeBudget {

    /** Calls are counted for so long. */
    static final Duration WINDOW = Duration.ofMinutes(1);

    /** Of an address in a minute: an office whose pages wait for their hours, and not a robot. */
    static final int CALLS_PER_ADDRESS = 120;

    /** Of all in a minute: what Stripe takes of an account, 100 a second. */
    static final int CALLS_OVERALL = 6_000;

    /** Calls that are under way at once. */
    static final int MOST_WAITING = 16;

    /** Those of an address: half of them, so that it keeps nobody else out. */
    static final int MOST_WAITING_PER_ADDRESS = 8;

    private static final Duration LOG_PERIOD = Duration.ofMinutes(1);

    private final RateLimit calls;
    private final RateLimitedLogger log;
    private final Map<String, Integer> waiting = new HashMap<>();
    private int waitingOverall;
    private final AtomicLong refused = new AtomicLong();

    StripeBudget(LongSupplier nanoTime) {
        calls = new RateLimit(WINDOW, CALLS_PER_ADDRESS, CALLS_OVERALL, nanoTime);
        log = new RateLimitedLogger(LoggerFactory.getLogger(PaymentsServlet.class), LOG_PERIOD, nanoTime);
    }

    /**
     * Makes a call to Stripe for a client.
     *
     * @param network {@link io.hourmeter.internal.ForwardedRequest#clientNetwork()}
     * @param call at most a few requests
     * @param <T> what it answers
     * @return the answer
     * @throws Refusal 429 when the address has used its share, 503 when too many wait for Stripe
     */
    <T> T spend(String network, Supplier<T> call) {
        if (!enter(network)) {
            refused.incrementAndGet();
            log.warn("waiting", "Stripe is slow: customers are told to ask again, since too many wait for it", null);
            throw new Refusal(
                    503,
                    Refusal.STRIPE_UNAVAILABLE,
                    "Stripe unavailable",
                    CustomerText.BUYING_LATER,
                    "too many calls wait for Stripe at the moment");
        }
        try {
            take(network);
            return call.get();
        } finally {
            leave(network);
        }
    }

    private void take(String network) {
        if (!calls.take(network)) {
            refused.incrementAndGet();
            log.warn(
                    "share",
                    "Customers are told to ask again: their address has used its share of calls to Stripe, "
                            + CALLS_PER_ADDRESS + " in a minute. If it is that of a proxy, name it in proxy.trusted",
                    null);
            throw Refusal.tooMany(
                    CustomerText.BUYING_LATER, "too many calls from this address lately", calls.secondsLeft());
        }
    }

    private synchronized boolean enter(String network) {
        int before = waiting.getOrDefault(network, 0);
        if (before >= MOST_WAITING_PER_ADDRESS || waitingOverall >= MOST_WAITING) {
            return false;
        }
        waiting.put(network, before + 1);
        waitingOverall++;
        return true;
    }

    private synchronized void leave(String network) {
        waiting.computeIfPresent(network, (any, count) -> count > 1 ? count - 1 : null);
        waitingOverall--;
    }

    /** Calls under way. */
    synchronized int waiting() {
        return waitingOverall;
    }

    /** Calls that were not made since the start. */
    long refused() {
        return refused.get();
    }
}
