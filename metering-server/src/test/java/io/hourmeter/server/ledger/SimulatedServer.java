package io.hourmeter.server.ledger;

import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseStatus;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;
import io.hourmeter.server.ledger.calls.ChangeCall;
import io.hourmeter.server.ledger.calls.CreditCall;
import io.hourmeter.server.ledger.calls.DebitCall;
import io.hourmeter.server.ledger.calls.KeyMaker;
import io.hourmeter.server.ledger.calls.LapseCall;
import io.hourmeter.server.ledger.calls.ReverseCall;
import io.hourmeter.server.ledger.calls.RotateCall;
import io.hourmeter.server.ledger.calls.WriteCall;
import io.hourmeter.server.simulation.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One license server process on a shared store: its queue, its writer, its reaper. What its writer does with a batch is
 * production code ({@link BatchCommit} and everything below); only the threads around it are replaced by virtual time.
 */
public final class SimulatedServer {

    private static final String ACTOR = "simulation";
    private static final long REAP_MILLIS = 10_000;
    private static final int REAP_LIMIT = 200;

    /** The process is gone, and with it every call that it had not answered. */
    private static final LedgerGone GONE = new LedgerGone();

    private static final class LedgerGone extends RuntimeException {
        private static final long serialVersionUID = 1;

        LedgerGone() {
            super("the server was killed", null, false, false);
        }
    }

    private final SimulatedLedger ledger;
    private final SimulatedStore store;
    private final KeyMaker keys;
    private BatchCommit writer;
    private final Deque<BatchCommit.Pending<?>> queue = new ArrayDeque<>();
    private boolean writing;
    private boolean alive = true;
    private int starts;

    /** How far this process's clock is from the store's. */
    private long clockOff;

    SimulatedServer(SimulatedLedger ledger) {
        this.ledger = ledger;
        this.store = ledger.store(() -> clockOff);
        this.writer = new BatchCommit(store);
        this.keys = new KeyMaker("RL", ledger.random);
        reapLater();
    }

    /** Sets its clock off by so much. */
    public void setClockOff(long millis) {
        clockOff = millis;
    }

    public boolean alive() {
        return alive;
    }

    /** Ends the process at once, whatever it is doing. */
    public void kill() {
        alive = false;
        writing = false;
        starts++;
        List<BatchCommit.Pending<?>> lost = List.copyOf(queue);
        queue.clear();
        lost.forEach(one -> one.answer().completeExceptionally(GONE));
    }

    /** Starts it again. */
    public void start() {
        if (!alive) {
            alive = true;
            writer = new BatchCommit(store);
            reapLater();
        }
    }

    private void reapLater() {
        int start = starts;
        ledger.agenda.in(REAP_MILLIS, () -> {
            if (alive && start == starts) {
                reap();
                reapLater();
            }
        });
    }

    private void reap() {
        List<Long> overdue = ledger.reaping ? store.overdue(REAP_LIMIT) : List.of();
        if (!overdue.isEmpty()) {
            var unused = submit(new LapseCall(overdue));
        }
    }

    /** A message of a node. */
    public CompletableFuture<UsageAnswers> usage(UsageBatch batch) {
        if (batch.items().isEmpty()) {
            return alive
                    ? CompletableFuture.completedFuture(new UsageAnswers(List.of()))
                    : CompletableFuture.failedFuture(GONE);
        }
        long came = ledger.agenda.now();
        WriteCall<List<Answer>> call =
                new WatchedUsage(batch, () -> ledger.agenda.now() - came, ledger.owes(), ledger.watch, ledger.mutant);
        return submit(call).thenApply(answers -> {
            ledger.watch.answered(batch, answers);
            return new UsageAnswers(answers);
        });
    }

    /** A payment, or a gift without an idempotency key. */
    public CompletableFuture<Credited> credit(LicenseRef license, long millis, @Nullable String key) {
        return submit(
                new CreditCall(license, millis, CreditKind.PURCHASE, key, "pi_" + key, "", ACTOR, ledger.collects()));
    }

    public CompletableFuture<Debited> debit(LicenseRef license, long millis, String key) {
        return submit(new DebitCall(license, millis, key, ACTOR));
    }

    public CompletableFuture<?> reverse(LicenseRef license, Reversal reversal) {
        return submit(new ReverseCall(license, reversal, ACTOR));
    }

    /** Changes the status, the expiry (milliseconds since 1970; {@link Long#MAX_VALUE} for never), or both. */
    public CompletableFuture<?> change(LicenseRef license, @Nullable LicenseStatus status, @Nullable Long expires) {
        boolean never = expires != null && expires == Long.MAX_VALUE;
        Instant at = expires == null || never ? null : Instant.ofEpochMilli(expires);
        return submit(new ChangeCall(license, status, at, never, ACTOR));
    }

    /** Gives a license a new key; the others end after the grace. */
    public CompletableFuture<RotateCall.Rotated> rotate(LicenseRef license, Duration grace) {
        return submit(new RotateCall(license, grace, ACTOR, keys));
    }

    private <T> CompletableFuture<T> submit(WriteCall<T> call) {
        if (!alive) {
            return CompletableFuture.failedFuture(GONE);
        }
        BatchCommit.Pending<T> pending = new BatchCommit.Pending<>(call);
        queue.add(pending);
        if (!writing) {
            writeLater();
        }
        return pending.answer();
    }

    private void writeLater() {
        writing = true;
        int start = starts;
        ledger.agenda.in(ledger.commitMillis(), () -> {
            if (alive && start == starts) {
                write();
            }
        });
    }

    private void write() {
        List<BatchCommit.Pending<?>> batch = new ArrayList<>();
        int weight = 0;
        while (!queue.isEmpty() && weight < GroupCommit.MAX_BATCH_WEIGHT) {
            BatchCommit.Pending<?> next = queue.remove();
            batch.add(next);
            weight += next.weight();
        }
        writing = false;
        if (batch.size() > 1) {
            ledger.tally.count(Kind.SHARED_COMMIT);
        }
        try {
            writer.run(batch);
        } catch (SimulatedStore.Killed e) {
            queue.addAll(batch);
            ledger.trace.say("server", () -> "killed in a commit of " + batch.size() + " calls");
            kill();
            ledger.killed(this);
            return;
        }
        if (!queue.isEmpty()) {
            writeLater();
        }
    }
}
