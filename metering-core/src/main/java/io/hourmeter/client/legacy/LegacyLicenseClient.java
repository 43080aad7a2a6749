package io.hourmeter.client.legacy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.Hours;
import io.hourmeter.License;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.LicenseStatus;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.Validation;
import io.hourmeter.client.legacy.LegacyAccount.Terms;
import io.hourmeter.client.legacy.OlderCalls.Result;
import io.hourmeter.client.legacy.OlderCalls.Result.Done;
import io.hourmeter.client.legacy.OlderCalls.Result.Failed;
import io.hourmeter.client.legacy.OlderCalls.Result.Refused;
import io.hourmeter.internal.RateLimitedLogger;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A license server that has only {@code validate}, {@code hours} and {@code usage}, as a {@link LicenseClient}: the license
 * is validated when a lease opens, what was used is deducted with each report, and the rest at the end. What a newer server
 * keeps in its ledger is kept here, in memory and for this node alone, so the guarantees are weaker; {@code docs/limits.md}
 * has the list. Never deducts twice, and never more than was used.
 *
 * <p>What such a server has not (creating, adding hours, reversals, a history) is refused with
 * {@link ErrorCode#INVALID_REQUEST}. Thread-safe; licenses are independent of each other.
 */
public final class LegacyLicenseClient implements LicenseClient {

    private static final Logger LOG = LoggerFactory.getLogger(LegacyLicenseClient.class);

    /** Has the shape of a key and belongs to nobody: asked about at the start, to see who answers. */
    private static final LicenseKey NOBODY = LicenseKey.of("RL-00000000-00000000-00000000");

    /** Licenses in use on one node within two days; each takes about half a kilobyte. Beyond it new ones are BUSY. */
    private static final int MAX_LICENSES = 100_000;

    private static final Duration LOG_PERIOD = Duration.ofMinutes(1);

    private final String url;
    private final Supplier<OlderCalls> server;
    private final LongSupplier nanoTime;
    private final Runnable close;
    private final RateLimitedLogger log;
    private final Cache<String, LegacyAccount> accounts;
    private final AtomicBoolean saidWhatIsWeaker = new AtomicBoolean();

    /**
     * Makes the client. Connects to nothing yet.
     *
     * @param url where the server is, for error texts
     * @param server begins the calls for one call of the port
     * @param nanoTime a monotonic clock, in nanoseconds
     * @param close frees what the calls hold; idempotent
     */
    public LegacyLicenseClient(String url, Supplier<OlderCalls> server, LongSupplier nanoTime, Runnable close) {
        this.url = url;
        this.server = server;
        this.nanoTime = nanoTime;
        this.close = close;
        this.log = new RateLimitedLogger(LOG, LOG_PERIOD, nanoTime);
        this.accounts = Caffeine.newBuilder()
                .expireAfterAccess(Duration.ofMillis(LegacyAccount.FORGET_MILLIS))
                .ticker(nanoTime::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    @Override
    public UsageAnswers sync(UsageBatch batch) {
        Terms terms =
                new Terms(TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong()), batch.gapMillis(), batch.leaseMillis());
        OlderCalls calls = server.get();
        if (batch.items().isEmpty()) {
            sayWhatIsWeaker();
            // The sign of life at the start. That nobody has this key is an answer, too.
            requireAnswer(calls.validate(NOBODY));
            return new UsageAnswers(List.of());
        }
        Map<String, List<Item>> byLicense = new LinkedHashMap<>();
        for (Item item : batch.items()) {
            String keySha256 = item.keySha256();
            if (keySha256 != null) {
                byLicense.computeIfAbsent(keySha256, hash -> new ArrayList<>()).add(item);
            }
        }
        Map<String, Answer> answers = new HashMap<>();
        Failed failure = null;
        boolean reached = false;
        for (Map.Entry<String, List<Item>> entry : byLicense.entrySet()) {
            List<Item> items = entry.getValue();
            LegacyAccount account = account(entry.getKey(), items.get(0).key());
            Failed failed = account == null ? null : account.apply(items, terms, calls, answers);
            failure = failure == null ? failed : failure;
            reached |= failed == null && answers.containsKey(items.get(0).lease());
        }
        if (failure != null && !reached) {
            throw unavailable(failure);
        }
        return new UsageAnswers(batch.items().stream()
                .map(item -> answers.computeIfAbsent(item.lease(), lease -> withoutAccount(item)))
                .toList());
    }

    /** Null when the license cannot be asked about here: its key is not known, or there are too many. */
    private @Nullable LegacyAccount account(String keySha256, @Nullable LicenseKey key) {
        LegacyAccount account = accounts.getIfPresent(keySha256);
        if (account != null || key == null || accounts.estimatedSize() >= MAX_LICENSES) {
            return account;
        }
        return accounts.get(keySha256, hash -> new LegacyAccount(key, nanoTime, log, () -> accounts.invalidate(hash)));
    }

    /** Scopes of a license that are remembered, for tests. */
    int scopesOf(LicenseKey key) {
        LegacyAccount account = accounts.getIfPresent(key.sha256());
        return account == null ? 0 : account.scopes();
    }

    private Answer withoutAccount(Item item) {
        if (item.license() instanceof LicenseId id) {
            // For the operator to mend, and no verdict about a license.
            log.error(
                    "id",
                    "A license cannot be served: "
                            + notThere("license ids like " + id).getMessage(),
                    null);
            return new Answer(item.lease(), null, State.INVALID, 0, false, 0, 0);
        }
        String keySha256 = item.keySha256();
        boolean known = item.key() != null || (keySha256 != null && accounts.getIfPresent(keySha256) != null);
        if (known || !item.done()) {
            return new Answer(item.lease(), null, State.BUSY, 0, false, 0, 0);
        }
        // What the process that is gone had deducted already nobody knows.
        log.warn(
                "journal",
                "Use from before the last start is not charged: the journal does not hold license keys, which is all"
                        + " that an older license server knows",
                null);
        return new Answer(item.lease(), null, State.CLOSED, 0, false, 0, 0);
    }

    private void sayWhatIsWeaker() {
        if (saidWhatIsWeaker.compareAndSet(false, true)) {
            LOG.warn(
                    "license.server.kind=older: working with validate, hours and usage of {} alone, which is weaker."
                            + " One application at a time: use by several adds up and may exceed the balance. Nothing"
                            + " can be bought. Use that is not yet reported when this process dies is not charged, nor"
                            + " is a deduction whose answer is lost. License keys stand in URLs",
                    url);
        }
    }

    @Override
    public Validation validate(LicenseRef license) {
        LicenseKey key = keyOf(license);
        OlderCalls calls = server.get();
        Result result = requireAnswer(calls.validate(key));
        if (result instanceof Refused refused) {
            return new Validation(refused.code(), null);
        }
        Balance balance = balanceAfter(result, key, calls);
        return new Validation(null, new License(null, key.masked(), "", LicenseStatus.ACTIVE, null, null, balance));
    }

    @Override
    public Balance hoursRemaining(LicenseRef license) {
        LicenseKey key = keyOf(license);
        OlderCalls calls = server.get();
        // Only validate has a sentence for a key that nobody has.
        Result result = requireAnswer(calls.validate(key));
        if (result instanceof Refused refused && refused.code() == ErrorCode.INVALID_LICENSE) {
            throw refusal(refused, key);
        }
        return balance(key, calls);
    }

    @Override
    public Debited deductHours(LicenseRef license, Duration hours, @Nullable String idempotencyKey) {
        if (idempotencyKey != null) {
            throw notThere("idempotency keys, so that a deduction cannot be made safe to repeat");
        }
        LicenseKey key = keyOf(license);
        long millis =
                hours.isNegative() || hours.compareTo(Duration.ofMillis(Hours.MAX_MILLIS)) > 0 ? 0 : hours.toMillis();
        if (millis == 0) {
            throw new LicenseRequestException(
                    ErrorCode.INVALID_REQUEST, "hours must be between 1 ms and 1000000 hours, was " + hours);
        }
        OlderCalls calls = server.get();
        Result result = requireAnswer(calls.deduct(key, Hours.ofMillis(millis)));
        if (result instanceof Refused refused) {
            throw refusal(refused, key);
        }
        BigDecimal deducted = ((Done) result).deducted();
        long taken = deducted == null ? millis : Math.min(millis, Hours.toMillis(deducted.max(BigDecimal.ZERO)));
        return new Debited(taken, balanceAfter(result, key, calls), false);
    }

    private static Balance balanceAfter(Result result, LicenseKey key, OlderCalls calls) {
        return result instanceof Done done && done.balance() != null ? done.balance() : balance(key, calls);
    }

    private static Balance balance(LicenseKey key, OlderCalls calls) {
        Result result = requireAnswer(calls.hours(key));
        if (result instanceof Refused refused) {
            throw refusal(refused, key);
        }
        Balance balance = ((Done) result).balance();
        if (balance == null) {
            throw new LicenseServerUnavailableException("the license server did not say the balance", null);
        }
        return balance;
    }

    private static Result requireAnswer(Result result) {
        if (result instanceof Failed failed) {
            throw unavailable(failed);
        }
        return result;
    }

    private static LicenseServerUnavailableException unavailable(Failed failed) {
        return new LicenseServerUnavailableException(failed.message(), failed.cause());
    }

    private static LicenseRequestException refusal(Refused refused, LicenseKey key) {
        boolean unknown = refused.code() == ErrorCode.INVALID_LICENSE;
        return new LicenseRequestException(
                unknown ? ErrorCode.LICENSE_NOT_FOUND : refused.code(),
                "the license server says of license " + key.masked() + ": "
                        + refused.code().title());
    }

    private LicenseKey keyOf(LicenseRef license) {
        if (license instanceof LicenseKey key) {
            return key;
        }
        throw notThere("license ids like " + license + ", only keys");
    }

    @Override
    public CreatedLicense create(NewLicense license, @Nullable String idempotencyKey) {
        throw notThere("call to create a license that could be repeated safely");
    }

    @Override
    public Credited addHours(
            LicenseRef license,
            Duration hours,
            @Nullable CreditKind kind,
            @Nullable String idempotencyKey,
            String reference,
            String description) {
        throw notThere("call to add hours that could be repeated safely");
    }

    @Override
    public Balance reverse(LicenseRef license, Reversal reversal) {
        throw notThere("reversals");
    }

    @Override
    public History history(LicenseRef license, HistoryQuery query) {
        throw notThere("history");
    }

    private LicenseRequestException notThere(String what) {
        return new LicenseRequestException(
                ErrorCode.INVALID_REQUEST,
                "the license server at " + url + " is an older one (license.server.kind=older) and has no " + what);
    }

    @Override
    public void close() {
        close.run();
    }
}
