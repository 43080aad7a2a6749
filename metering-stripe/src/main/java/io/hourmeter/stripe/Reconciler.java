package io.hourmeter.stripe;

import com.stripe.model.Dispute;
import com.stripe.model.Event;
import com.stripe.model.Refund;
import com.stripe.model.checkout.Session;
import io.hourmeter.internal.DaemonThreads;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what no webhook told: paid checkouts, refunds, disputes and undelivered events, at the start and every 15 minutes.
 * It calls the same functions as the webhook, so it can do nothing twice, and a run with nothing to do writes nothing.
 *
 * <p>What it has seen settled it does not ask about again for a day. Then it looks at all of the last 30 days as if for the
 * first time, because "settled" is what the license server of that day said, and that may since have got a backup of its
 * ledger back.
 */
final class Reconciler implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

    private static final Duration INTERVAL = Duration.ofMinutes(15);

    /** Events are kept for 30 days by Stripe, and a bank may take weeks to pay. */
    static final Duration FULL_WINDOW = Duration.ofDays(30);

    /** Until a bank has decided a dispute for good, months pass. */
    static final Duration DISPUTE_WINDOW = Duration.ofDays(180);

    /** A checkout can be paid until a day after it was created; twice that. */
    static final Duration SHORT_WINDOW = Duration.ofDays(2);

    /** How often the full window is looked at. */
    static final Duration FULL_EVERY = Duration.ofDays(1);

    /** Settled objects that are remembered; forgetting one costs one more call that changes nothing. */
    private static final int MOST_REMEMBERED = 50_000;

    /** Early enough for any clock, and far enough from the end of time to add to. */
    private static final Instant NEVER = Instant.EPOCH;

    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private final StripeApi stripe;
    private final Fulfilment fulfilment;
    private final Reversals reversals;
    private final Events events;
    private final Credits credits;
    private final UncreditedLog uncredited;
    private final InstantSource clock;

    // Confined to one run at a time: run() is synchronized.
    private final Set<String> settled = Collections.newSetFromMap(new LinkedHashMap<String, Boolean>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_REMEMBERED;
        }
    });
    private Instant lastFull = NEVER;
    private Instant remembered = NEVER;
    private Instant oldestWaiting = Instant.MAX;
    private int credited;

    private final ScheduledThreadPoolExecutor executor;

    Reconciler(
            StripeApi stripe,
            Fulfilment fulfilment,
            Reversals reversals,
            Events events,
            Credits credits,
            UncreditedLog uncredited,
            InstantSource clock) {
        this.stripe = stripe;
        this.fulfilment = fulfilment;
        this.reversals = reversals;
        this.events = events;
        this.credits = credits;
        this.uncredited = uncredited;
        this.clock = clock;
        this.executor = new ScheduledThreadPoolExecutor(1, DaemonThreads.named("hourmeter-reconciler"));
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
     * @throws PaymentException if Stripe or the license server does not answer, or Stripe refused to list something; what
     *     was done stays done
     */
    synchronized int run() {
        Instant now = clock.instant();
        boolean full = isDue(lastFull, now);
        Instant since = now.minus(full ? FULL_WINDOW : SHORT_WINDOW);
        if (isDue(remembered, now)) {
            settled.clear();
            remembered = now;
        }
        credited = 0;
        List<PaymentException> refusals = new ArrayList<>();
        boolean further = oldestWaiting.isBefore(since) && oldestWaiting.isAfter(now.minus(FULL_WINDOW));
        refusals.addAll(step(() -> checkouts(further ? oldestWaiting : since)));
        refusals.addAll(step(() -> refunds(since)));
        refusals.addAll(step(() -> disputes(full ? now.minus(DISPUTE_WINDOW) : since)));
        refusals.addAll(step(() -> undelivered(since)));
        if (credited > 0) {
            LOG.info("{} payments were credited that no webhook had told of", credited);
        }
        if (!refusals.isEmpty()) {
            throw refusals.get(0);
        }
        if (full) {
            lastFull = now;
        }
        return credited;
    }

    /** A clock that goes back, after it was wrong, must not put off anything. */
    private static boolean isDue(Instant last, Instant now) {
        return now.isBefore(last) || !now.isBefore(last.plus(FULL_EVERY));
    }

    /** A key that may not list refunds may list disputes: what Stripe refuses does not hold up the rest. */
    private static List<PaymentException> step(Runnable work) {
        try {
            work.run();
            return List.of();
        } catch (PaymentException e) {
            if (e.passes()) {
                throw e;
            }
            return List.of(e);
        }
    }

    private void checkouts(Instant since) {
        int waiting = 0;
        Instant oldest = Instant.MAX;
        for (Session session : stripe.completedSessions(since)) {
            if (Purchase.isOurs(session) && "paid".equals(session.getPaymentStatus()) && !credit(session)) {
                waiting++;
                Instant created = Instant.ofEpochSecond(session.getCreated());
                oldest = created.isBefore(oldest) ? created : oldest;
            }
        }
        oldestWaiting = oldest;
        if (waiting > 0) {
            LOG.warn(
                    "Paid checkouts that are not credited yet: {}. Errors above say why; tried again in {}",
                    waiting,
                    INTERVAL);
        }
    }

    /** Credits a checkout unless it was seen settled. Returns false when it is paid and waits for its hours. */
    private boolean credit(Session session) {
        String what = "checkout " + session.getId();
        if (settled.contains(what)) {
            return true;
        }
        try {
            Fulfilled fulfilled = fulfilment.fulfil(session);
            if (fulfilled.state() == Fulfilled.State.CREDITED) {
                credits.tell(fulfilled);
                credited++;
            }
            // Looking again at a refused one takes no call, and finds it mended.
            if (fulfilled.state() != Fulfilled.State.REFUSED) {
                settled.add(what);
            }
            return true;
        } catch (PaymentException e) {
            if (e.reason() != PaymentException.Reason.NOT_CREDITED) {
                throw e;
            }
            uncredited.tell(String.valueOf(e.getMessage()));
            return false;
        }
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
            String state = dispute.getId() + " " + dispute.getStatus() + " " + dispute.getAmount();
            settle("dispute " + state, () -> reversals.dispute(dispute.getId()));
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
     * Does something unless it was done before. A failure that will pass ends the run; one that will not is logged, and
     * tried again in the next.
     */
    private void settle(String what, Runnable work) {
        if (settled.contains(what)) {
            return;
        }
        try {
            work.run();
            settled.add(what);
        } catch (PaymentException e) {
            if (e.passes()) {
                throw e;
            }
            if (e.reason() == PaymentException.Reason.NOT_CREDITED) {
                uncredited.tell(String.valueOf(e.getMessage()));
            } else {
                LOG.warn("Settling {} failed: {}", what, e.getMessage());
            }
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
