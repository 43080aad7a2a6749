package io.hourmeter.server.ledger;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Credited;
import io.hourmeter.Customer;
import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.License;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.LicenseStatus;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.Validation;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.config.Uncollected;
import io.hourmeter.internal.OwnClasses;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.server.ledger.calls.ChangeCall;
import io.hourmeter.server.ledger.calls.CreateCall;
import io.hourmeter.server.ledger.calls.CreditCall;
import io.hourmeter.server.ledger.calls.DebitCall;
import io.hourmeter.server.ledger.calls.KeyMaker;
import io.hourmeter.server.ledger.calls.ReverseCall;
import io.hourmeter.server.ledger.calls.RotateCall;
import io.hourmeter.server.ledger.calls.UsageCall;
import io.hourmeter.server.ledger.calls.WriteCall;
import io.hourmeter.server.ledger.store.LedgerDatabase;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LicenseRecord;
import io.hourmeter.server.ledger.store.LicenseSearch;
import io.hourmeter.server.ledger.store.StoreClock;
import io.hourmeter.server.ledger.store.StoreException;
import io.hourmeter.wire.Limits;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only door to balances: each call is one transaction, durable when it returns. Thread-safe.
 *
 * <p>A call throws {@link LicenseRequestException} when it was refused and nothing was changed, and
 * {@link LicenseServerUnavailableException} when the writer's queue was full, the store failed, or the answer took too
 * long; the outcome is then unknown, and repeating the call with the same idempotency key is safe. {@code actor} is the
 * scope that called, for the record: admin, credit, usage or local.
 */
