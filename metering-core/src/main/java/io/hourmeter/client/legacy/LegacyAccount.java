package io.hourmeter.client.legacy;

import io.hourmeter.ErrorCode;
import io.hourmeter.Hours;
import io.hourmeter.LicenseKey;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.client.legacy.OlderCalls.Result;
import io.hourmeter.client.legacy.OlderCalls.Result.Done;
import io.hourmeter.client.legacy.OlderCalls.Result.Failed;
import io.hourmeter.client.legacy.OlderCalls.Result.Refused;
import io.hourmeter.internal.RateLimitedLogger;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One license at an older server: what was used of it on this node, and what of that has yet to be deducted.
 *
 * <p>The time of a scope is paid from its beginning to its end, in order: a report adds what lies behind everything that
 * was paid before. So a report that is repeated, or whose lease overlaps another, adds nothing. A deduction whose outcome
 * is unknown is given up, since such a server cannot tell a repetition; one that certainly was not made is still owed.
 *
 * <p>Guarded by its lock, which is held over the calls to the server, so that two reports of one license do not send the
 * same time. All times are monotonic milliseconds.
 */
final class LegacyAccount {

    /** A rest of this length or less is not worth a lease; as at a newer server. */
    private static final long EXHAUSTED_MILLIS = 1_000;

    private static final long HELD_RETRY_MILLIS = 1_000;

    /** Twice the longest lease and the longest pause: what a node has not named for so long it will not name again. */
    static final long FORGET_MILLIS = TimeUnit.HOURS.toMillis(48);

    /** Leases of one scope whose beginning is remembered; a node has two at a time, while it replaces one. */
    private static final int MAX_STARTS = 32;

    /** A third of a millisecond: what binary floating point may lose on the way, and less than any deduction. */
    private static final BigDecimal NOISE = new BigDecimal("0.0000001");

    /**
     * What holds for one message.
     *
     * @param received when it was received from the node, and the ages of its items were true
     * @param gapMillis longest pause that counts
     * @param leaseMillis how far ahead may be served
     */
    record Terms(long received, long gapMillis, long leaseMillis) {}

    /** What was accounted for of one scope, the license or a session. */
    private static final class Scope {

