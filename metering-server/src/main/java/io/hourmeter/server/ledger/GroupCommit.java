package io.hourmeter.server.ledger;

import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers the calls of all threads into few transactions. Thread-safe.
 *
 * <p>One writer thread takes the first call that waits, adds those that wait behind it, up to a bound, decides them in
 * their order within one transaction, commits, and only then answers. There is no timer: whatever arrived while one
 * commit was on its way makes up the next, and a lone caller waits for nobody. A full queue refuses at once, since a
 * caller who waits for a queue that does not drain only makes it longer.
 *
 * <p>When a batch fails for what is in it, it is undone, halved, and its halves are tried, so that a poisonous call
 * fails alone. When it fails for the store, all its calls fail with an unknown outcome: the commit may have happened.
 */
final class GroupCommit implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

    /** Some ten batches: at the rate of one disk that is well below a client's time-out. */
    static final int DEFAULT_QUEUE = 4096;

    /** Larger batches gain little on one connection, and make the first caller of a batch wait for the last. */
    static final int MAX_BATCH_WEIGHT = 512;

    /** What a shutdown grants the calls that wait already. */
    private static final long CLOSE_SECONDS = 8;

    private final LedgerStore store;
    private final BlockingQueue<Pending<?>> queue;
    private final Thread writer;
    /** These three are used by the writer's thread alone. */
    private final LogLimit storeFailures = new LogLimit();

    private final LogLimit refusedCalls = new LogLimit();
    private final LogLimit clockSteps = new LogLimit();
    private volatile boolean closed;

    GroupCommit(LedgerStore store, int queueLength) {
        this.store = store;
        this.queue = new ArrayBlockingQueue<>(queueLength);
        this.writer = new Thread(this::write, "hourmeter-ledger-writer");
        this.writer.setDaemon(true);
        this.writer.start();
    }

    /**
     * Queues a call.
     *
     * @return completes after the commit; with a {@link io.hourmeter.LicenseServerException} when nothing was done or
     *     the outcome is unknown
     * @throws LicenseServerUnavailableException if the queue is full or closed; nothing was done
     */
    <T> CompletableFuture<T> submit(WriteCall<T> call) {
        Pending<T> pending = new Pending<>(call);
        if (closed) {
            throw closed();
        }
        if (!queue.offer(pending)) {
            throw new LicenseServerUnavailableException(
                    "the license server is busy: " + queue.size() + " calls are waiting; nothing was done", null);
        }
        if (closed && !writer.isAlive()) {
            failWaiting();
        }
        return pending.answer;
    }

    /** Whether calls are taken up. */
    boolean running() {
        return !closed && writer.isAlive();
    }

    /** How many calls wait. */
    int waiting() {
        return queue.size();
    }

    /** Commits what waits, within a bound, and ends the writer. Idempotent. */
    @Override
    public void close() {
        closed = true;
        // Wakes a writer that waits for work; on a full queue there is nothing to wake.
        boolean queued = queue.offer(Pending.nothing());
        LOG.debug("closing the ledger's writer, woken: {}", queued);
        try {
            writer.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (writer.isAlive()) {
            LOG.warn("the ledger's writer did not end within {} s; {} calls have no answer", CLOSE_SECONDS, waiting());
        }
        failWaiting();
    }

    private void failWaiting() {
        for (Pending<?> left = queue.poll(); left != null; left = queue.poll()) {
            left.answer.completeExceptionally(closed());
        }
    }

    private static LicenseServerUnavailableException closed() {
        return new LicenseServerUnavailableException("the ledger is closed; nothing was done", null);
    }

    private void write() {
        List<Pending<?>> batch = new ArrayList<>();
        while (true) {
            try {
                gather(batch);
                if (batch.isEmpty()) {
                    if (closed) {
                        return;
                    }
                    continue;
                }
                commit(batch);
            } catch (InterruptedException e) {
                // Nobody interrupts this thread but a container that ends; what waits is still committed.
                closed = true;
            } catch (Throwable e) {
                // An Error must not end the writer silently: every later call would wait for nobody.
                LOG.error("the ledger's writer failed; the outcome of {} calls is unknown", batch.size(), e);
                fail(batch, e);
            }
            batch.clear();
        }
    }

    private void gather(List<Pending<?>> batch) throws InterruptedException {
        Pending<?> next = closed ? queue.poll() : queue.take();
        int weight = 0;
        while (next != null) {
            // A caller that has given up waiting was told that the outcome is unknown; not doing it is one.
            if (!next.answer.isDone()) {
                batch.add(next);
                weight += next.call.weight();
            }
            if (weight >= MAX_BATCH_WEIGHT) {
                return;
            }
            next = queue.poll();
        }
    }

    private void commit(List<Pending<?>> batch) {
        try {
            inOneTransaction(batch);
        } catch (SQLException e) {
            if (store.blamesData(e)) {
                split(batch, e);
            } else {
                if (storeFailures.permits()) {
                    LOG.error(
                            "the ledger's store failed; the outcome of {} calls is unknown; failures not shown: {}",
                            batch.size(),
                            storeFailures.suppressed(),
                            e);
                }
                fail(batch, e);
            }
            return;
        } catch (RuntimeException e) {
            split(batch, e);
            return;
        }
        batch.forEach(Pending::tell);
    }

    private void inOneTransaction(List<Pending<?>> batch) throws SQLException {
        try (LedgerStore.Transaction transaction = store.begin()) {
            Needs needs = new Needs();
            batch.forEach(pending -> pending.call.declare(needs));
            WorkSet work = transaction.load(needs);
            for (Pending<?> pending : batch) {
                pending.decide(work);
            }
            if (!work.changed().isEmpty()) {
                transaction.write(work);
                transaction.commit();
            }
            warnOfClockStep(work.rebasedMillis());
        }
    }

    private void warnOfClockStep(long millis) {
        if (millis > 0 && clockSteps.permits()) {
            LOG.warn(
                    "the store's clock went back by {} ms; licenses go on by their own time; warnings not shown: {}",
                    millis,
                    clockSteps.suppressed());
        }
    }

    private void split(List<Pending<?>> batch, Exception cause) {
        if (batch.size() > 1) {
            int half = batch.size() / 2;
            commit(List.copyOf(batch.subList(0, half)));
            commit(List.copyOf(batch.subList(half, batch.size())));
        } else {
            batch.get(0).divide(this, cause);
        }
    }

    private static void fail(List<Pending<?>> batch, Throwable cause) {
        for (Pending<?> pending : batch) {
            pending.answer.completeExceptionally(new LicenseServerUnavailableException(
                    "the license server's store failed; repeat the call with the same idempotency key", cause));
        }
    }

    private record NoCall() implements WriteCall<Boolean> {

        @Override
        public void declare(Needs needs) {}

        @Override
        public Boolean decide(WorkSet work) {
            return true;
        }
    }

    /** A call that waits for its answer. */
    private static final class Pending<T> {

        private final WriteCall<T> call;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private @Nullable T decided;
        private @Nullable LicenseRequestException refusal;

        Pending(WriteCall<T> call) {
            this.call = call;
        }

        /** No call: answered already, so that it is never decided. */
        static Pending<?> nothing() {
            Pending<Boolean> nothing = new Pending<>(new NoCall());
            nothing.answer.complete(true);
            return nothing;
        }

        void decide(WorkSet work) {
            decided = null;
            refusal = null;
            try {
                decided = call.decide(work);
            } catch (LicenseRequestException e) {
                // Told after the commit like any answer: it may rest on what the same batch has changed.
                refusal = e;
            }
        }

        void tell() {
            if (refusal != null) {
                answer.completeExceptionally(refusal);
            } else {
                answer.complete(decided);
            }
        }

        /** This call alone cannot be committed: its parts are tried one by one, if it has any. */
        void divide(GroupCommit writer, Exception cause) {
            List<WriteCall<T>> parts = call.parts();
            if (parts.size() < 2) {
                if (writer.refusedCalls.permits()) {
                    LOG.error(
                            "a call cannot be written to the ledger and is refused: {}; refusals not shown: {}",
                            call,
                            writer.refusedCalls.suppressed(),
                            cause);
                }
                answer.completeExceptionally(new LicenseServerUnavailableException(
                        "the license server could not write this call; nothing was done", cause));
                return;
            }
            List<@Nullable T> answers = new ArrayList<>();
            for (WriteCall<T> part : parts) {
                Pending<T> pending = new Pending<>(part);
                writer.commit(List.of(pending));
                answers.add(pending.answer.isCompletedExceptionally() ? null : pending.answer.join());
            }
            answer.complete(call.join(parts, answers));
        }
    }
}