public final class Ledger implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

    static {
        // Whoever replaces the jar of a running process leaves it with the classes that it has.
        OwnClasses.load(Ledger.class);
    }

    /** Longer than any client waits: past it, a caller's thread is worth more than its answer. */
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    private final LedgerEngine engine;
    private final KeyMaker keys;
    private final @Nullable Duration defaultValidity;
    private final ZoneId zone;
    private final boolean owes;
    private final Duration answerWithin;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Ledger(LedgerEngine engine, MeteringConfig config, Duration answerWithin) {
        this.engine = engine;
        this.keys = new KeyMaker(config.get(Settings.LICENSE_KEY_PREFIX));
        this.defaultValidity =
                config.get(Settings.LICENSE_DURATION_DAYS).map(Duration::ofDays).orElse(null);
        this.zone = config.get(Settings.LICENSE_ZONE);
        this.owes = config.get(Settings.OUTAGE_UNCOLLECTED) == Uncollected.OWE;
        if (owes) {
            LOG.info(
                    "outage.uncollected=owe: what is used in an outage beyond a balance is paid first by the next credit");
        }
        this.answerWithin = answerWithin;
    }

    /** A license and who holds it. */
    public record HeldLicense(License license, Customer customer) {}

    /**
     * Which licenses to list: those that match all that is given, newest first.
     *
     * @param text looked for in email, company, name and id, or a whole license key; null or blank for all
     * @param email the customer's whole address, upper and lower case alike; null for all
     * @param status null for all
     * @param limit of one page, 1 to {@link HistoryQuery#MAX_LIMIT}
     * @param cursor {@link LicensePage#next()} of the page before, or null
     */
    public record LicenseQuery(
            @Nullable String text,
            @Nullable String email,
            @Nullable LicenseStatus status,
            int limit,
            @Nullable String cursor) {

        /** The newest of all. */
        public static LicenseQuery newest(int limit) {
            return new LicenseQuery(null, null, null, limit, null);
        }
    }

    /** A page of licenses; next is null at the end. */
    public record LicensePage(
            List<HeldLicense> licenses, @Nullable String next) {}

    /** A key that replaces another; the old one ends at {@code oldEnds}. */
    public record RotatedKey(LicenseKey key, License license, Instant oldEnds) {}

    /** What an operator changes: null leaves a thing as it is; {@code clearExpires} removes the date. */
    public record LicenseChange(
            @Nullable LicenseStatus status, @Nullable Instant expires, boolean clearExpires) {}

    /**
     * What an audit looked at.
     *
     * @param licenses how many
     * @param leases of all of them
     * @param entries of all of them
     * @param differences how many contradictions were found; 0 when all is well
     */
    public record Audit(long licenses, long leases, long entries, long differences) {}

    /**
     * Opens the ledger that the settings name. Opens of one database within one process share one writer; each is
     * closed by whoever opened it.
     *
     * @throws LicenseServerUnavailableException with one line if it cannot be opened, or another process has it
     * @throws io.hourmeter.config.ConfigurationException if the settings name no usable database
     */
    public static Ledger open(MeteringConfig config) {
        return open(config, ANSWER_WITHIN, TimeSource.get());
    }

    /**
     * Opens the ledger with another bound on how long a call waits for its answer, and another calendar.
     *
     * @param config the settings
     * @param answerWithin after this a call gives up with an unknown outcome
     * @param clock the store's calendar where the store has none; that of the first open of a database counts. One that
     *     is no {@link TimeSource} is believed whatever it does
     * @return a ledger that the caller closes
     */
    public static Ledger open(MeteringConfig config, Duration answerWithin, InstantSource clock) {
        return open(config, answerWithin, StoreClock.of(clock));
    }

    static Ledger open(MeteringConfig config, Duration answerWithin, StoreClock clock) {
        return new Ledger(
                LedgerEngine.acquire(config.get(Settings.LICENSE_SERVER_DATABASE), clock), config, answerWithin);
    }

    /**
     * Creates a license.
     *
     * @param license what to create; without expiry or validity it serves for {@code license.duration.days}
     * @param idempotencyKey repeats the first answer, key included, whoever sends it; null for none
     */
    public CreatedLicense create(NewLicense license, @Nullable String idempotencyKey, String actor) {
        NewLicense checked = Limits.newLicense(license);
        Limits.idempotencyKey(idempotencyKey);
        return write(new CreateCall(checked, idempotencyKey, actor, keys, defaultValidity));
    }

    /** Whether a license would be served now; an unknown one is an answer. */
    public Validation validate(LicenseRef license) {
        Optional<LicenseRecord> named = read(reads -> reads.license(LicenseNames.of(license)));
        if (named.isEmpty()) {
            return new Validation(ErrorCode.INVALID_LICENSE, null);
        }
        LicenseRecord found = named.get();
        ErrorCode refusal = null;
        if (!found.row().active()) {
            refusal = ErrorCode.LICENSE_INACTIVE;
        } else if (found.row().expired()) {
            refusal = ErrorCode.LICENSE_EXPIRED;
        } else if (found.row().remainingMillis() <= 0) {
            refusal = ErrorCode.HOURS_EXHAUSTED;
        }
        return new Validation(refusal, found.toLicense());
    }

    /** The license that a key or id names now. */
    public License license(LicenseRef license) {
        return held(license).license();
    }

    /** The license that a key or id names now, and who holds it. */
    public HeldLicense held(LicenseRef license) {
        return held(read(reads -> reads.license(LicenseNames.of(license)))
                .orElseThrow(() -> LicenseNames.notFound(license)));
    }

    private static HeldLicense held(LicenseRecord license) {
        return new HeldLicense(license.toLicense(), license.customer());
    }

    /** Adds time of the usual kind: a purchase under an idempotency key that begins with {@code stripe:}, else a grant. */
    public Credited credit(
            LicenseRef license,
            long millis,
            @Nullable String idempotencyKey,
            String reference,
            String description,
            String actor) {
        return credit(license, millis, null, idempotencyKey, reference, description, actor);
    }

    /**
     * Adds time. With {@code outage.uncollected=owe} it pays first what is owed, by an entry of its own.
     *
     * @param millis 1 to {@link io.hourmeter.Hours#MAX_MILLIS}
     * @param kind why; null for the usual kind
     * @param idempotencyKey repeats the first answer of an earlier credit with the same time, kind and reference; null for
     *     none
     */
    public Credited credit(
            LicenseRef license,
            long millis,
            @Nullable CreditKind kind,
            @Nullable String idempotencyKey,
            String reference,
            String description,
            String actor) {
        Limits.hours(millis);
        Limits.idempotencyKey(idempotencyKey);
        Limits.text("reference", reference, Limits.REFERENCE);
        Limits.text("description", description, Limits.DESCRIPTION);
        return write(new CreditCall(license, millis, kind, idempotencyKey, reference, description, actor, owes));
    }

    /**
     * Deducts at most what is remaining and not held by running sessions; HOURS_EXHAUSTED when that is nothing.
     *
     * @param millis 1 to {@link io.hourmeter.Hours#MAX_MILLIS}
     */
    public Debited debit(LicenseRef license, long millis, @Nullable String idempotencyKey, String actor) {
        Limits.hours(millis);
        Limits.idempotencyKey(idempotencyKey);
        return write(new DebitCall(license, millis, idempotencyKey, actor));
    }

    /** States what a refund or dispute takes of a purchase; CONFLICT when there is no such purchase. */
    public Balance reverse(LicenseRef license, Reversal reversal, String actor) {
        return write(new ReverseCall(license, Limits.reversal(reversal), actor));
    }

    /** Changes status or expiry; nodes learn of it with their next report. */
    public License change(LicenseRef license, LicenseChange change, String actor) {
        Instant expires = Limits.instant("expires", change.expires());
        return write(new ChangeCall(license, change.status(), expires, change.clearExpires(), actor));
    }

    /**
     * Gives a license a new key.
     *
     * @param grace how long the keys it has still name it, 0 to {@link Limits#GRACE}
     */
    public RotatedKey rotate(LicenseRef license, Duration grace, String actor) {
        RotateCall.Rotated rotated = write(new RotateCall(license, Limits.grace(grace), actor, keys));
        return new RotatedKey(rotated.key(), rotated.license(), rotated.oldEnds());
    }

    /** One page of a license's history. */
    public History history(LicenseRef license, HistoryQuery query) {
        HistoryQuery checked = Limits.history(query);
        return read(reads -> reads.history(LicenseNames.of(license), checked, zone))
                .orElseThrow(() -> LicenseNames.notFound(license));
    }

    /** Lists licenses, newest first. */
    public LicensePage list(LicenseQuery query) {
        int limit = query.limit();
        if (limit < 1 || limit > HistoryQuery.MAX_LIMIT) {
            throw new LicenseRequestException(
                    ErrorCode.INVALID_REQUEST,
                    "limit must be between 1 and " + HistoryQuery.MAX_LIMIT + ", was " + limit);
        }
        String text = query.text() == null || query.text().isBlank()
                ? null
                : query.text().strip();
        if (text != null) {
            Limits.text("query", text, Limits.SEARCH);
        }
        String email = query.email() == null ? null : Limits.email(query.email());
        long below = query.cursor() == null ? Long.MAX_VALUE : ListCursor.parse(query.cursor());
        // One more than asked for tells whether there is a next page.
        LicenseSearch wanted = new LicenseSearch(text, email, query.status(), below, limit + 1);
        List<LicenseRecord> found = read(reads -> reads.list(wanted));
        boolean more = found.size() > limit;
        List<LicenseRecord> page = more ? found.subList(0, limit) : found;
        String next = more ? ListCursor.text(page.get(limit - 1).row().id()) : null;
        return new LicensePage(page.stream().map(Ledger::held).toList(), next);
    }

    /** Applies what a node tells about its leases, just now; one answer for each item, in order. */
    public UsageAnswers usage(UsageBatch batch) {
        return usage(batch, Duration.ZERO);
    }

    /**
     * Applies what a node tells about its leases; one answer for each item, in order.
     *
     * @param underWay how long ago the message arrived here, at least 0
     */
    public UsageAnswers usage(UsageBatch batch, Duration underWay) {
        Limits.batch(batch);
        if (batch.items().isEmpty()) {
            return new UsageAnswers(List.of());
        }
        return new UsageAnswers(write(new UsageCall(batch, engine.waitingSince(underWay), owes)));
    }

    /**
     * Tries out whether the ledger can be read and written, by a transaction of its own; at most once a second, however
     * often it is asked. Answers within a few seconds.
     *
     * @return what is wrong, as a clause for people like {@code the disk is full}; empty when all is well
     */
    public Optional<String> probe() {
        return closed.get()
                ? Optional.of("the ledger is closed")
                : engine.probe().ask();
    }

    /** Whether {@link #probe} finds nothing wrong. */
    public boolean healthy() {
        return probe().isEmpty();
    }

    /** How many calls wait for the writer at the moment, 0 to some thousands; for metrics. */
    public int waiting() {
        return engine.writer().waiting();
    }

    /**
     * Recomputes every license from its entries and leases and compares. Licenses are seen one after the other, each at
     * one moment, so that this may run beside a working server for as long as it takes.
     *
     * @param found told each difference as it is found
     * @return what was looked at
     */
    public Audit audit(Consumer<Difference> found) {
        refuseWhenClosed();
        return LedgerAudit.run(engine.reads(), found);
    }

    /**
     * The same on the database that the settings name, which is only read: this needs no lock, so a license server may
     * be at work on it in another process.
     *
     * @param found told each difference as it is found
     * @return what was looked at
     * @throws LicenseServerUnavailableException with one line if there is no such database, or it holds no ledger of this
     *     version
     * @throws io.hourmeter.config.ConfigurationException if the settings name no usable database
     */
    public static Audit audit(MeteringConfig config, Consumer<Difference> found) {
        return database(config).read(reads -> LedgerAudit.run(reads, found));
    }

    /**
     * Copies the ledger that the settings name, as it is at one moment, into a file that a license server can open; it may
     * be at work meanwhile. The copy is checked and audited before it gets its name, and readable by its owner alone.
     *
     * @param target a file that does not exist
     * @param found told each difference that the audit of the copy finds; such a copy is kept all the same
     * @return what is in the copy
     * @throws LicenseServerUnavailableException with one line if there is no ledger, it is damaged, the file exists, or it
     *     cannot be written
     * @throws io.hourmeter.config.ConfigurationException if the settings name no usable database
     */
    public static Audit backup(MeteringConfig config, Path target, Consumer<Difference> found) {
        return database(config).backup(target, reads -> LedgerAudit.run(reads, found));
    }

    /**
     * What a restore has done.
     *
     * @param audit what is in the ledger now
     * @param kept the file in which the ledger before is kept; null when there was none
     */
    public record Restored(Audit audit, @Nullable Path kept) {}

    /**
     * Puts a backup in the place of the ledger that the settings name, which no license server may have open. The backup
     * is checked and audited first, and stays as it is.
     *
     * @param backup a file that {@link #backup} made, or a copy of a ledger with its write-ahead log beside it
     * @param keep whether a ledger that is there is kept under another name; else there must be none
     * @param found told each difference that the audit finds
     * @return what was done
     * @throws LicenseServerUnavailableException with one line if it was not done; nothing has changed then
     * @throws io.hourmeter.config.ConfigurationException if the settings name no usable database
     */
    public static Restored restore(MeteringConfig config, Path backup, boolean keep, Consumer<Difference> found) {
        LedgerDatabase.Restored<Audit> restored =
                database(config).restore(backup, keep, reads -> LedgerAudit.run(reads, found));
        return new Restored(restored.checked(), restored.kept());
    }

    private static LedgerDatabase database(MeteringConfig config) {
        return LedgerDatabases.of(config.get(Settings.LICENSE_SERVER_DATABASE));
    }

    /**
     * Every row of every table in a fixed order, for tests and audits: two equal texts are two equal ledgers. Contains
     * no license key, but names of customers.
     */
    public String dump() {
        return read(LedgerStore.Reads::dump);
    }

    /** Gives the ledger back; the last one of a database commits what is queued, within a bound. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            engine.release();
        }
    }

    private <T> T write(WriteCall<T> call) {
        refuseWhenClosed();
        CompletableFuture<T> answer = engine.writer().submit(call);
        try {
            return answer.get(answerWithin.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof LicenseServerException refused) {
                throw refused;
            }
            throw new LicenseServerUnavailableException("the license server failed", e.getCause());
        } catch (TimeoutException e) {
            answer.cancel(false);
            throw new LicenseServerUnavailableException(
                    "the license server did not answer within " + answerWithin + "; the outcome is unknown", e);
        } catch (InterruptedException e) {
            answer.cancel(false);
            Thread.currentThread().interrupt();
            throw new LicenseServerUnavailableException("interrupted; the outcome is unknown", e);
        }
    }

    private interface Read<T> {
        T from(LedgerStore.Reads reads) throws StoreException;
    }

    private <T> T read(Read<T> read) {
        refuseWhenClosed();
        try {
            return read.from(engine.reads());
        } catch (StoreException e) {
            throw new LicenseServerUnavailableException("the license server's store cannot be read", e);
        }
    }

    private void refuseWhenClosed() {
        if (closed.get()) {
            throw new LicenseServerUnavailableException("this ledger is closed", null);
        }
    }
}
