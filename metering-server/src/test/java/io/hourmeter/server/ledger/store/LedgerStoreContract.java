package io.hourmeter.server.ledger.store;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.CUSTOMER;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR_MILLIS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Customer;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.LicenseStatus;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.server.ledger.ManualClock;
import io.hourmeter.server.ledger.TestLedgers;
import io.hourmeter.server.ledger.calls.ChangeCall;
import io.hourmeter.server.ledger.calls.CreateCall;
import io.hourmeter.server.ledger.calls.CreditCall;
import io.hourmeter.server.ledger.calls.DebitCall;
import io.hourmeter.server.ledger.calls.KeyMaker;
import io.hourmeter.server.ledger.calls.ReverseCall;
import io.hourmeter.server.ledger.calls.RotateCall;
import io.hourmeter.server.ledger.calls.UsageCall;
import io.hourmeter.server.ledger.calls.WriteCall;
import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LeaseMessage;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every store does, whatever database is behind it. A kind of database has a subclass; what is its own (files,
 * settings, schemas) is tested there.
 */
public abstract class LedgerStoreContract {

    private static final String UNKNOWN_KEY = "0".repeat(64);
    private static final int GAP_MILLIS = 300_000;

    private final ManualClock clock = new ManualClock();
    private final AtomicLong nanos = new AtomicLong();
    private final KeyMaker keys = new KeyMaker("RL");
    private LedgerDatabase database;
    private LedgerStore store;

    /** A database that is empty, the same one for the whole of a test. */
    protected abstract LedgerDatabase database();

    /** Takes away what a transaction needs to commit, as the loss of a connection does. */
    protected abstract void breakConnection(LedgerStore.Transaction transaction);

