package io.hourmeter.servlet;

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
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A license server of a few lines: each lease is charged for what it used, and may be served for what is left. Enough for
 * one node; the real rules have their own tests.
 */
final class InMemoryLicenses implements LicenseClient {

    private static final class Account {
        private final LicenseId id;
        private long purchasedMillis;
        private State refusal = State.OK;
        private final Map<String, Long> used = new HashMap<>();

        private Account(LicenseId id) {
            this.id = id;
        }

        long usedMillis() {
            return used.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** A license that no key names. */
    static final LicenseId ID = new LicenseId("lic_0123456789");

    /** The license that a key names. */
    static LicenseId idOf(String key) {
        return new LicenseId("lic_" + LicenseKey.of(key).sha256().substring(0, 20));
    }

    final AtomicBoolean away = new AtomicBoolean();
    final AtomicInteger syncs = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();
    private final Map<String, Account> accounts = new HashMap<>();

    synchronized InMemoryLicenses with(String key, Duration hours) {
        account(key).purchasedMillis += hours.toMillis();
        return this;
    }

    /** A license that only its id names. */
    synchronized InMemoryLicenses with(LicenseId id, Duration hours) {
        accounts.computeIfAbsent(id.value(), any -> new Account(id)).purchasedMillis += hours.toMillis();
        return this;
    }

    /** Found by the hash of its key and by its id. */
    private Account account(String key) {
        Account account = accounts.computeIfAbsent(LicenseKey.of(key).sha256(), hash -> new Account(idOf(key)));
        accounts.putIfAbsent(account.id.value(), account);
        return account;
    }

    synchronized long usedMillis(LicenseId id) {
        return accounts.get(id.value()).usedMillis();
    }

    synchronized void refuse(String key, State state) {
        account(key).refusal = state;
    }

    synchronized long usedMillis(String key) {
        return accounts.get(LicenseKey.of(key).sha256()).usedMillis();
    }

    @Override
    public synchronized UsageAnswers sync(UsageBatch batch) {
        syncs.incrementAndGet();
        if (away.get()) {
            throw new LicenseServerUnavailableException("away", null);
        }
        return new UsageAnswers(batch.items().stream()
                .map(item -> answer(item, batch.leaseMillis()))
                .toList());
    }

    private UsageAnswers.Answer answer(UsageBatch.Item item, long leaseMillis) {
        Account account = accounts.get(item.license() instanceof LicenseId id ? id.value() : item.keySha256());
        if (account == null) {
            return answer(item, new Account(ID), State.UNKNOWN, 0, 0);
        }
        long used = item.usedMillis() == null ? 0 : item.usedMillis();
        account.used.merge(item.lease(), used, Math::max);
        long remaining = account.purchasedMillis - account.usedMillis();
        if (item.done()) {
            return answer(item, account, State.CLOSED, used, remaining);
        }
        if (account.refusal != State.OK) {
            return answer(item, account, account.refusal, 0, remaining);
        }
        if (remaining <= 0) {
            return answer(item, account, State.EXHAUSTED, used, remaining);
        }
        return answer(item, account, State.OK, Math.min(used + remaining, item.ageMillis() + leaseMillis), remaining);
    }

    private static UsageAnswers.Answer answer(
            UsageBatch.Item item, Account account, State state, long authorized, long remaining) {
        return new UsageAnswers.Answer(item.lease(), account.id, state, authorized, false, remaining, 0);
    }

    @Override
    public void close() {
        closed.set(true);
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
    public Balance hoursRemaining(LicenseRef license) {
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
}
