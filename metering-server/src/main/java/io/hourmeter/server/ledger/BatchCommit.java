package io.hourmeter.server.ledger;

import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.server.ledger.calls.WriteCall;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.StoreException;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the calls of one transaction: decides them in their order, commits, and only then answers. Belongs to one
 * thread; has none itself.
 *
 * <p>When a batch fails for what is in it, it is undone, halved, and its halves are tried, so that a poisonous call
 * fails alone. When it fails for the store, all its calls fail with an unknown outcome: the commit may have happened.
 */
final class BatchCommit {

    private static final Logger LOG = LoggerFactory.getLogger(BatchCommit.class);

    private final LedgerStore store;
    private final RateLimitedLogger troubles = new RateLimitedLogger(LOG, Duration.ofMinutes(1), System::nanoTime);

    BatchCommit(LedgerStore store) {
        this.store = store;
    }

    /** Decides the calls in their order, commits, and answers them all; throws nothing for what happens to them. */
    void run(List<Pending<?>> batch) {
        try {
            inOneTransaction(batch);
        } catch (StoreException e) {
            if (e.blamesData()) {
                split(batch, e);
            } else {
                String reason = e.reason();
                troubles.error(
                        "store",
                        "the ledger's store failed: " + reason + "; the outcome of " + batch.size()
                                + " calls is unknown (" + e.getCause() + ")",
                        null);
                fail(batch, reason, e);
            }
            return;
        } catch (RuntimeException e) {
            split(batch, e);
            return;
        }
        batch.forEach(Pending::tell);
    }

    private void inOneTransaction(List<Pending<?>> batch) throws StoreException {
        try (LedgerStore.Transaction transaction = store.begin()) {
            LoadRequest needs = new LoadRequest();
            batch.forEach(pending -> pending.call.declare(needs));
            UnitOfWork work = transaction.load(needs);
            for (Pending<?> pending : batch) {
                pending.decide(work);
            }
            if (work.written()) {
                transaction.write(work);
                transaction.commit();
            }
            warnOfClockStep(work.rebasedMillis());
        }
    }

    private void warnOfClockStep(long millis) {
        if (millis > 0) {
            troubles.warn(
                    "clock",
                    "the store's clock went back by " + millis + " ms; licenses go on by their own time",
                    null);
        }
    }

    private void split(List<Pending<?>> batch, Exception cause) {
        if (batch.size() > 1) {
            int half = batch.size() / 2;
            run(List.copyOf(batch.subList(0, half)));
            run(List.copyOf(batch.subList(half, batch.size())));
        } else {
            batch.get(0).divide(this, cause);
        }
    }

    /** Answers all calls that their outcome is unknown. */
    static void fail(List<Pending<?>> batch, String reason, Throwable cause) {
        for (Pending<?> pending : batch) {
            pending.answer.completeExceptionally(new LicenseServerUnavailableException(
                    "the license server's store failed: " + reason + "; repeat the call with the same idempotency key",
                    cause));
        }
    }

    private record NoCall() implements WriteCall<Boolean> {

        @Override
        public void declare(LoadRequest needs) {}

        @Override
        public Boolean decide(UnitOfWork work) {
            return true;
        }
    }

    /** A call that waits for its answer. */
    static final class Pending<T> {

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

        /** Completes after the commit. */
        CompletableFuture<T> answer() {
            return answer;
        }

        boolean answered() {
            return answer.isDone();
        }

        int weight() {
            return call.weight();
        }

        void fail(LicenseServerUnavailableException cause) {
            answer.completeExceptionally(cause);
        }

        private void decide(UnitOfWork work) {
            decided = null;
            refusal = null;
            try {
                decided = call.decide(work);
            } catch (LicenseRequestException e) {
                // Told after the commit like any answer: it may rest on what the same batch has changed.
                refusal = e;
            }
        }

        private void tell() {
            if (refusal != null) {
                answer.completeExceptionally(refusal);
            } else {
                answer.complete(decided);
            }
        }

        /** This call alone cannot be committed: its parts are tried one by one, if it has any. */
        private void divide(BatchCommit writer, Exception cause) {
            List<WriteCall<T>> parts = call.parts();
            if (parts.size() < 2) {
                writer.troubles.error("call", "a call cannot be written to the ledger and is refused: " + call, cause);
                answer.completeExceptionally(new LicenseServerUnavailableException(
                        "the license server could not write this call; nothing was done", cause));
                return;
            }
            List<@Nullable T> answers = new ArrayList<>();
            for (WriteCall<T> part : parts) {
                Pending<T> pending = new Pending<>(part);
                writer.run(List.of(pending));
                answers.add(pending.answer.isCompletedExceptionally() ? null : pending.answer.join());
            }
            answer.complete(call.join(parts, answers));
        }
    }
}
