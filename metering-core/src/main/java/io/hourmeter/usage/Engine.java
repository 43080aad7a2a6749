package io.hourmeter.usage;

import io.hourmeter.Balance;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.UsageAnswers;
import io.hourmeter.internal.ClientAddress;
import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.internal.Ticker;
import io.hourmeter.usage.journal.JournalKeeper;
import io.hourmeter.usage.node.Arrival;
import io.hourmeter.usage.node.FallbackLease;
import io.hourmeter.usage.node.LeaseRecord;
import io.hourmeter.usage.node.NodeCore;
import io.hourmeter.usage.node.NodeFigures;
import io.hourmeter.usage.node.NodeSettings;
import io.hourmeter.usage.node.PendingLease;
import io.hourmeter.usage.node.SyncRequest;
import io.hourmeter.usage.node.TrackerEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link NodeCore}: gives it the time, carries its messages to the license server and its events out.
 *
 * <p>One lock guards the core; no I/O and no code of others runs under it. Requests take it only when they do not find
 * their session running.
 */
final class Engine implements JournalKeeper.Source {

    private static final Logger LOG = LoggerFactory.getLogger(UsageTracker.class);

    /** A fault that meets every report is not to occupy a processor. */
    private static final long PAUSE_AFTER_FAULT_NANOS = Duration.ofSeconds(1).toNanos();

    private final NodeSettings settings;
    private final LicenseClient client;
    private final UsageContext context;
    private final Ticker ticker;
    private final NodeCore core;
    private final Workers workers;
    private final RateLimitedLogger limitedLog;

    private final ConcurrentHashMap<ErrorCode, LongAdder> refused = new ConcurrentHashMap<>();
    private final LongAdder unmetered = new LongAdder();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition settled = lock.newCondition();
    private final Condition answered = lock.newCondition();
    /** Messages that wait for their answer; guarded by the lock. */
    private int sending;
    /** When the earliest sleeping sender wakes by itself; guarded by the lock. */
    private long sleepingUntil = Long.MAX_VALUE;

    private boolean stopped;

    Engine(
            NodeSettings settings,
            LicenseClient client,
            UsageContext context,
            NodeCore core,
            Workers workers,
            RateLimitedLogger limitedLog) {
        this.settings = settings;
        this.client = client;
        this.context = context;
        this.ticker = context.ticker();
        this.core = core;
        this.workers = workers;
        this.limitedLog = limitedLog;
    }

    /** A request that did not find its session running, with the key as the customer supplied it. */
    Admission admit(String licenseKey, @Nullable String sessionId, @Nullable String client, long now) {
        Optional<LicenseKey> key = LicenseKey.parse(licenseKey);
        Admission admission = key.isPresent()
                ? decide(key.get(), licenseKey, sessionId, client, now)
                : new Refused(ErrorCode.INVALID_LICENSE, 0, null);
        // Nothing but a return is on the way of what was granted: nobody else could end it.
        if (admission instanceof Refused refused) {
            countRefused(refused.reason());
        }
        return admission;
    }

    /** The same for a license that the application named by its id. */
    Admission admit(LicenseId id, @Nullable String sessionId, long now) {
        Admission admission = decide(id, null, sessionId, null, now);
        if (admission instanceof Refused refused) {
            countRefused(refused.reason());
        }
        return admission;
    }

    void countRefused(ErrorCode reason) {
        refused.computeIfAbsent(reason, any -> new LongAdder()).increment();
    }

    /**
     * A request that could not be judged for a fault. It may be the fault of any other method here, so this one asks for
     * as little as it can.
     *
     * @return null when it must not be let in
     */
    @Nullable FallbackLease enterFallback(LicenseRef license, long now) {
        lock.lock();
        try {
            return core.enterFallback(license, now);
        } finally {
            lock.unlock();
        }
    }

    /** A request was let in although it could not be judged. */
    void countUnmetered() {
        unmetered.increment();
    }

    void exitFallback(FallbackLease fallback) {
        lock.lock();
        try {
            core.exitFallback(fallback, ticker.nanos());
        } finally {
            lock.unlock();
        }
    }

    UsageStats stats(@Nullable Duration journalLag) {
        Map<ErrorCode, Long> counts = new EnumMap<>(ErrorCode.class);
        refused.forEach((reason, count) -> counts.put(reason, count.sum()));
        NodeFigures node = locked(() -> core.figures(ticker.nanos()));
        return new UsageStats(
                node.sessions(),
                node.leases(),
                node.offlineLeases(),
                node.unacknowledged(),
                node.requests(),
                Duration.ofNanos(node.oldestRequestNanos()),
                node.granted(),
                unmetered.sum(),
                counts,
                node.answered(),
                node.failed(),
                node.serverReachable(),
                journalLag,
                Duration.ofMillis(node.unbilledMillis()),
                node.endlessRequests(),
                node.dropped(),
                node.pendingUnderWay(),
                node.pendingWaiting(),
                node.pendingRefused());
    }

