package io.hourmeter.client;

import io.hourmeter.LicenseKey;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.client.BasicAnswer.Refused;
import io.hourmeter.client.BasicAnswer.Silent;
import io.hourmeter.client.BasicAnswer.Standing;
import io.hourmeter.client.Outcome.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One license at an older server: its leases on this node, which time they have used, and what of it has been deducted.
 *
 * <p>Guarded by {@link #lock()}, which is held over the calls to the server: at most one deduction of a license is under
 * way, or balances read before and after it would mean nothing.
 */
final class OlderServerAccount {

    /** A rest of this length or less is not worth a lease; as at a newer server. */
    private static final long EXHAUSTED_MILLIS = 1_000;

    private static final long HELD_RETRY_MILLIS = 1_000;

    /** How long an ended lease is remembered, in case its end is reported again. */
    private static final long RETAIN_MILLIS = TimeUnit.HOURS.toMillis(1);

    /** A lease that nobody reports for so long is gone: nodes renew at least once per lease, which is a day at most. */
    private static final long ABANDONED_MILLIS = TimeUnit.HOURS.toMillis(48);

    /**
     * What holds for one message.
     *
     * @param received monotonic milliseconds at which it was received from the node, when its ages were true
     * @param gapMillis longest pause that counts
     * @param leaseMillis how far ahead may be served
     * @param leaving the server has been upgraded: settle, and let the node open new leases there
     */
    record Terms(long received, long gapMillis, long leaseMillis, boolean leaving) {}

    /**
     * The answers, in the order of the items.
     *
     * @param failure set when the server was asked and gave no usable answer
     */
    record Applied(List<Answer> answers, @Nullable Failure failure) {}

    private static final class Lease {
        private final String scopeName;
        private final ScopeTime scope;
        private final long from;
        private final long pauseAfter;
        private boolean active;
        private boolean over;
        private long touched;

        private Lease(String scopeName, ScopeTime scope, long from) {
            this.scopeName = scopeName;
            this.scope = scope;
            this.from = from;
            this.pauseAfter = scope.lastRefusal();
        }
    }

    private final ClientClock clock;
    private final OlderServerBill bill;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, ScopeTime> scopes = new HashMap<>();
    private final Map<String, Lease> leases = new ConcurrentHashMap<>();
    private volatile long touched;
    private boolean retired;

    OlderServerAccount(LicenseKey key, BasicCalls calls, ClientClock clock, long quietMillis) {
        this.clock = clock;
        this.bill = new OlderServerBill(key, calls, clock, quietMillis);
        this.touched = clock.millis();
    }

    ReentrantLock lock() {
        return lock;
    }

    /** When it was last used, in monotonic milliseconds. May be read without the lock. */
    long touched() {
        return touched;
    }

    /** Whether a lease was opened, or reported, here. May be asked without the lock. */
    boolean knows(String lease) {
        return leases.containsKey(lease);
    }

    /** Takes in the items of this license in their order, settles what they add, and answers each. */
    Applied apply(List<Item> items, Terms terms, Deadline deadline) {
        touched = terms.received();
        forgetEnded(terms);
        boolean opening = false;
        boolean live = false;
        for (Item item : items) {
            opening |= takeIn(item, terms);
            live |= !item.done();
        }
        BasicAnswer view = bill.settle(deadline);
        if (live && !terms.leaving() && (view == null || (opening && view instanceof Standing))) {
            view = bill.validate(deadline);
        }
        if (view instanceof Standing standing) {
            view = payForPauses(items, standing, terms, deadline);
        }
        List<Answer> answers = new ArrayList<>(items.size());
        for (Item item : items) {
            answers.add(answer(item, terms, view));
        }
        return new Applied(answers, view instanceof Silent silent ? silent.failure() : null);
    }

    /** Notes what an item says. Returns whether it opens a lease. */
    private boolean takeIn(Item item, Terms terms) {
        Lease lease = leases.get(item.lease());
        boolean first = lease == null;
        if (lease == null) {
            ScopeTime scope = scopes.computeIfAbsent(item.scope(), name -> new ScopeTime());
            long from = terms.received() - item.ageMillis();
            if (!item.bridge()) {
                scope.refusedAt(from - 1);
            }
            lease = new Lease(item.scope(), scope, from);
            leases.put(item.lease(), lease);
        }
        lease.touched = terms.received();
        Long used = item.usedMillis();
        if (used != null) {
            bill.add(lease.scope.add(lease.from, lease.from + used, terms.gapMillis(), lease.pauseAfter));
            lease.active = true;
        }
        lease.over |= item.done();
        return first && used == null && !item.done();
    }

    /**
     * A pause before a new lease that eats up the balance is used time as far as the balance goes, and the lease is
     * refused. Else a few seconds of balance would serve a click every few minutes for ever.
     */
    private BasicAnswer payForPauses(List<Item> items, Standing standing, Terms terms, Deadline deadline) {
        long available = available(standing);
        for (Item item : items) {
            Lease lease = leases.get(item.lease());
            if (lease == null || lease.over || lease.active || openScopes() != 1 || available == 0) {
                continue;
            }
            long paid = lease.scope.paidThrough(lease.from, terms.gapMillis(), lease.pauseAfter);
            if (paid + available <= 0) {
                long end = lease.scope.end();
                bill.add(lease.scope.add(end, end + available, 0, end));
                BasicAnswer after = bill.settle(deadline);
                return after == null || after instanceof Standing ? new Refused(State.EXHAUSTED) : after;
            }
        }
        return standing;
    }

    private Answer answer(Item item, Terms terms, @Nullable BasicAnswer view) {
        Lease lease = leases.get(item.lease());
        if (lease == null) {
            return UsageWire.busy(item);
        }
        if (item.done()) {
            return bill.owed() == 0 ? state(item, State.CLOSED, 0) : UsageWire.busy(item);
        }
        if (terms.leaving()) {
            lease.over = bill.owed() == 0;
            return lease.over ? state(item, State.LAPSED, 0) : UsageWire.busy(item);
        }
        if (view instanceof Refused refused) {
            return refuse(item, lease, refused.state());
        }
        return view instanceof Standing standing ? authorize(item, lease, terms, standing) : UsageWire.busy(item);
    }

    private Answer authorize(Item item, Lease lease, Terms terms, Standing standing) {
        long now = clock.millis();
        long elapsed = Math.max(0, now - lease.from);
        long available = available(standing);
        long share = available / Math.max(1, openScopes());
        long affordable = lease.scope.paidThrough(lease.from, terms.gapMillis(), lease.pauseAfter) + share;
        long wanted = elapsed + terms.leaseMillis();
        long authorized = Math.max(0, Math.min(affordable, wanted));
        if (authorized > elapsed) {
            return new Answer(item.lease(), null, State.OK, authorized, affordable < wanted, available, 0);
        }
        return refuse(item, lease, available <= EXHAUSTED_MILLIS ? State.EXHAUSTED : State.HELD);
    }

    private Answer refuse(Item item, Lease lease, State state) {
        if (!lease.active) {
            lease.scope.refusedAt(clock.millis());
        }
        lease.over = true;
        return state(item, state, state == State.HELD ? HELD_RETRY_MILLIS : 0);
    }

    private Answer state(Item item, State state, long retryAfterMillis) {
        long authorized = item.usedMillis() == null ? 0 : item.usedMillis();
        boolean exhausted = state == State.EXHAUSTED;
        long remaining = exhausted ? 0 : bill.remaining();
        return new Answer(item.lease(), null, state, authorized, exhausted, remaining, retryAfterMillis);
    }

    /** What the server has less what it has not been told yet. */
    private long available(Standing standing) {
        return Math.max(0, standing.remainingMillis() - bill.owed());
    }

    private int openScopes() {
        return (int) leases.values().stream()
                .filter(lease -> !lease.over)
                .map(lease -> lease.scopeName)
                .distinct()
                .count();
    }

    private void forgetEnded(Terms terms) {
        long now = terms.received();
        leases.values().removeIf(lease -> now - lease.touched > (lease.over ? RETAIN_MILLIS : ABANDONED_MILLIS));
        long retain = Math.max(terms.gapMillis(), RETAIN_MILLIS);
        scopes.values()
                .removeIf(scope -> (scope.end() == Long.MIN_VALUE || now - scope.end() > retain)
                        && leases.values().stream().noneMatch(lease -> lease.scope == scope));
    }

    /** Ends this account if nothing would be lost by forgetting it. Returns whether it did. */
    boolean retire(Terms terms) {
        forgetEnded(terms);
        retired = leases.isEmpty() && scopes.isEmpty() && bill.owed() == 0;
        return retired;
    }

    /** Whether it has been forgotten, and another stands in its place when the license is used again. */
    boolean retired() {
        return retired;
    }
}
