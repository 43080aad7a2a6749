package io.hourmeter.usage.node;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A license server that is as simple as can be: a few licenses, their leases in memory, the charge computed anew as the
 * measure of a set of milliseconds. It knows S2, S3, S5 and S6 for one node; faults are injected by the test.
 */
public final class ModelServer implements LicenseClient {

    /** One lease as the server sees it. */
    public static final class Row {
        final String lease;
        final String scope;
        final String session;
        final long from;
        final boolean bridge;
        long used = -1;
        long authorized;
        long seq;
        boolean closed;
        boolean lapsed;
        boolean offline;

        Row(UsageBatch.Item item, long from) {
            this.lease = item.lease();
            this.scope = item.scope();
            this.session = item.session();
            this.from = from;
            this.bridge = item.bridge();
        }
    }

    /** One license. */
    public static final class Account {
        public final LicenseId id;
        public final LicenseKey key;
        public long purchased;
        public State refusal = State.OK;
        public final Map<String, Row> rows = new LinkedHashMap<>();

        Account(LicenseId id, LicenseKey key, long purchased) {
            this.id = id;
            this.key = key;
            this.purchased = purchased;
        }
    }

    public final List<UsageBatch> received = new ArrayList<>();

    /** How often somebody asked for a balance. */
    public int asked;

    final Map<String, Account> accounts = new HashMap<>();
    private final LongSupplier clockMillis;

    /** Told every call, whatever becomes of it. */
    public Runnable onAttempt = () -> {};
    /** Lost before they arrive. */
    public boolean unreachable;
    /** Applied, but the answer is lost. */
    public boolean answersLost;
    /** Answers as a client does that settles with an older server: without the id of the license. */
    public boolean older;
    /** Answers to give instead of the computed ones, by item. */
    public final Deque<State> scripted = new ArrayDeque<>();

    private long gapMillis;

    public ModelServer(LongSupplier clockMillis) {
        this.clockMillis = clockMillis;
    }

    public Account sell(String key, long millis) {
        LicenseKey parsed = LicenseKey.of(key);
        Account account = new Account(new LicenseId("lic_" + "0000000" + (accounts.size() + 1)), parsed, millis);
        accounts.put(parsed.sha256(), account);
        return account;
    }

    @Override
    public synchronized UsageAnswers sync(UsageBatch batch) {
        onAttempt.run();
        if (unreachable) {
            throw new LicenseServerUnavailableException("the model is unreachable", null);
        }
        received.add(batch);
        gapMillis = batch.gapMillis();
        List<Answer> answers = new ArrayList<>();
        for (UsageBatch.Item item : batch.items()) {
            answers.add(answer(batch, item));
        }
        if (answersLost) {
            throw new LicenseServerUnavailableException("the answer of the model is lost", null);
        }
        return new UsageAnswers(answers);
    }

    private @Nullable Account account(UsageBatch.Item item) {
        if (item.license() instanceof LicenseId id) {
            return accounts.values().stream()
                    .filter(account -> account.id.equals(id))
                    .findAny()
                    .orElse(null);
        }
        return accounts.get(item.keySha256());
    }

    private Answer answer(UsageBatch batch, UsageBatch.Item item) {
        Account account = account(item);
        State script = scripted.poll();
        if (account == null) {
            return new Answer(item.lease(), null, State.UNKNOWN, 0, false, 0, 0);
        }
        if (script == State.BUSY || script == State.INVALID || script == State.TOO_LATE) {
            return new Answer(item.lease(), account.id, script, 0, false, remaining(account), 0);
        }
        long now = clockMillis.getAsLong();
        Row row = account.rows.computeIfAbsent(item.lease(), lease -> new Row(item, now - item.ageMillis()));
        boolean fresh = item.seq() > row.seq;
        row.seq = Math.max(row.seq, item.seq());
        Long used = item.usedMillis();
        long most = row.authorized + (item.offline() ? batch.graceMillis() : 0);
        if (used != null && (row.authorized > 0 || item.offline())) {
            row.used = Math.max(row.used, Math.min(used, most));
            row.offline |= item.offline();
        }
        row.closed |= item.done();
        State state = script != null ? script : state(account, row, batch, now, fresh && !item.done());
        if (script == State.CLOSED) {
            row.closed = true;
        }
        if (script == State.LAPSED) {
            row.lapsed = true;
        }
        long left = account.purchased - charged(account);
        boolean last = state == State.OK && row.from + row.authorized < now + batch.leaseMillis();
        LicenseId id = older ? null : account.id;
        return new Answer(item.lease(), id, state, row.authorized, last, left, state == State.HELD ? 8_000 : 0);
    }