    private Admission decide(
            LicenseRef license,
            @Nullable String spelling,
            @Nullable String sessionId,
            @Nullable String client,
            long now) {
        String address = client == null ? "" : ClientAddress.network(client);
        Arrival arrival = locked(() -> core.arrive(license, spelling, sessionId, address, now));
        if (arrival instanceof Arrival.Entered entered) {
            return Usage.begin(entered.session(), now, context);
        }
        if (arrival instanceof Arrival.Rejected rejected) {
            return refused(rejected);
        }
        return await(((Arrival.Waiting) arrival).pending(), now);
    }

    private Admission await(PendingLease pending, long arrived) {
        Optional<Arrival.Rejected> rejected;
        try {
            rejected = pending.result().get(settings.timeoutMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            locked(() -> core.timedOut(pending, ticker.nanos()));
            rejected = pending.result().getNow(Optional.of(unavailable()));
        } catch (InterruptedException e) {
            locked(() -> core.leave(pending, ticker.nanos()));
            Thread.currentThread().interrupt();
            rejected = Optional.of(unavailable());
        } catch (ExecutionException e) {
            throw new IllegalStateException("a pending lease has an answer, never a failure", e);
        }
        return rejected.isPresent() ? refused(rejected.get()) : Usage.begin(pending.session(), arrived, context);
    }

    static Refused refused(Arrival.Rejected rejected) {
        return new Refused(rejected.reason(), rejected.remainingMillis(), rejected.retryAfter());
    }

    private static Arrival.Rejected unavailable() {
        return new Arrival.Rejected(ErrorCode.LICENSE_SERVER_UNAVAILABLE, 0, Duration.ofSeconds(1));
    }

    List<SessionInfo> sessions() {
        return locked(() -> core.sessions(ticker.nanos())).stream()
                .map(session -> new SessionInfo(
                        session.id(),
                        session.license(),
                        session.running(),
                        Duration.ofMillis(session.activeMillis()),
                        Duration.ofMillis(session.idleMillis())))
                .toList();
    }

    boolean endSession(String sessionId) {
        return locked(() -> core.endSession(sessionId, ticker.nanos()));
    }

    /** Sends what a license has used and waits for the answers, at most as long as a call may last. */
    void report(LicenseRef license) {
        report(now -> core.report(license, now));
    }

    /** The same for whoever moves the clocks by hand: no answer is too young. */
    void reportExactly(LicenseRef license) {
        report(now -> core.report(license, now, 0));
    }

    private void report(LongFunction<List<SyncRequest>> use) {
        List<CompletableFuture<Void>> sending = new ArrayList<>();
        for (SyncRequest syncRequest :
                locked(() -> core.serverLost() ? List.<SyncRequest>of() : use.apply(ticker.nanos()))) {
            sending.add(sendAside(syncRequest));
        }
        try {
            CompletableFuture.allOf(sending.toArray(CompletableFuture<?>[]::new))
                    .get(settings.timeoutMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException e) {
            LOG.debug("The use of a license was not reported in time; its balance may lag behind", e);
        }
    }

    private CompletableFuture<Void> sendAside(SyncRequest syncRequest) {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        boolean accepted = workers.aside(() -> {
            send(syncRequest);
            sent.complete(null);
        });
        if (!accepted) {
            locked(() -> core.unsent(syncRequest));
            sent.complete(null);
        }
        return sent;
    }

    /** Forgets refusals of a license, renews its leases and tells the new balance. */
    void credited(LicenseRef license) {
        locked(() -> core.credited(license, ticker.nanos()));
        workers.aside(() -> tellCredit(license));
    }

    /** The same without asking for the new balance, unless a newer one is known than that of the credit's answer. */
    void credited(LicenseRef license, Balance balance) {
        boolean news = locked(() -> core.credited(license, balance, ticker.nanos()));
        if (!news) {
            workers.aside(() -> tellCredit(license));
        }
    }

    private void tellCredit(LicenseRef license) {
        try {
            long remaining = client.hoursRemaining(license).remainingMillis();
            locked(() -> core.creditTold(license, remaining, ticker.nanos()));
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            limitedLog.warn("credit", "The balance after a credit could not be read; the listener is not told", e);
        }
    }

    /** Time passes. */
    void tick() {
        locked(() -> core.tick(ticker.nanos(), ticker.wallMillis()));
    }

    void replay(List<LeaseRecord> left) {
        locked(() -> core.replay(left, ticker.nanos()));
    }

    @Override
    public List<LeaseRecord> checkpoint() {
        return locked(() -> core.checkpoint(ticker.nanos()));
    }

    @Override
    public List<LeaseRecord> awake() {
        return locked(() -> core.awake(ticker.nanos()));
    }

    /** Sends what is due now; false when there was nothing. */
    boolean sendOne() {
        return sendWhat(() -> core.nextRequest(ticker.nanos()));
    }

    /** Time was moved by hand: what is due is done, and the license server has answered or has not in time. */
    void catchUp() {
        tick();
        wakeSenders();
        while (sendOne()) {
            // until nothing is due
        }
        awaitAnswers();
    }

    /** They sleep in real time until something is due by clocks that have been moved since. */
    private void wakeSenders() {
        lock.lock();
        try {
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void awaitAnswers() {
        long left = TimeUnit.MILLISECONDS.toNanos(settings.timeoutMillis());
        lock.lock();
        try {
            while (sending > 0 && left > 0) {
                left = answered.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** The life of a sender: sends what is due, sleeps until more is, ends when stopped. */
    void sendUntilStopped() {
        while (awaitWork()) {
            try {
                sendOne();
            } catch (Throwable e) {
                FatalErrors.throwIfFatal(e);
                limitedLog.error("sender", "Reporting of use failed; it goes on with the next report", e);
                pauseAfterFault();
            }
        }
    }

    private void pauseAfterFault() {
        long left = PAUSE_AFTER_FAULT_NANOS;
        lock.lock();
        try {
            while (!stopped && left > 0) {
                left = work.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private boolean awaitWork() {
        lock.lock();
        try {
            while (!stopped) {
                long now = ticker.nanos();
                long due = core.nextDue(now);
                if (due <= now) {
                    return true;
                }
                sleepingUntil = Math.min(sleepingUntil, due);
                work.awaitNanos(due - now);
                sleepingUntil = Long.MAX_VALUE;
            }
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Sends the message that is due; false when there is none. It counts as sent from the moment it was made. */
    private boolean sendWhat(Supplier<@Nullable SyncRequest> due) {
        SyncRequest syncRequest = lockedNullable(() -> {
            SyncRequest made = due.get();
            sending += made == null ? 0 : 1;
            return made;
        });
        if (syncRequest == null) {
            return false;
        }
        try {
            send(syncRequest);
        } finally {
            lock.lock();
            try {
                sending--;
                answered.signalAll();
            } finally {
                lock.unlock();
            }
        }
        return true;
    }

    private void send(SyncRequest syncRequest) {
        UsageAnswers answers;
        try {
            answers = Objects.requireNonNull(client.sync(syncRequest.batch()), "the client answered nothing");
        } catch (RuntimeException | Error e) {
            // Also an Error: a sender that dies would stop all metering, while this message can be sent again.
            limitedLog.warn("sync", "The license server did not take a report of use: " + e.getMessage(), e);
            locked(() -> core.failed(syncRequest, ticker.nanos()));
            return;
        }
        locked(() -> core.answered(syncRequest, answers, ticker.nanos()));
    }

    /** Ends every lease and waits until the server has acknowledged all, at most so long. Returns how many it has not. */
    int settle(Duration atMost) {
        locked(() -> core.shutDown(ticker.nanos()));
        long left = atMost.toNanos();
        lock.lock();
        try {
            while (core.unacknowledged() > 0 && left > 0) {
                left = settled.awaitNanos(left);
            }
            return core.unacknowledged();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return core.unacknowledged();
        } finally {
            lock.unlock();
        }
    }

    int unacknowledged() {
        return locked(core::unacknowledged);
    }

    void shutDown() {
        locked(() -> core.shutDown(ticker.nanos()));
    }

    /** Lets the senders end. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void locked(Runnable action) {
        lockedNullable(() -> {
            action.run();
            return null;
        });
    }

    private <T> T locked(Supplier<T> action) {
        T result = lockedNullable(() -> action.get());
        if (result == null) {
            throw new IllegalStateException("nothing was answered");
        }
        return result;
    }

    private <T> @Nullable T lockedNullable(Supplier<@Nullable T> action) {
        List<PendingLease> pendingLeases = new ArrayList<>(0);
        T result;
        lock.lock();
        try {
            result = action.get();
            for (PendingLease pending = core.takePending(); pending != null; pending = core.takePending()) {
                pendingLeases.add(pending);
            }
            for (TrackerEvent event = core.takeEvent(); event != null; event = core.takeEvent()) {
                workers.tell(event);
            }
            if (core.nextDue(ticker.nanos()) < sleepingUntil) {
                work.signal();
            }
            if (core.unacknowledged() == 0) {
                settled.signalAll();
            }
        } finally {
            lock.unlock();
        }
        pendingLeases.forEach(this::sendPending);
        return result;
    }

    private void sendPending(PendingLease pending) {
        boolean accepted = workers.aside(() -> {
            boolean unused = sendWhat(() -> core.requestFor(pending, ticker.nanos()));
        });
        if (!accepted) {
            locked(() -> core.timedOut(pending, ticker.nanos()));
        }
    }
}
