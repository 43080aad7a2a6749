package io.hourmeter.server.ledger.rules;

import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The lease rules once more, as slowly and plainly as possible: every set is one bit for each millisecond, all leases
 * ever seen are looked at each time, nothing is remembered but the rows, and the largest authorization is found by
 * trying. Good for worlds of some hundred milliseconds.
 */
final class OracleLedger {

    /** Bits have no negative index; leases may begin this long before the world does. */
    private static final int ORIGIN = 500;

    /** A lease, as the protocol names its parts. */
    static final class Lease {
        final String id;
        final String scope;
        final long from;
        final long gap;
        final long ahead;
        final long grace;
        final long brk;

        @Nullable Long used;

        long authorized;
        boolean offline;
        boolean closed;
        boolean lapsed;
        long seq;
        long charged;
        long uncollected;
        long owed;
        long collected;

        Lease(String id, String scope, long from, UsageBatch head, long brk, long seq) {
            this.id = id;
            this.scope = scope;
            this.from = from;
            this.gap = head.gapMillis();
            this.ahead = head.leaseMillis();
            this.grace = head.graceMillis();
            this.brk = brk;
            this.seq = seq;
        }

        boolean open() {
            return !closed && !lapsed;
        }

        long window() {
            return Math.max(authorized, used == null ? 0 : used);
        }
    }

    /** What is answered. */
    record Answer(State state, long authorized, boolean last, long remaining, long retryAfter) {}

    final Map<String, Lease> leases = new TreeMap<>();
    final Map<String, Long> breaks = new HashMap<>();
    private final Bounds bounds;
    long credited;
    long reversed;
    long charged;
    long debits;
    long uncollected;
    long owed;
    long collected;
    long now;
    long offset;
    long expires = Long.MAX_VALUE;
    boolean active = true;
    /** Whether what cannot be paid is owed. */
    boolean owes;
    /** Whether use was ever settled for which nothing was held. */
    boolean lateUse;

    OracleLedger(Bounds bounds, long now) {
        this.bounds = bounds;
        this.now = now;
    }

    /** S1, and S6 for everyone. */
    void begin(long storeClock) {
        long t = storeClock + offset;
        if (t < now - 10_000) {
            offset += now - t;
            t = now;
        }
        now = Math.max(now, t);
        for (Lease lease : leases.values()) {
            if (lease.open() && lease.from + lease.authorized + bounds.lapseAfterMillis() < now) {
                lease.lapsed = true;
            }
        }
    }

    long purchased() {
        return credited - reversed;
    }

    long held() {
        long sum = 0;
        for (String scope : scopes()) {
            sum += held(scope);
        }
        return sum;
    }

    long covered() {
        long sum = 0;
        for (String scope : scopes()) {
            sum += actual(scope).cardinality();
        }
        return sum;
    }

    Answer apply(UsageBatch head, UsageBatch.Item item) {
        Lease lease = leases.get(item.lease());
        State refusal = refusal(item, lease);
        if (refusal != null) {
            return new Answer(refusal, 0, false, purchased() - charged, 0);
        }
        boolean news = lease == null || item.seq() > lease.seq;
        if (lease == null) {
            long from = now - item.ageMillis();
            if (!item.bridge()) {
                setBreak(item.scope(), from - 1);
            }
            lease = new Lease(item.lease(), item.scope(), from, head, breakOf(item.scope()), item.seq());
            leases.put(lease.id, lease);
        }
        lease.seq = Math.max(lease.seq, item.seq());
        report(lease, item);
        boolean asks = news && !item.done() && lease.open();
        boolean opens = asks && item.usedMillis() == null;
        if (asks && active && now - offset < expires) {
            extend(lease);
            if (opens && lease.authorized == 0) {
                settlePause(lease);
            }
        }
        State state = state(lease);
        if (opens && state != State.OK) {
            setBreak(lease.scope, now);
        }
        return new Answer(
                state,
                lease.authorized,
                state == State.OK
                        && (lease.from + lease.authorized - offset >= expires || !fits(lease, lease.window() + 1)),
                purchased() - charged,
                state == State.HELD ? retryAfter() : 0);
    }

    private @Nullable State refusal(UsageBatch.Item item, @Nullable Lease lease) {
        if (item.ageMillis() < 0 || (lease != null && !lease.scope.equals(item.scope()))) {
            return State.INVALID;
        }
        Long used = item.usedMillis();
        long age = lease == null ? item.ageMillis() : Math.max(item.ageMillis(), now - lease.from);
        boolean impossible = used != null && (used < 0 || used > age + bounds.aheadMillis());
        return impossible ? State.INVALID : null;
    }

    /** S3 and S4. */
    private void report(Lease lease, UsageBatch.Item item) {
        boolean onTime = lease.open() && !item.offline();
        long before = actual(lease.scope).cardinality();
        Long used = item.usedMillis();
        boolean offlineAllowed = item.offline() && lease.grace > 0;
        if (used != null && (lease.authorized > 0 || offlineAllowed)) {
            long cap = lease.authorized + (item.offline() ? lease.grace : 0);
            long accepted = Math.min(used, cap);
            if (lease.used == null || accepted > lease.used) {
                lease.used = accepted;
                lease.offline |= item.offline();
                lateUse |= !onTime;
            }
        }
        lease.closed |= item.done();
        long delta = actual(lease.scope).cardinality() - before;
        long pay = onTime
                ? Math.min(delta, credited - charged)
                : Math.max(0, Math.min(delta, purchased() - charged - held()));
        pay(lease, pay, delta);
    }

    private void pay(Lease lease, long pay, long delta) {
        charged += pay;
        lease.charged += pay;
        uncollected += delta - pay;
        lease.uncollected += delta - pay;
        if (owes) {
            owed += delta - pay;
            lease.owed += delta - pay;
        }
    }

