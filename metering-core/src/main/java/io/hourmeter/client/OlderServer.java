package io.hourmeter.client;

import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.client.OlderServerAccount.Applied;
import io.hourmeter.client.OlderServerAccount.Terms;
import io.hourmeter.client.Outcome.Failure;
import io.hourmeter.client.Outcome.Reach;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The simple way: answers usage messages by means of {@code validate}, {@code hours} and {@code usage} alone, for license
 * servers that have nothing else. What a newer server keeps in its ledger is kept here, in memory and for this node only.
 *
 * <p>Thread-safe. Licenses are independent of each other; the calls for one are made one after the other.
 */
final class OlderServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OlderServer.class);

    /** Threads that help with a message about many licenses; small servers are not made for more. */
    private static final int HELPERS = 7;

    private static final long HELPER_IDLE_SECONDS = 10;

    /** Licenses in use on one node within an hour; each takes about a kilobyte. Beyond it new ones are told BUSY. */
    private static final int MAX_ACCOUNTS = 100_000;

    /** How often licenses that are no longer in use are looked for. */
    private static final long SWEEP_MILLIS = TimeUnit.MINUTES.toMillis(5);

    /** Bounds of how long a server that is alive again may take for a call it received before. */
    private static final long LEAST_QUIET_MILLIS = 1_000;

    private static final long MOST_QUIET_MILLIS = 10_000;

    private final BasicCalls calls;
    private final ClientClock clock;
    private final long quietMillis;
    private final Map<String, OlderServerAccount> accounts = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor helpers;
    private final AtomicLong nextSweep;

    /** Reports from a journal, whose license key is not known. */
    private final AtomicLong unsettled = new AtomicLong();

    OlderServer(BasicCalls calls, ClientClock clock, Duration timeout) {
        this.calls = calls;
        this.clock = clock;
        this.quietMillis = Math.min(Math.max(timeout.toMillis(), LEAST_QUIET_MILLIS), MOST_QUIET_MILLIS);
        this.nextSweep = new AtomicLong(clock.millis() + SWEEP_MILLIS);
        this.helpers = new ThreadPoolExecutor(
                0, HELPERS, HELPER_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "hourmeter-client-older-server");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Whether a lease is settled here, so that no other server must be told of it: that would charge it twice. */
    boolean knows(Item item) {
        String hash = item.keySha256();
        OlderServerAccount account = hash == null ? null : accounts.get(hash);
        return account != null && account.knows(item.lease());
    }

    /**
     * Answers a message. Items that could not be seen to are BUSY.
     *
     * @param trueAt monotonic milliseconds at which the ages of the items were true
     */
    UsageAnswers sync(UsageBatch batch, long trueAt, Deadline deadline) {
        return apply(batch, batch.items(), trueAt, false, deadline);
    }

    /** Settles leases from before the server was upgraded, and ends them. */
    UsageAnswers leave(UsageBatch batch, List<Item> items, long trueAt, Deadline deadline) {
        return apply(batch, items, trueAt, true, deadline);
    }

    private UsageAnswers apply(UsageBatch batch, List<Item> items, long trueAt, boolean leaving, Deadline deadline) {
        Terms terms = new Terms(trueAt, batch.gapMillis(), batch.leaseMillis(), leaving);
        sweep(terms);
        Map<String, Work> byLicense = new LinkedHashMap<>();
        for (Item item : items) {
            OlderServerAccount account = account(item);
            if (account != null) {
                byLicense
                        .computeIfAbsent(item.keySha256(), hash -> new Work(account, terms))
                        .items
                        .add(item);
            }
        }
        run(byLicense.values(), deadline);
        byLicense.values().forEach(Work::freeze);
        throwIfNothingReached(byLicense.values());
        List<Answer> answers = new ArrayList<>(items.size());
        for (Item item : items) {
            Work work = byLicense.get(item.keySha256());
            answers.add(work == null ? withoutAccount(item) : work.next(item));
        }
        return new UsageAnswers(answers);
    }

    /** Null when the license cannot be asked about here: its key is not known, or there are too many. */
    private @Nullable OlderServerAccount account(Item item) {
        String keySha256 = item.keySha256();
        if (keySha256 == null) {
            return null;
        }
        OlderServerAccount account = accounts.get(keySha256);
        LicenseKey key = item.key();
        if (account != null || key == null || accounts.size() >= MAX_ACCOUNTS) {
            return account;
        }
        return accounts.computeIfAbsent(keySha256, hash -> new OlderServerAccount(key, calls, clock, quietMillis));
    }

    private Answer withoutAccount(Item item) {
        if (item.key() != null) {
            return UsageWire.busy(item);
        }
        if (item.license() != null) {
            // Named by an id, which an older server cannot look up: for the operator to mend, not for the customer.
            return new Answer(item.lease(), null, State.INVALID, 0, false, 0, 0);
        }
        // From the journal of a process that is gone: what it had deducted already nobody knows.
        if (unsettled.getAndIncrement() == 0) {
            LOG.warn("Use from before the last start cannot be settled at an older license server and is not charged:"
                    + " the journal does not hold license keys");
        }
        return new Answer(item.lease(), null, State.CLOSED, 0, false, 0, 0);
    }

    /** Shares the work between this thread and helpers, the license that waited longest first. */
    private void run(Iterable<Work> all, Deadline deadline) {
        List<Work> ordered = new ArrayList<>();
        all.forEach(ordered::add);
        ordered.sort(Comparator.comparingLong(work -> work.account.touched()));
        CountDownLatch left = new CountDownLatch(ordered.size());
        Queue<Work> queue = new ConcurrentLinkedQueue<>(ordered);
        Runnable worker = () -> {
            for (Work work = queue.poll(); work != null; work = queue.poll()) {
                try {
                    work.run(deadline);
                } finally {
                    left.countDown();
                }
            }
        };
        try {
            for (int i = 1; i < Math.min(HELPERS + 1, ordered.size()); i++) {
                helpers.execute(worker);
            }
        } catch (RejectedExecutionException e) {
            // All helpers are busy with other messages: this thread goes on with fewer.
        }
        worker.run();
        try {
            if (!left.await(deadline.leftNanos(), TimeUnit.NANOSECONDS)) {
                queue.clear();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void throwIfNothingReached(Iterable<Work> all) {
        Failure first = null;
        for (Work work : all) {
            Failure failure = work.result.failure();
            if (failure == null) {
                return;
            }
            first = first == null ? failure : first;
        }
        if (first != null) {
            throw new LicenseServerUnavailableException(first.message(), first.cause());
        }
    }

    private void sweep(Terms terms) {
        long due = nextSweep.get();
        if (terms.received() < due || !nextSweep.compareAndSet(due, terms.received() + SWEEP_MILLIS)) {
            return;
        }
        accounts.values().removeIf(account -> {
            // Whoever holds the lock is using it.
            if (!account.lock().tryLock()) {
                return false;
            }
            try {
                return account.retire(terms);
            } finally {
                account.lock().unlock();
            }
        });
    }

    @Override
    public void close() {
        helpers.shutdownNow();
        long reports = unsettled.getAndSet(0);
        if (reports > 0) {
            LOG.warn("{} reports of use from before the last start were not charged", reports);
        }
    }

    /** The items of one license, and what became of them. */
    private static final class Work {

        private static final Failure LATE =
                new Failure("the license server was too slow for this many licenses", null, Reach.NOT_SENT, 0);

        private final OlderServerAccount account;
        private final Terms terms;
        private final List<Item> items = new ArrayList<>();
        private volatile @Nullable Applied applied;
        private Applied result = new Applied(List.of(), LATE);
        private int given;

        private Work(OlderServerAccount account, Terms terms) {
            this.account = account;
            this.terms = terms;
        }

        private void run(Deadline deadline) {
            try {
                if (!account.lock().tryLock(deadline.leftNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            try {
                applied = account.retired() ? null : account.apply(items, terms, deadline);
            } finally {
                account.lock().unlock();
            }
        }

        /** From here on a helper that comes too late changes nothing. */
        private void freeze() {
            Applied done = applied;
            if (done != null) {
                result = done;
            }
        }

        /** The answer to the next of the items, which are asked for in their order. */
        private Answer next(Item item) {
            return result.answers().isEmpty()
                    ? UsageWire.busy(item)
                    : result.answers().get(given++);
        }
    }
}
