package io.hourmeter.server.ledger;

import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.server.ledger.calls.ProbeCall;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.StoreException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tries out whether the ledger works, with a transaction that takes the way of all calls: through the queue, to the disk.
 * Reading alone would not notice a full disk. Thread-safe.
 *
 * <p>At most one trial runs at a time, and its outcome counts for {@link #FRESH_NANOS}, so that whoever may ask for the
 * health cannot keep the disk busy with it.
 */
final class LedgerProbe {

    /** Shorter than the interval of any load balancer, so that each of its questions gets a new answer. */
    static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Shorter than the usual time-out of a health check, so that it learns why. */
    private static final long WAIT_MILLIS = 2_000;

    private final LedgerStore store;
    private final GroupCommit writer;
    private final LongSupplier nanos;
    /** The latest trial and when it began; guarded by this. */
    private @Nullable CompletableFuture<Optional<String>> latest;

    private long begunNanos;

    LedgerProbe(LedgerStore store, GroupCommit writer, LongSupplier nanos) {
        this.store = store;
        this.writer = writer;
        this.nanos = nanos;
    }

    /** What is wrong, as a clause for people without any names of files; empty when all is well. */
    Optional<String> ask() {
        try {
            Optional<String> trouble = trial().get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
            if (trouble.isEmpty()) {
                store.reads().ping();
            }
            return trouble;
        } catch (TimeoutException e) {
            return Optional.of("nothing was written within " + WAIT_MILLIS + " ms");
        } catch (StoreException e) {
            return Optional.of(e.reason());
        } catch (ExecutionException e) {
            return Optional.of(reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        }
    }

    private synchronized CompletableFuture<Optional<String>> trial() {
        long now = nanos.getAsLong();
        if (latest == null || (latest.isDone() && now - begunNanos >= FRESH_NANOS)) {
            begunNanos = now;
            latest = begin();
        }
        return latest;
    }

    private CompletableFuture<Optional<String>> begin() {
        try {
            return writer.submit(new ProbeCall())
                    .handle((done, failure) -> failure == null ? Optional.empty() : Optional.of(reason(failure)));
        } catch (LicenseServerUnavailableException e) {
            return CompletableFuture.completedFuture(Optional.of(reason(e)));
        }
    }

    private static String reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StoreException failed) {
                return failed.reason();
            }
        }
        return String.valueOf(failure.getMessage());
    }
}