        /** When each lease began. Computed once, since an age is rounded. */
        private final Map<String, Long> starts = new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                return size() > MAX_STARTS;
            }
        };

        /** The lease that may be served; null for none. */
        private @Nullable String live;

        /** Everything before this is accounted for; null while nothing is. */
        private @Nullable Long paid;

        /** A pause that began before this contains a refusal, and does not count. */
        private long refused = Long.MIN_VALUE;

        private long touched;

        /** Where the time begins that a lease has not paid yet, the pause before it included when that counts. */
        private long unpaidFrom(long start, long gap) {
            if (paid == null) {
                return start;
            }
            boolean counts = paid >= start || (start - paid <= gap && paid > refused);
            return counts ? paid : start;
        }
    }

    private final LicenseKey key;
    private final LongSupplier nanoTime;
    private final RateLimitedLogger log;
    private final Runnable forget;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Scope> scopes = new HashMap<>();

    /** Used and not yet deducted. */
    private long owed;

    /** What was deducted so far: the decimal hours of each call are taken from this sum, so that roundings cancel out. */
    private long deducted;

    /** What the server had left when it last said so. */
    private long remaining;

    /**
     * An account on which nothing stands.
     *
     * @param forget called when nothing stands on it again, so that a scan of random keys leaves nothing behind
     */
    LegacyAccount(LicenseKey key, LongSupplier nanoTime, RateLimitedLogger log, Runnable forget) {
        this.key = key;
        this.nanoTime = nanoTime;
        this.log = log;
        this.forget = forget;
    }

    /**
     * Takes in the items of this license, deducts what they add, and answers each.
     *
     * @param answers receives the answers by lease; none when there was no time for this license
     * @return set when the server was asked and gave no usable answer
     */
    @Nullable Failed apply(List<Item> items, Terms terms, OlderCalls calls, Map<String, Answer> answers) {
        try {
            if (!lock.tryLock(calls.leftNanos(), TimeUnit.NANOSECONDS)) {
                return null;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        try {
            return calls.roomForMore() ? applyLocked(items, terms, calls, answers) : null;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Failed applyLocked(List<Item> items, Terms terms, OlderCalls calls, Map<String, Answer> answers) {
        scopes.values().removeIf(scope -> owed == 0 && terms.received() - scope.touched > FORGET_MILLIS);
        boolean opening = false;
        boolean live = false;
        // The lease that began first is paid first, or the later one would be taken for all of it.
        List<Item> inOrder = items.stream()
                .sorted(Comparator.comparingLong(Item::ageMillis).reversed())
                .toList();
        for (Item item : inOrder) {
            takeIn(item, terms);
            opening |= !item.done() && item.usedMillis() == null;
            live |= !item.done();
        }
        Result said = owed > 0 ? deduct(calls) : null;
        if (live && (said == null || (opening && said instanceof Done))) {
            said = withBalance(calls.validate(key), calls);
        }
        for (Item item : items) {
            answers.put(item.lease(), answer(item, terms, said));
        }
        if (said instanceof Done && owed > 0) {
            // A pause has eaten up the balance.
            deduct(calls);
        }
        if (owed == 0 && scopes.values().stream().allMatch(scope -> scope.paid == null && scope.live == null)) {
            forget.run();
        }
        return said instanceof Failed failed ? failed : null;
    }

    private void takeIn(Item item, Terms terms) {
        Scope scope = scopes.computeIfAbsent(item.scope(), name -> new Scope());
        scope.touched = terms.received();
        long start = scope.starts.computeIfAbsent(item.lease(), lease -> terms.received() - item.ageMillis());
        if (!item.bridge()) {
            scope.refused = Math.max(scope.refused, start - 1);
        }
        Long used = item.usedMillis();
        if (used != null) {
            long from = scope.unpaidFrom(start, terms.gapMillis());
            long to = Math.max(from, start + used);
            owed = Math.addExact(owed, to - from);
            scope.paid = to;
        }
        if (!item.done()) {
            scope.live = item.lease();
        } else if (item.lease().equals(scope.live)) {
            scope.live = null;
        }
    }

    /** Deducts what is owed, once. */
    private Result deduct(OlderCalls calls) {
        long asked = owed;
        BigDecimal hours = Hours.ofMillis(deducted + asked).subtract(Hours.ofMillis(deducted));
        Result result = calls.deduct(key, hours);
        if (result instanceof Failed failed && failed.undone()) {
            return failed;
        }
        owed = 0;
        if (result instanceof Failed failed) {
            log.warn(
                    "lost",
                    "License " + key.masked() + ": " + asked + " ms of use may not have been deducted and are given up,"
                            + " since an older license server would deduct them twice: " + failed.message(),
                    null);
        }
        if (!(result instanceof Done done)) {
            // A license that does not serve pays nothing more.
            return result;
        }
        deducted += asked;
        boolean all = done.deducted() == null || done.deducted().add(NOISE).compareTo(hours) >= 0;
        return all ? withBalance(done, calls) : new Refused(ErrorCode.HOURS_EXHAUSTED);
    }

    /** The same with the balance, which not every such server tells with every answer. */
    private Result withBalance(Result result, OlderCalls calls) {
        Result full = result instanceof Done done && done.balance() == null ? calls.hours(key) : result;
        if (full instanceof Done done && done.balance() != null) {
            remaining = done.balance().remainingMillis();
        }
        return full;
    }

    private Answer answer(Item item, Terms terms, @Nullable Result said) {
        if (item.done()) {
            return state(item, owed == 0 ? State.CLOSED : State.BUSY);
        }
        if (said instanceof Refused refused) {
            return refuse(item, state(refused.code()));
        }
        return said instanceof Done ? authorize(item, terms) : state(item, State.BUSY);
    }

    private Answer authorize(Item item, Terms terms) {
        Scope scope = scope(item);
        long start = scope.starts.getOrDefault(item.lease(), terms.received());
        long elapsed = Math.max(0, TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong()) - start);
        long available = available();
        long unpaidFrom = scope.unpaidFrom(start, terms.gapMillis());
        long affordable = unpaidFrom - start + available / Math.max(1, openScopes());
        long wanted = elapsed + terms.leaseMillis();
        long authorized = Math.min(affordable, wanted);
        if (authorized > elapsed) {
            return new Answer(item.lease(), null, State.OK, authorized, affordable < wanted, available, 0);
        }
        if (start - unpaidFrom >= available && openScopes() == 1) {
            // A pause that eats up the balance is used time as far as the balance goes. Else a few seconds of balance
            // would serve a click every few minutes for ever.
            owed = Math.addExact(owed, available);
            scope.paid = unpaidFrom + available;
        }
        return refuse(item, available() <= EXHAUSTED_MILLIS ? State.EXHAUSTED : State.HELD);
    }

    private Answer refuse(Item item, State state) {
        Scope scope = scope(item);
        scope.live = null;
        if (item.usedMillis() == null) {
            scope.refused = Math.max(scope.refused, TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong()));
        }
        return state(item, state);
    }

    private Answer state(Item item, State state) {
        Long used = item.usedMillis();
        return new Answer(
                item.lease(),
                null,
                state,
                used == null || state == State.BUSY ? 0 : used,
                state == State.EXHAUSTED,
                state == State.EXHAUSTED ? 0 : available(),
                state == State.HELD ? HELD_RETRY_MILLIS : 0);
    }

    private static State state(ErrorCode code) {
        if (code == ErrorCode.LICENSE_INACTIVE) {
            return State.INACTIVE;
        }
        if (code == ErrorCode.LICENSE_EXPIRED) {
            return State.EXPIRED_LICENSE;
        }
        return code == ErrorCode.HOURS_EXHAUSTED ? State.EXHAUSTED : State.UNKNOWN;
    }

    private Scope scope(Item item) {
        return scopes.computeIfAbsent(item.scope(), name -> new Scope());
    }

    /** What the server has less what it has not been told yet. */
    private long available() {
        return Math.max(0, remaining - owed);
    }

    int scopes() {
        return scopes.size();
    }

    private int openScopes() {
        return (int)
                scopes.values().stream().filter(scope -> scope.live != null).count();
    }
}
