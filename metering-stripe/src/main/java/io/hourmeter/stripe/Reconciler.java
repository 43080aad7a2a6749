package io.hourmeter.stripe;

import com.stripe.model.Dispute;
import com.stripe.model.Event;
import com.stripe.model.Refund;
import com.stripe.model.checkout.Session;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what no webhook told: paid checkouts, refunds, disputes and undelivered events, at the start and every 15 minutes.
 * It calls the same functions as the webhook, so it can do nothing twice; what it has seen settled it does not ask about
 * again while the process lives, and a run with nothing to do writes nothing.
 */
final class Reconciler implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

    private static final Duration INTERVAL = Duration.ofMinutes(15);

    /** Events are kept for 30 days by Stripe, and a bank may take weeks to pay. */
    static final Duration FULL_WINDOW = Duration.ofDays(30);

    /** A checkout can be paid until a day after it was created; twice that. */
    static final Duration SHORT_WINDOW = Duration.ofDays(2);

    /** How often the full window is looked at. */
    static final Duration FULL_EVERY = Duration.ofDays(1);

    /** Settled objects that are remembered; forgetting one costs one more call that changes nothing. */
    private static final int MOST_REMEMBERED = 50_000;

    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private final StripeApi stripe;
    private final Fulfilment fulfilment;
    private final Reversals reversals;
    private final Events events;
    private final Credits credits;
    private final InstantSource clock;

    // Confined to one run at a time: run() is synchronized.
    private final Set<String> settled = Collections.newSetFromMap(new LinkedHashMap<String, Boolean>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_REMEMBERED;
        }
    });
    private Instant lastFull = Instant.MIN;

    private final ScheduledThreadPoolExecutor executor;

    Reconciler(
            StripeApi stripe,
            Fulfilment fulfilment,
            Reversals reversals,
            Events events,
            Credits credits,
            InstantSource clock) {
        this.stripe = stripe;
        this.fulfilment = fulfilment;
        this.reversals = reversals;
        this.events = events;
        this.credits = credits;
        this.clock = clock;
        this.executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "hourmeter-reconciler");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
    }

    void start() {
        // Its result is of no use: runLogged lets nothing through, so it is never cancelled by a failure.
        Future<?> unused =
                executor.scheduleWithFixedDelay(this::runLogged, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void runLogged() {
        try {
            run();
        } catch (PaymentException e) {
            LOG.warn("Looking for missed payments failed and is tried again in {}: {}", INTERVAL, e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.error("Looking for missed payments failed and is tried again in {}", INTERVAL, e);
        }
    }

    /**
     * Looks once.
     *
     * @return how many checkouts were credited by this run
     * @throws PaymentException if Stripe or the license server does not answer; what was done stays done
     */
    synchronized int run() {
        Instant now = clock.instant();
        boolean full =
                lastFull.equals(Instant.MIN) || Duration.between(lastFull, now).compareTo(FULL_EVERY) >= 0;
        Instant since = now.minus(full ? FULL_WINDOW : SHORT_WINDOW);
        int credited = checkouts(since);
        refunds(since);
        disputes(since);
        undelivered(since);
        if (full) {
            lastFull = now;
        }
        if (credited > 0) {
            LOG.info("{} payments were credited that no webhook had told of", credited);
        }
        return credited;
    }

    private int checkouts(Instant since) {
        int credited = 0;
        for (Session session : stripe.completedSessions(since)) {
            boolean paid = Purchase.isOurs(session) && "paid".equals(session.getPaymentStatus());
            if (paid && settle("checkout " + session.getId(), () -> credit(session))) {
                credited++;
            }
        }
        return credited;
    }

    private boolean credit(Session session) {
        Fulfilled fulfilled = fulfilment.fulfil(session);
        boolean byUs = fulfilled.state() == Fulfilled.State.CREDITED;
        if (byUs) {
            credits.tell(fulfilled);
        }
        return byUs;
    }

    private void refunds(Instant since) {
        for (Refund refund : stripe.refunds(since)) {
            String payment = refund.getPaymentIntent();
            if (payment != null) {
                settle("refund " + refund.getId() + " " + refund.getStatus(), () -> reversals.refundsOf(payment));
            }
        }
    }

    private void disputes(Instant since) {
        for (Dispute dispute : stripe.disputes(since)) {
            settle("dispute " + dispute.getId() + " " + dispute.getStatus(), () -> reversals.dispute(dispute.getId()));
        }
    }

    private void undelivered(Instant since) {
        for (Event event : stripe.undeliveredEvents(since, StripeEvent.TYPES)) {
            String object = event.getDataObjectDeserializer().getRawJson();
            StripeEvent read = StripeEvent.of(event.getId(), event.getType(), event.getLivemode(), object);
            settle("event " + event.getId(), () -> events.handle(read));
        }
    }

    /**
     * Does something unless it was done before, and returns what it returned. A failure that will pass ends the run; one
     * that will not is logged, and tried again in the next.
     */
    private boolean settle(String what, BooleanSupplier work) {
        if (settled.contains(what)) {
            return false;
        }
        try {
            boolean result = work.getAsBoolean();
            settled.add(what);
            return result;
        } catch (PaymentException e) {
            if (e.passes()) {
                throw e;
            }
            LOG.warn("Settling {} failed: {}", what, e.getMessage());
            return false;
        }
    }

    /** Ends the thread, within seconds. Idempotent. */
    @Override
    public void close() {
        executor.shutdownNow();
        try {
            if (!executor.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("Looking for missed payments did not end within {}", CLOSE_WAIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
