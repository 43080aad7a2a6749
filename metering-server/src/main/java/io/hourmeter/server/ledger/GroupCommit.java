package io.hourmeter.server.ledger;

import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.internal.DaemonThreads;
import io.hourmeter.internal.UncaughtErrors;
import io.hourmeter.server.ledger.calls.WriteCall;
import io.hourmeter.server.ledger.store.LedgerStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
 * <p>What happens to the calls of one transaction is the business of {@link BatchCommit}.
 */
public final class GroupCommit implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

    /** At the rate of one disk that is well below a client's time-out. */
    static final int DEFAULT_QUEUE = 4096;

    /**
     * Larger batches gain little on one connection, make the first caller of a batch wait for the last, and wake so many
     * callers at once that the writer waits for a processor behind them: with many callers they are slower.
     */
    static final int MAX_BATCH_WEIGHT = 128;

    /** What a shutdown grants the calls that wait already. */
    private static final long CLOSE_SECONDS = 8;

    private final BatchCommit commit;
    private final BlockingQueue<BatchCommit.Pending<?>> queue;
    private final Thread writer;
    private volatile boolean closed;

    GroupCommit(LedgerStore store, int queueLength) {
        this.commit = new BatchCommit(store);
        this.queue = new ArrayBlockingQueue<>(queueLength);
        this.writer = DaemonThreads.make("hourmeter-ledger-writer", this::write);
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
        BatchCommit.Pending<T> pending = new BatchCommit.Pending<>(call);
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
        return pending.answer();
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
        boolean queued = queue.offer(BatchCommit.Pending.nothing());
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
        for (BatchCommit.Pending<?> left = queue.poll(); left != null; left = queue.poll()) {
            left.fail(closed());
        }
    }

    private static LicenseServerUnavailableException closed() {
        return new LicenseServerUnavailableException("the ledger is closed; nothing was done", null);
    }

    private void write() {
        List<BatchCommit.Pending<?>> batch = new ArrayList<>();
        while (true) {
            try {
                gather(batch);
                if (batch.isEmpty()) {
                    if (closed) {
                        return;
                    }
                    continue;
                }
                commit.run(batch);
            } catch (InterruptedException e) {
                // Nobody interrupts this thread but a container that ends; what waits is still committed.
                closed = true;
            } catch (Throwable e) {
                // An Error must not end the writer silently: every later call would wait for nobody.
                UncaughtErrors.tell(e);
                LOG.error("the ledger's writer failed; the outcome of {} calls is unknown", batch.size(), e);
                BatchCommit.fail(batch, "its writer failed", e);
            }
            batch.clear();
        }
    }

    private void gather(List<BatchCommit.Pending<?>> batch) throws InterruptedException {
        BatchCommit.Pending<?> next = closed ? queue.poll() : queue.take();
        int weight = 0;
        while (next != null) {
            // A caller that has given up waiting was told that the outcome is unknown; not doing it is one.
            if (!next.answered()) {
                batch.add(next);
                weight += next.weight();
            }
            if (weight >= MAX_BATCH_WEIGHT) {
                return;
            }
            next = queue.poll();
        }
    }
}