    private State state(Account account, Row row, UsageBatch batch, long now, boolean extend) {
        if (row.closed) {
            return State.CLOSED;
        }
        if (row.lapsed) {
            return State.LAPSED;
        }
        if (account.refusal != State.OK) {
            return account.refusal;
        }
        if (extend) {
            extend(account, row, batch, now);
        }
        if (row.from + row.authorized > now) {
            return State.OK;
        }
        return account.purchased - charged(account) <= 1_000 ? State.EXHAUSTED : State.HELD;
    }

    /** As far as lease and balance reach; a pause before the lease that does not fit is used up to where it does. */
    private void extend(Account account, Row row, UsageBatch batch, long now) {
        long free = account.purchased - charged(account) - heldByOthers(account, row);
        long most = now + batch.leaseMillis() - row.from;
        if (cost(account, row, 0) <= free) {
            row.authorized = Math.max(row.authorized, largest(account, row, most, free));
            return;
        }
        Row before = null;
        for (Row other : account.rows.values()) {
            boolean earlier = other != row && other.scope.equals(row.scope) && other.used >= 0;
            if (earlier && (before == null || other.from + other.used > before.from + before.used)) {
                before = other;
            }
        }
        if (before != null) {
            before.used += Math.max(0, free);
        }
    }

    private long largest(Account account, Row row, long most, long free) {
        if (cost(account, row, most) <= free) {
            return most;
        }
        long low = 0;
        long high = Math.max(0, most);
        while (low < high) {
            long middle = (low + high + 1) / 2;
            if (cost(account, row, middle) <= free) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** What it would add if a lease were used up to an offset. */
    private long cost(Account account, Row row, long used) {
        long before = charged(account);
        long was = row.used;
        row.used = Math.max(was, used);
        long after = charged(account);
        row.used = was;
        return after - before;
    }

    private static long heldByOthers(Account account, Row but) {
        long held = 0;
        for (Row row : account.rows.values()) {
            if (row != but && !row.closed && !row.lapsed && !row.scope.equals(but.scope)) {
                held += Math.max(0, row.authorized - Math.max(row.used, 0));
            }
        }
        return held;
    }

    public long remaining(Account account) {
        return account.purchased - charged(account);
    }

    /** The measure of the union of all spans of each scope, pauses up to the gap filled where they may be. */
    public long charged(Account account) {
        Map<String, List<Row>> byScope = new HashMap<>();
        for (Row row : account.rows.values()) {
            if (row.used >= 0) {
                byScope.computeIfAbsent(row.scope, scope -> new ArrayList<>()).add(row);
            }
        }
        long total = 0;
        for (List<Row> rows : byScope.values()) {
            total += measure(rows);
        }
        return total;
    }

    private long measure(List<Row> rows) {
        rows.sort(Comparator.comparingLong((Row row) -> row.from));
        long total = 0;
        long end = Long.MIN_VALUE;
        for (Row row : rows) {
            long from = row.from;
            if (end != Long.MIN_VALUE && from > end && from - end <= gapMillis && row.bridge) {
                from = end;
            }
            from = Math.max(from, end);
            long to = row.from + row.used;
            if (to > from) {
                total += to - from;
            }
            end = Math.max(end, to);
        }
        return total;
    }

    /** Every id of a session that used time. */
    public TreeSet<String> sessions(Account account) {
        TreeSet<String> sessions = new TreeSet<>();
        account.rows.values().forEach(row -> sessions.add(row.session));
        return sessions;
    }

    public long open(Account account) {
        return account.rows.values().stream()
                .filter(row -> !row.closed && !row.lapsed)
                .count();
    }

    @Override
    public Balance hoursRemaining(LicenseRef license) {
        asked++;
        for (Account account : accounts.values()) {
            if (license.equals(account.id) || license.equals(account.key)) {
                return new Balance(account.purchased, charged(account), 0, Instant.EPOCH);
            }
        }
        throw new LicenseServerUnavailableException("no such license in the model", null);
    }

    @Override
    public CreatedLicense create(NewLicense license, @Nullable String idempotencyKey) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Validation validate(LicenseRef license) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Credited addHours(
            LicenseRef license,
            Duration hours,
            @Nullable CreditKind kind,
            @Nullable String idempotencyKey,
            String reference,
            String description) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Debited deductHours(LicenseRef license, Duration hours, @Nullable String idempotencyKey) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Balance reverse(LicenseRef license, Reversal reversal) {
        throw new UnsupportedOperationException();
    }

    @Override
    public History history(LicenseRef license, HistoryQuery query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