    @BeforeEach
    void openStore() {
        database = database();
        store = database.open(new StoreClock(clock, nanos::get));
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private void reopen() {
        store.close();
        store = database.open(new StoreClock(clock, nanos::get));
    }

    /** Lets time pass, by both clocks. */
    private void pass(Duration time) {
        clock.move(time);
        nanos.addAndGet(time.toNanos());
    }

    private <T> T call(WriteCall<T> call) throws StoreException {
        return TestLedgers.commit(store, call);
    }

    /** Loads, and writes nothing. */
    private <T> T load(Consumer<LoadRequest> needs, Function<UnitOfWork, T> look) throws StoreException {
        try (LedgerStore.Transaction transaction = store.begin()) {
            LoadRequest request = new LoadRequest();
            needs.accept(request);
            return look.apply(transaction.load(request));
        }
    }

    private void look(Consumer<LoadRequest> needs, Consumer<UnitOfWork> look) throws StoreException {
        boolean looked = load(needs, work -> {
            look.accept(work);
            return true;
        });
        assertThat(looked).isTrue();
    }

    private void change(Consumer<LoadRequest> needs, Consumer<UnitOfWork> change) throws StoreException {
        try (LedgerStore.Transaction transaction = store.begin()) {
            LoadRequest request = new LoadRequest();
            needs.accept(request);
            UnitOfWork work = transaction.load(request);
            change.accept(work);
            transaction.write(work);
            transaction.commit();
        }
    }

    private CreatedLicense create(@Nullable String idempotencyKey) throws StoreException {
        return create(CUSTOMER, idempotencyKey);
    }

    private CreatedLicense create(Customer customer, @Nullable String idempotencyKey) throws StoreException {
        return call(new CreateCall(NewLicense.of(customer, HOUR), idempotencyKey, ACTOR, keys, null));
    }

    private void credit(LicenseKey license, long millis, String key) throws StoreException {
        call(new CreditCall(license, millis, CreditKind.PURCHASE, key, "a reference", "a description", ACTOR, true));
    }

    private State sync(Item item, boolean owes) throws StoreException {
        return call(new UsageCall(TestLedgers.batch(item), () -> 0, owes))
                .get(0)
                .state();
    }

    private State sync(Item item) throws StoreException {
        return sync(item, false);
    }

    private static Item item(String lease, LicenseKey key, long age, @Nullable Long used, boolean done, long seq) {
        return TestLedgers.item(lease, key, age, used, done, seq);
    }

    private long purchased(LicenseKey key) throws StoreException {
        return row(key).purchasedMillis();
    }

    private LicenseRow row(LicenseKey key) throws StoreException {
        return store.reads().license(key.sha256()).orElseThrow().row();
    }

    // What is loaded

    @Test
    void whatDoesNotExistIsLeftOut() throws Exception {
        LicenseKey key = create(null).key();
        look(
                needs -> {
                    needs.license(key);
                    needs.license(UNKNOWN_KEY);
                    needs.license("lic_nobody");
                    needs.license(4_711);
                    needs.creation("never used");
                },
                work -> {
                    assertThat(work.accounts()).hasSize(1);
                    assertThat(work.ever(key.sha256())).isNotNull();
                    assertThat(work.ever(UNKNOWN_KEY)).isNull();
                    assertThat(work.ever("lic_nobody")).isNull();
                    assertThat(work.find(4_711)).isNull();
                    assertThat(work.creation("never used")).isNull();
                });
    }

    @Test
    void aLicenseIsOneAccountByWhicheverOfItsNamesItIsAskedFor() throws Exception {
        CreatedLicense created = create("create-1");
        LicenseKey second =
                call(new RotateCall(created.key(), HOUR, ACTOR, keys)).key();
        long id = row(created.key()).id();
        look(
                needs -> {
                    needs.license(created.key());
                    needs.license(second);
                    needs.license(created.license().id());
                    needs.license(id);
                    needs.creation("create-1");
                },
                work -> {
                    Account account = work.byId(id);
                    assertThat(work.accounts()).containsExactly(account);
                    assertThat(work.require(created.key())).isSameAs(account);
                    assertThat(work.require(second)).isSameAs(account);
                    assertThat(work.require(created.license().id())).isSameAs(account);
                    assertThat(work.creation("create-1").account()).isSameAs(account);
                });
    }

    @Test
    void aLicenseComesBackAsItWasWritten() throws Exception {
        Instant expires = clock.instant().plus(Duration.ofDays(400));
        CreatedLicense created = call(new CreateCall(
                new NewLicense(new Customer("ärger@example.com", "100%_ GmbH", "O'Hara"), HOUR, "trial", null, expires),
                "create-1",
                ACTOR,
                keys,
                null));
        call(new ChangeCall(created.key(), LicenseStatus.SUSPENDED, null, false, ACTOR));
        LicenseRecord read = store.reads().license(created.key().sha256()).orElseThrow();
        assertThat(read.customer()).isEqualTo(new Customer("ärger@example.com", "100%_ GmbH", "O'Hara"));
        assertThat(read.type()).isEqualTo("trial");
        assertThat(read.maskedKey()).isEqualTo(created.key().masked());
        assertThat(read.createdAt()).isEqualTo(clock.millis());
        assertThat(read.row().status()).isEqualTo(LicenseStatus.SUSPENDED);
        assertThat(read.row().expiresMillis()).isEqualTo(expires.toEpochMilli());
        assertThat(read.row().creditedMillis()).isEqualTo(HOUR_MILLIS);
        LicenseRecord loaded = load(
                needs -> needs.license(created.key()),
                work -> work.require(created.key()).license());
        assertThat(loaded).isEqualTo(read);
        call(new ChangeCall(created.key(), null, null, true, ACTOR));
        assertThat(row(created.key()).expiresMillis()).isEqualTo(LicenseRow.NEVER);
    }

    @Test
    void aCreationComesBackUnderItsIdempotencyKey() throws Exception {
        CreatedLicense created = create("create-1");
        CreatedLicense repeated = create("create-1");
        assertThat(repeated.repeated()).isTrue();
        assertThat(repeated.key()).isEqualTo(created.key());
        assertThat(repeated.license()).isEqualTo(created.license());
        assertThat(create("create-2").repeated()).isFalse();
        assertThat(store.reads().dump())
                .doesNotContain("create-1")
                .doesNotContain(created.key().text());
    }

    @Test
    void entriesComeBackByTheirIdempotencyKeyForEachKindOfCall() throws Exception {
        LicenseKey key = create(null).key();
        LicenseKey other = create(null).key();
        List<EntryRecord> posted = new ArrayList<>();
        change(needs -> needs.license(key), work -> {
            Account account = work.require(key);
            posted.add(account.post(
                    EntryKind.PURCHASE,
                    7,
                    EntryRecord.Cause.of(ACTOR).withKey("k", "ab").withTexts("ref", "text")));
            posted.add(account.post(
                    EntryKind.DEBIT, -3, EntryRecord.Cause.of("usage").withKey("k", "cd")));
            account.post(EntryKind.GRANT, 5, EntryRecord.Cause.of(ACTOR).withKey("another", "ef"));
        });
        credit(other, 11, "k");
        look(needs -> needs.outcome(key, "k"), work -> {
            Account account = work.require(key);
            assertThat(account.entry(EntryKind.Call.CREDIT, "k")).isEqualTo(posted.get(0));
            assertThat(account.entry(EntryKind.Call.DEBIT, "k")).isEqualTo(posted.get(1));
            assertThat(account.entry(EntryKind.Call.REVERSE, "k")).isNull();
            assertThat(account.entry(EntryKind.Call.CREDIT, "another")).isNull();
        });
    }

    @Test
    void aPurchaseComesWithWhatWasTakenOfIt() throws Exception {
        LicenseKey key = create(null).key();
        credit(key, HOUR_MILLIS, "stripe:cs_1");
        credit(key, HOUR_MILLIS, "stripe:cs_2");
        call(new ReverseCall(key, new Reversal("stripe:cs_1", "re_1", 1, 30, 100, "refund"), ACTOR));
        call(new ReverseCall(key, new Reversal("stripe:cs_1", "dp_1", 1, 20, 100, "dispute"), ACTOR));
        call(new ReverseCall(key, new Reversal("stripe:cs_1", "re_1", 2, 40, 100, "refund"), ACTOR));
        call(new ReverseCall(key, new Reversal("stripe:cs_2", "re_2", 1, 1, 100, "refund"), ACTOR));
        look(needs -> needs.purchase(key, "stripe:cs_1"), work -> {
            assertThat(work.require(key).reversals("stripe:cs_1"))
                    .containsOnlyKeys("re_1", "dp_1")
                    .hasEntrySatisfying("re_1", record -> {
                        assertThat(record.version()).isEqualTo(2);
                        assertThat(record.part()).isEqualTo(40);
                        assertThat(record.whole()).isEqualTo(100);
                    });
        });
        assertThat(row(key).reversedMillis()).isEqualTo(HOUR_MILLIS * 61 / 100);
    }

    @Test
    void allKeysOfALicenseComeBackThoseThatHaveEndedIncluded() throws Exception {
        LicenseKey first = create(null).key();
        LicenseKey second =
                call(new RotateCall(first, Duration.ZERO, ACTOR, keys)).key();
        long began = clock.millis();
        pass(HOUR);
        LicenseKey third = call(new RotateCall(second, HOUR, ACTOR, keys)).key();
        look(needs -> needs.keys(third), work -> {
            assertThat(work.require(third).keys())
                    .containsExactlyInAnyOrder(
                            new KeyRecord(first.sha256(), first.masked(), began, began),
                            new KeyRecord(second.sha256(), second.masked(), began, began + 2 * HOUR_MILLIS),
                            new KeyRecord(third.sha256(), third.masked(), began + HOUR_MILLIS, null));
        });
        look(needs -> needs.license(first), work -> {
            assertThat(work.live(first.sha256())).isNull();
            assertThat(work.ever(first.sha256())).isNotNull();
        });
    }

    @Test
    void openLeasesComeAlwaysAndEndedOnesWhereAMessageIsNear() throws Exception {
        LicenseKey key = create(null).key();
        sync(item("long-ago", key, 0, null, false, 1));
        pass(Duration.ofMinutes(1));
        sync(item("long-ago", key, 60_000, 60_000L, true, 2));
        pass(Duration.ofHours(2));
        sync(item("near", key, 0, null, false, 1));
        pass(Duration.ofMinutes(1));
        sync(item("near", key, 60_000, 60_000L, true, 2));
        pass(Duration.ofMinutes(1));
        sync(item("open", key, 0, null, false, 1));
        assertThat(leases(needs -> needs.license(key), key)).containsExactly("open");
        assertThat(leases(needs -> message(needs, item("new", key, 0, null, false, 1)), key))
                .contains("open", "near");
        assertThat(leases(needs -> message(needs, item("long-ago", key, 7_380_000, 60_000L, true, 3)), key))
                .contains("open", "long-ago");
    }

    private List<String> leases(Consumer<LoadRequest> needs, LicenseKey key) throws StoreException {
        return load(
                needs,
                work -> work.require(key).state().scopes().stream()
                        .flatMap(scope -> scope.leases().stream())
                        .map(LeaseRow::lease)
                        .toList());
    }

    private static void message(LoadRequest needs, Item item) {
        UsageBatch batch = new UsageBatch("node", GAP_MILLIS, 900_000, 600_000, List.of(item));
        needs.leases(item.keySha256(), new LeaseMessage(batch, item));
    }

    @Test
    void aLeaseComesBackAsItWasWritten() throws Exception {
        LicenseKey key = create(null).key();
        Item opened = new Item("lease", key.sha256(), null, "scope", "session", 0, null, false, 1, false, false);
        Item reported = new Item("lease", key.sha256(), null, "scope", "session", 90_000, 80_000L, true, 2, true, true);
        for (Item item : List.of(opened, reported)) {
            List<LeaseRow> decided = new ArrayList<>();
            UsageCall call = new UsageCall(TestLedgers.batch(item), () -> 0, false);
            change(call::declare, work -> {
                assertThat(call.decide(work)).hasSize(1);
                decided.add(work.require(key).state().lease("lease"));
            });
            LeaseRow loaded = load(
                    needs -> message(needs, item),
                    work -> work.require(key).state().lease("lease"));
            assertThat(loaded).isNotNull().isEqualTo(decided.get(0));
            assertThat(store.reads().audit(0).orElseThrow().leases()).containsExactly(loaded);
            pass(Duration.ofSeconds(90));
        }
    }

    @Test
    void aBreakComesBackWithItsScope() throws Exception {
        LicenseKey key = create(null).key();
        call(new DebitCall(key, HOUR_MILLIS, null, ACTOR));
        assertThat(sync(item("refused", key, 0, null, false, 1))).isEqualTo(State.EXHAUSTED);
        long refused = clock.millis();
        pass(Duration.ofMinutes(1));
        look(needs -> message(needs, item("new", key, 0, null, false, 1)), work -> {
            assertThat(work.require(key).state().scope("").breakMillis()).isEqualTo(refused);
        });
    }

    @Test
    void leasesThatOweComeWhereDebtsAreAskedFor() throws Exception {
        LicenseKey key = create(null).key();
        call(new DebitCall(key, HOUR_MILLIS, null, ACTOR));
        Item offline = new Item("owes", key.sha256(), null, "", "session", 60_000, 60_000L, true, 1, true, true);
        sync(offline, true);
        pass(Duration.ofDays(1));
        assertThat(row(key).debtMillis()).isEqualTo(60_000);
        assertThat(leases(needs -> needs.license(key), key)).isEmpty();
        assertThat(leases(needs -> needs.debts(key), key)).containsExactly("owes");
        credit(key, HOUR_MILLIS, "pays");
        assertThat(row(key).debtMillis()).isZero();
        assertThat(leases(needs -> needs.debts(key), key)).isEmpty();
        assertThat(purchased(key)).isEqualTo(2 * HOUR_MILLIS);
    }

    // What is written

    @Test
    void aTransactionThatIsNotCommittedLeavesNothing() throws Exception {
        LicenseKey key = create(null).key();
        String before = store.reads().dump();
        for (boolean written : new boolean[] {false, true}) {
            try (LedgerStore.Transaction transaction = store.begin()) {
                LoadRequest needs = new LoadRequest();
                needs.license(key);
                UnitOfWork work = transaction.load(needs);
                work.require(key).post(EntryKind.GRANT, 1, EntryRecord.Cause.of(ACTOR));
                CreateCall create = new CreateCall(NewLicense.of(CUSTOMER, HOUR), "undone", ACTOR, keys, null);
                assertThat(create.decide(work).repeated()).isFalse();
                if (written) {
                    transaction.write(work);
                }
            }
            assertThat(store.reads().dump()).isEqualTo(before);
        }
        assertThat(create("undone").repeated()).isFalse();
    }

    @Test
    void whatIsCommittedIsThereForEveryReaderAndAfterAnotherOpen() throws Exception {
        LicenseKey key = create(null).key();
        credit(key, 1, "one");
        String dump = store.reads().dump();
        assertThat(dump).contains("one");
        reopen();
        assertThat(store.reads().dump()).isEqualTo(dump);
        long read = database.read(reads -> purchasedBy(reads, key));
        assertThat(read).isEqualTo(HOUR_MILLIS + 1);
        credit(key, 1, "two");
        assertThat(purchased(key)).isEqualTo(HOUR_MILLIS + 2);
    }

    private static long purchasedBy(LedgerStore.Reads reads, LicenseKey key) {
        try {
            return reads.license(key.sha256()).orElseThrow().row().purchasedMillis();
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void twoEntriesOfOneKindOfCallUnderOneIdempotencyKeyAreRefused() throws Exception {
        LicenseKey key = create(null).key();
        LicenseKey other = create(null).key();
        credit(key, 1, "k");
        String before = store.reads().dump();
        assertRefused(
                key,
                account -> account.post(
                        EntryKind.GRANT, 2, EntryRecord.Cause.of(ACTOR).withKey("k", "ab")));
        assertThat(store.reads().dump()).isEqualTo(before);
        // For another kind of call, and on another license, it is another key.
        change(
                needs -> needs.license(key),
                work -> work.require(key)
                        .post(EntryKind.DEBIT, -1, EntryRecord.Cause.of(ACTOR).withKey("k", "ab")));
        credit(other, 1, "k");
    }

    @Test
    void rowsThatContradictThemselvesAreRefused() throws Exception {
        LicenseKey key = create(null).key();
        String before = store.reads().dump();
        assertRefused(key, account -> account.post(EntryKind.GRANT, 0, EntryRecord.Cause.of(ACTOR)));
        assertRefused(key, account -> account.post(EntryKind.REVERSAL, -2 * HOUR_MILLIS, EntryRecord.Cause.of(ACTOR)));
        assertThat(store.reads().dump()).isEqualTo(before);
    }

    /** Tries to write it, and to write something else after that. */
    private void assertRefused(LicenseKey key, Consumer<Account> wrong) throws StoreException {
        StoreException refusal = catchThrowableOfType(
                StoreException.class,
                () -> change(needs -> needs.license(key), work -> wrong.accept(work.require(key))));
        assertThat(refusal).isNotNull();
        assertThat(refusal.blamesData()).isTrue();
        change(needs -> {}, UnitOfWork::probe);
    }

    @Test
    void aKeyNamesOneLicense() throws Exception {
        LicenseKey key = create(null).key();
        LicenseKey other = create(null).key();
        String before = store.reads().dump();
        assertThatThrownBy(() -> change(
                        needs -> needs.license(other),
                        work -> work.require(other).put(new KeyRecord(key.sha256(), key.masked(), 0, null))))
                .isInstanceOfAny(StoreException.class, IllegalStateException.class);
        assertThat(store.reads().dump()).isEqualTo(before);
    }

    @Test
    void aCommitThatFailsHasAnUnknownOutcomeAndTheNextTransactionIsServed() throws Exception {
        LicenseKey key = create(null).key();
        CreditCall credit = new CreditCall(key, 1, null, "k", "", "", ACTOR, false);
        StoreException failure = catchThrowableOfType(StoreException.class, () -> {
            try (LedgerStore.Transaction transaction = store.begin()) {
                LoadRequest needs = new LoadRequest();
                credit.declare(needs);
                UnitOfWork work = transaction.load(needs);
                assertThat(credit.decide(work).repeated()).isFalse();
                transaction.write(work);
                breakConnection(transaction);
                transaction.commit();
            }
        });
        assertThat(failure).isNotNull();
        assertThat(failure.blamesData()).isFalse();
        assertThat(failure.reason()).isNotBlank().doesNotContain("\n");
        call(credit);
        assertThat(purchased(key)).isEqualTo(HOUR_MILLIS + 1);
    }

    @Test
    void aProbeLeavesNoTraceThatAnybodyReads() throws Exception {
        create(null);
        String before = store.reads().dump();
        change(needs -> {}, UnitOfWork::probe);
        assertThat(store.reads().dump()).isEqualTo(before);
    }

    // What is read

    @Test
    void aKeyThatHasEndedNamesNothing() throws Exception {
        CreatedLicense created = create(null);
        LicenseKey second =
                call(new RotateCall(created.key(), HOUR, ACTOR, keys)).key();
        pass(HOUR.minusMillis(1));
        assertThat(store.reads().license(created.key().sha256())).isPresent();
        pass(Duration.ofMillis(1));
        assertThat(store.reads().license(created.key().sha256())).isEmpty();
        assertThat(store.reads().license(second.sha256())).isPresent();
        assertThat(store.reads().license(created.license().id().value())).isPresent();
        assertThat(store.reads().license(UNKNOWN_KEY)).isEmpty();
        assertThat(store.reads().license("lic_nobody")).isEmpty();
    }

    @Test
    void aLicenseIsReadAsOfNow() throws Exception {
        LicenseKey key = create(null).key();
        pass(HOUR);
        assertThat(row(key).lastNowMillis()).isEqualTo(clock.millis());
        clock.move(Duration.ofHours(-5));
        assertThat(row(key).storeNowMillis()).isEqualTo(clock.millis());
    }

    @Test
    void listFindsByEmailCompanyNameIdAndKey() throws Exception {
        CreatedLicense ann = create(null);
        CreatedLicense bob = create(new Customer("bob@example.org", "100%_Ärger GmbH", "Bob"), null);
        assertThat(list(new LicenseSearch(null, null, null, Long.MAX_VALUE, 10)))
                .containsExactly(bob.license().id().value(), ann.license().id().value());
        for (String text : List.of(
                "BOB@",
                "ärger",
                "100%_",
                "Bob",
                bob.license().id().value(),
                bob.key().text())) {
            assertThat(list(new LicenseSearch(text, null, null, Long.MAX_VALUE, 10)))
                    .as(text)
                    .containsExactly(bob.license().id().value());
        }
        for (String text : List.of("nobody", "100__", "\\", "'")) {
            assertThat(list(new LicenseSearch(text, null, null, Long.MAX_VALUE, 10)))
                    .as(text)
                    .isEmpty();
        }
        assertThat(list(new LicenseSearch("%", null, null, Long.MAX_VALUE, 10))).hasSize(1);
    }

    @Test
    void listKeepsToAnAddressAndAStatus() throws Exception {
        CreatedLicense ann = create(null);
        CreatedLicense bob = create(new Customer("bob@example.org", "", ""), null);
        CreatedLicense other = create(new Customer("xbob@example.org", "", ""), null);
        call(new ChangeCall(bob.key(), LicenseStatus.SUSPENDED, null, false, ACTOR));
        call(new ChangeCall(ann.key(), LicenseStatus.SUSPENDED, null, false, ACTOR));
        assertThat(list(new LicenseSearch(null, "BOB@example.ORG", null, Long.MAX_VALUE, 10)))
                .containsExactly(bob.license().id().value());
        assertThat(list(new LicenseSearch(null, "%@example.org", null, Long.MAX_VALUE, 10)))
                .isEmpty();
        assertThat(list(new LicenseSearch(null, null, LicenseStatus.SUSPENDED, Long.MAX_VALUE, 10)))
                .containsExactly(bob.license().id().value(), ann.license().id().value());
        assertThat(list(new LicenseSearch("bob", null, LicenseStatus.ACTIVE, Long.MAX_VALUE, 10)))
                .containsExactly(other.license().id().value());
        assertThat(list(new LicenseSearch(null, "bob@example.org", LicenseStatus.REVOKED, Long.MAX_VALUE, 10)))
                .isEmpty();
    }

    @Test
    void listGoesOnBelowANumber() throws Exception {
        List<String> newestFirst = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            newestFirst.add(0, create(null).license().id().value());
        }
        List<String> paged = new ArrayList<>();
        long below = Long.MAX_VALUE;
        while (paged.size() < 5) {
            List<LicenseRecord> page = store.reads().list(new LicenseSearch(null, null, null, below, 2));
            assertThat(page).hasSizeBetween(1, 2);
            page.forEach(license -> paged.add(license.row().publicId()));
            below = page.get(page.size() - 1).row().id();
        }
        assertThat(paged).isEqualTo(newestFirst);
        assertThat(store.reads().list(new LicenseSearch(null, null, null, below, 2)))
                .isEmpty();
    }

    private List<String> list(LicenseSearch search) throws StoreException {
        return store.reads().list(search).stream()
                .map(license -> license.row().publicId())
                .toList();
    }

    @Test
    void pagesOfAHistoryTogetherAreAllOfIt() throws Exception {
        LicenseKey key = create(null).key();
        LicenseKey other = create(null).key();
        credit(other, 1, "not here");
        for (int i = 1; i <= 3; i++) {
            credit(key, i, "stripe:" + i);
            sync(item("lease-" + i, key, 0, null, false, 1));
            pass(Duration.ofSeconds(10));
            Item end = new Item(
                    "lease-" + i, key.sha256(), null, "", "session-" + i, 10_000, 10_000L, true, 2, false, true);
            sync(end);
            call(new DebitCall(key, i, null, ACTOR));
            pass(HOUR);
        }
        History whole = history(key, new HistoryQuery(HistoryQuery.Type.ALL, null, null, 100, null));
        assertThat(whole.next()).isNull();
        assertThat(whole.entries()).hasSize(1 + 3 * 3);
        assertThat(whole.entries()).extracting(History.Entry::kind).startsWith("USAGE", "DEBIT", "PURCHASE");
        assertThat(whole.sessions()).hasSizeGreaterThanOrEqualTo(1);
        assertThat(whole.totals().purchasedMillis()).isEqualTo(purchased(key));
        assertThat(whole.totals().payments()).isEqualTo(3);
        for (int limit = 1; limit <= 4; limit++) {
            List<History.Entry> entries = new ArrayList<>();
            List<History.Session> sessions = new ArrayList<>();
            String cursor = null;
            do {
                History page = history(key, new HistoryQuery(HistoryQuery.Type.ALL, null, null, limit, cursor));
                entries.addAll(page.entries());
                sessions.addAll(page.sessions());
                assertThat(page.entries()).hasSizeLessThanOrEqualTo(limit);
                assertThat(page.daily()).isEqualTo(whole.daily());
                assertThat(page.totals()).isEqualTo(whole.totals());
                cursor = page.next();
            } while (cursor != null);
            assertThat(entries).isEqualTo(whole.entries());
            assertThat(sessions).isEqualTo(whole.sessions());
        }
        long remaining = 0;
        for (int i = whole.entries().size() - 1; i >= 0; i--) {
            History.Entry line = whole.entries().get(i);
            remaining += line.millis();
            assertThat(line.remainingAfterMillis()).isEqualTo(remaining);
        }
        assertThat(remaining).isEqualTo(row(key).remainingMillis());
    }

    @Test
    void aHistoryKeepsToATypeAndToDates() throws Exception {
        LicenseKey key = create(null).key();
        pass(HOUR);
        Instant from = clock.instant();
        credit(key, 5, "stripe:1");
        call(new DebitCall(key, 3, null, ACTOR));
        pass(HOUR);
        call(new DebitCall(key, 2, null, ACTOR));
        assertThat(millis(key, HistoryQuery.Type.PAYMENT, null, null)).containsExactly(5L, HOUR_MILLIS);
        assertThat(millis(key, HistoryQuery.Type.USAGE, null, null)).containsExactly(-2L, -3L);
        assertThat(millis(key, HistoryQuery.Type.ALL, from, clock.instant())).containsExactly(-3L, 5L);
        assertThat(millis(key, HistoryQuery.Type.ALL, from, Instant.MAX)).containsExactly(-2L, -3L, 5L);
        assertThat(millis(key, HistoryQuery.Type.ALL, Instant.MIN, from)).containsExactly(HOUR_MILLIS);
        assertThat(store.reads().history(UNKNOWN_KEY, HistoryQuery.newest(), ZoneOffset.UTC))
                .isEmpty();
    }

    private List<Long> millis(LicenseKey key, HistoryQuery.Type type, @Nullable Instant from, @Nullable Instant to)
            throws StoreException {
        return history(key, new HistoryQuery(type, from, to, 100, null)).entries().stream()
                .map(History.Entry::millis)
                .toList();
    }

    private History history(LicenseKey key, HistoryQuery query) throws StoreException {
        return store.reads().history(key.sha256(), query, ZoneOffset.UTC).orElseThrow();
    }

    @Test
    void licensesWithSilentNodesAreOverdue() throws Exception {
        LicenseKey key = create(null).key();
        create(null);
        assertThat(sync(item("lease", key, 0, null, false, 1))).isEqualTo(State.OK);
        pass(Duration.ofMillis(900_000 + LeaseRow.LAPSE_AFTER_MILLIS));
        assertThat(store.reads().overdue(10)).isEmpty();
        pass(Duration.ofMillis(1));
        assertThat(store.reads().overdue(10)).containsExactly(row(key).id());
        assertThat(store.reads().overdue(0)).isEmpty();
        change(
                needs -> needs.license(key),
                work -> assertThat(work.require(key).row().heldMillis()).isZero());
        assertThat(store.reads().overdue(10)).isEmpty();
    }

    @Test
    void licensesWithOpenLeasesAreOverdueAfterTheClockWentBack() throws Exception {
        LicenseKey key = create(null).key();
        sync(item("lease", key, 0, null, false, 1));
        clock.move(Duration.ofSeconds(-10));
        assertThat(store.reads().overdue(10)).isEmpty();
        clock.move(Duration.ofMillis(-1));
        assertThat(store.reads().overdue(10)).containsExactly(row(key).id());
    }

    @Test
    void anAuditSeesEachLicenseOnceAndWhole() throws Exception {
        assertThat(store.reads().audit(0)).isEmpty();
        LicenseKey key = create("create-1").key();
        credit(key, HOUR_MILLIS, "stripe:cs_1");
        call(new ReverseCall(key, new Reversal("stripe:cs_1", "re_1", 1, 30, 100, "refund"), ACTOR));
        sync(item("lease", key, 0, null, false, 1));
        create(null);
        AuditCase first = store.reads().audit(0).orElseThrow();
        LicenseRow row = row(key);
        assertThat(first.license())
                .isEqualTo(new AuditCase.LicenseTotals(row.id(), row.publicId(), row.totals(), HOUR_MILLIS));
        assertThat(first.entries())
                .extracting(AuditCase.Entry::kind)
                .containsExactly(EntryKind.GRANT, EntryKind.PURCHASE, EntryKind.REVERSAL);
        assertThat(first.leases()).extracting(LeaseRow::lease).containsExactly("lease");
        assertThat(first.reversals()).hasSize(1);
        AuditCase second = store.reads().audit(row.id()).orElseThrow();
        assertThat(second.license().id()).isGreaterThan(row.id());
        assertThat(second.leases()).isEmpty();
        assertThat(store.reads().audit(second.license().id())).isEmpty();
    }

    @Test
    void readersBesideTheWriterSeeOneStateEach() throws Exception {
        LicenseKey key = create(null).key();
        long id = row(key).id();
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService readers = Executors.newFixedThreadPool(3);
        try {
            List<Future<Integer>> reading = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                reading.add(readers.submit(() -> {
                    int seen = 0;
                    while (!done.get() || seen == 0) {
                        AuditCase license = store.reads().audit(id - 1).orElseThrow();
                        long sum = license.entries().stream()
                                .mapToLong(AuditCase.Entry::millis)
                                .sum();
                        assertThat(license.license().totals().creditedMillis()
                                        - license.license().totals().chargedMillis())
                                .isEqualTo(sum);
                        Optional<LicenseRecord> read = store.reads().license(key.sha256());
                        assertThat(read.orElseThrow().row().remainingMillis()).isGreaterThanOrEqualTo(HOUR_MILLIS);
                        seen++;
                    }
                    return seen;
                }));
            }
            for (int i = 0; i < 50; i++) {
                int number = i;
                change(needs -> needs.license(key), work -> {
                    work.require(key)
                            .post(
                                    EntryKind.GRANT,
                                    10,
                                    EntryRecord.Cause.of(ACTOR).withKey("g" + number, "ab"));
                    work.require(key)
                            .post(
                                    EntryKind.DEBIT,
                                    -10,
                                    EntryRecord.Cause.of(ACTOR).withKey("d" + number, "ab"));
                });
            }
            done.set(true);
            for (Future<Integer> one : reading) {
                assertThat(one.get(1, TimeUnit.MINUTES)).isPositive();
            }
        } finally {
            done.set(true);
            readers.shutdownNow();
        }
        assertThat(row(key).remainingMillis()).isEqualTo(HOUR_MILLIS);
    }

    // The calendar

    @Test
    void datesAreInDoubtAfterAJumpAlsoAfterAnotherOpenUntilTheClockIsBack() throws Exception {
        LicenseKey key = create(null).key();
        assertThat(doubtful()).isFalse();
        pass(Duration.ofMinutes(5));
        clock.move(Duration.ofDays(400));
        assertThat(store.clockWorthKeeping(Long.MAX_VALUE)).isTrue();
        assertThat(doubtful()).isTrue();
        credit(key, 1, "in doubt");
        reopen();
        assertThat(doubtful()).isTrue();
        assertThat(history(key, HistoryQuery.newest()).entries().get(0).description())
                .contains("date uncertain");
        clock.move(Duration.ofDays(-400));
        assertThat(doubtful()).isFalse();
    }

    private boolean doubtful() throws StoreException {
        return load(needs -> {}, UnitOfWork::dateUncertain);
    }

    @Test
    void theStoresClockIsTheOneOfItsTransactions() throws Exception {
        look(needs -> {}, work -> assertThat(work.storeMillis()).isEqualTo(clock.millis()));
        pass(HOUR);
        look(needs -> {}, work -> assertThat(work.storeMillis()).isEqualTo(clock.millis()));
    }

    @Test
    void aStoreThatAnswersIsPingedAndTidied() throws Exception {
        store.reads().ping();
        create(null);
        store.tidyWhenQuiet();
        store.tidyWhenQuiet();
        store.reads().ping();
    }

    @Test
    void aClosedStoreIsNotRead() {
        store.close();
        StoreException failure =
                catchThrowableOfType(StoreException.class, () -> store.reads().ping());
        assertThat(failure).isNotNull();
        assertThat(failure.blamesData()).isFalse();
    }

    @Test
    void oneDatabaseHasOneNameAndOneStoreAtATime() {
        assertThat(database().name()).isEqualTo(database.name());
        assertThatThrownBy(() -> database().open(new StoreClock(clock, nanos::get)))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .message()
                .doesNotContain("\n");
    }
}
