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
        private long purchasedMillis;
        private State refusal = State.OK;
        private final Map<String, Long> used = new HashMap<>();

        long usedMillis() {
            return used.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** What every answer calls its license. */
    static final LicenseId ID = new LicenseId("lic_0123456789");

    final AtomicBoolean away = new AtomicBoolean();
    final AtomicInteger syncs = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();
    private final Map<String, Account> accounts = new HashMap<>();

    synchronized InMemoryLicenses with(String key, Duration hours) {
        Account account = accounts.computeIfAbsent(LicenseKey.of(key).sha256(), hash -> new Account());
        account.purchasedMillis += hours.toMillis();
        return this;
    }

    /** A license that only its id names. */
    synchronized InMemoryLicenses with(LicenseId id, Duration hours) {
        accounts.computeIfAbsent(id.value(), any -> new Account()).purchasedMillis += hours.toMillis();
        return this;
    }

    synchronized long usedMillis(LicenseId id) {
        return accounts.get(id.value()).usedMillis();
    }

    synchronized void refuse(String key, State state) {
        accounts.computeIfAbsent(LicenseKey.of(key).sha256(), hash -> new Account()).refusal = state;
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
            return answer(item, State.UNKNOWN, 0, 0);
        }
        long used = item.usedMillis() == null ? 0 : item.usedMillis();
        account.used.merge(item.lease(), used, Math::max);
        long remaining = account.purchasedMillis - account.usedMillis();
        if (item.done()) {
            return answer(item, State.CLOSED, used, remaining);
        }
        if (account.refusal != State.OK) {
            return answer(item, account.refusal, 0, remaining);
        }
        if (remaining <= 0) {
            return answer(item, State.EXHAUSTED, used, remaining);
        }
        return answer(item, State.OK, Math.min(used + remaining, item.ageMillis() + leaseMillis), remaining);
    }

    private static UsageAnswers.Answer answer(UsageBatch.Item item, State state, long authorized, long remaining) {
        return new UsageAnswers.Answer(item.lease(), ID, state, authorized, false, remaining, 0);
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