    /** A credit, millisecond by millisecond: each pays the oldest millisecond that is owed, if nobody holds it. */
    void credit(long millis) {
        credited += millis;
        for (long i = 0; owes && i < millis && charged + held() < purchased(); i++) {
            Lease oldest = null;
            for (Lease lease : leases.values()) {
                if (lease.owed > lease.collected && (oldest == null || lease.from < oldest.from)) {
                    oldest = lease;
                }
            }
            if (oldest == null) {
                return;
            }
            oldest.collected++;
            collected++;
            charged++;
        }
    }

    /** S5, the authorization. */
    private void extend(Lease lease) {
        long ahead = lease.ahead;
        if (!lease.scope.isEmpty()) {
            Lease unused = lease;
            long authorized = lease.authorized;
            long with = held();
            unused.authorized = 0;
            long without = held();
            unused.authorized = authorized;
            long scopes = scopes().stream()
                    .filter(scope -> scope.equals(lease.scope)
                            || leases.values().stream()
                                    .anyMatch(
                                            other -> other.scope.equals(scope) && other.open() && other.authorized > 0))
                    .count();
            long free = purchased() - charged - with;
            ahead = Math.min(ahead, Math.max(bounds.smallestSliceMillis(), (free + with - without) / scopes));
        }
        long largest = Math.min(now + ahead, expires == Long.MAX_VALUE ? expires : expires + offset) - lease.from;
        for (long x = largest; x > lease.authorized && lease.from + x > now; x--) {
            if (fits(lease, x)) {
                lease.authorized = x;
                return;
            }
        }
    }

    /** S5, the pause. */
    private void settlePause(Lease refused) {
        long others = held() - held(refused.scope);
        if (others > bounds.negligibleMillis()) {
            return;
        }
        Lease last = null;
        for (Lease lease : leases.values()) {
            if (lease.scope.equals(refused.scope)
                    && lease.used != null
                    && lease.from + lease.used <= refused.from
                    && (last == null || lease.from + lease.used > end(last))) {
                last = lease;
            }
        }
        if (last == null || refused.from - end(last) > refused.gap || end(last) <= refused.brk) {
            return;
        }
        Lease grown = last;
        long used = end(grown) - grown.from;
        long covered = actual(grown.scope).cardinality();
        LongPredicate affordable = y -> {
            grown.used = y - grown.from;
            long delta = actual(grown.scope).cardinality() - covered;
            return charged + delta + held() <= purchased();
        };
        long y = refused.from;
        while (y > grown.from + used && !affordable.test(y)) {
            y--;
        }
        grown.used = y - grown.from;
        long delta = actual(grown.scope).cardinality() - covered;
        pay(grown, delta, delta);
    }

    private static long end(Lease lease) {
        Long used = lease.used;
        return lease.from + (used == null ? 0 : used);
    }

    private State state(Lease lease) {
        if (lease.closed) {
            return State.CLOSED;
        }
        if (lease.lapsed) {
            return State.LAPSED;
        }
        if (!active) {
            return State.INACTIVE;
        }
        if (now - offset >= expires) {
            return State.EXPIRED_LICENSE;
        }
        if (lease.from + lease.authorized > now) {
            return State.OK;
        }
        return purchased() - charged <= bounds.negligibleMillis() ? State.EXHAUSTED : State.HELD;
    }

    private long retryAfter() {
        long earliest = bounds.retryMillis();
        for (Lease lease : leases.values()) {
            if (lease.open() && lease.authorized > (lease.used == null ? 0 : lease.used)) {
                long t = 1;
                while (lease.from + lease.authorized + bounds.lapseAfterMillis() >= now + t) {
                    t++;
                }
                earliest = Math.min(earliest, t);
            }
        }
        return earliest;
    }

    /** Whether the lease may be authorized through that offset: charged + hold ≤ purchased. */
    private boolean fits(Lease lease, long x) {
        long before = lease.authorized;
        lease.authorized = x;
        boolean fits = charged + held() <= purchased();
        lease.authorized = before;
        return fits;
    }

    List<String> scopes() {
        List<String> scopes = new ArrayList<>();
        for (Lease lease : leases.values()) {
            if (!scopes.contains(lease.scope)) {
                scopes.add(lease.scope);
            }
        }
        return scopes;
    }

    long held(String scope) {
        return cover(scope, true).cardinality() - actual(scope).cardinality();
    }

    BitSet actual(String scope) {
        return cover(scope, false);
    }

    /** Whether a set has the millisecond that begins at this moment. */
    static boolean has(BitSet set, long moment) {
        return set.get((int) (moment + ORIGIN));
    }

    private BitSet cover(String scope, boolean worst) {
        List<Lease> active = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        for (Lease lease : leases.values()) {
            if (!lease.scope.equals(scope)) {
                continue;
            }
            boolean window = worst && lease.open() && lease.authorized > 0;
            if (window || lease.used != null) {
                active.add(lease);
                ends.add(lease.from + (window ? lease.window() : lease.used == null ? 0 : lease.used));
            }
        }
        BitSet bits = new BitSet();
        for (int i = 0; i < active.size(); i++) {
            Lease lease = active.get(i);
            bits.set((int) lease.from + ORIGIN, (int) (long) ends.get(i) + ORIGIN);
            for (long end : ends) {
                if (lease.from - lease.gap <= end && end < lease.from && end > lease.brk) {
                    bits.set((int) end + ORIGIN, (int) lease.from + ORIGIN);
                }
            }
        }
        return bits;
    }

    private long breakOf(String scope) {
        return breaks.getOrDefault(scope, Long.MIN_VALUE);
    }

    private void setBreak(String scope, long moment) {
        breaks.merge(scope, moment, Math::max);
    }
}
