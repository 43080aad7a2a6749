package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.CUSTOMER;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Credited;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.server.ledger.calls.CreateCall;
import io.hourmeter.server.ledger.calls.CreditCall;
import io.hourmeter.server.ledger.calls.KeyMaker;
import io.hourmeter.server.ledger.calls.UsageCall;
import io.hourmeter.server.ledger.calls.WriteCall;
import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.store.EntryRecord;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.StoreException;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The writer on a real SQLite store, with calls that misbehave. */
class GroupCommitTest {

    private static final int QUEUE = 16;

    @TempDir
    Path folder;

    private final CountDownLatch release = new CountDownLatch(1);
    private CountingStore store;
    private GroupCommit writer;

    @BeforeEach
    void open() {
        store = new CountingStore(TestLedgers.store(folder));
        writer = new GroupCommit(store, QUEUE);
    }

    @AfterEach
    void close() {
        release.countDown();
        writer.close();
        store.close();
    }

    @Test
    void callsThatWaitShareOneCommit() throws Exception {
        LicenseKey license = create();
        int before = store.commits.get();
        block();
        List<CompletableFuture<Credited>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            answers.add(writer.submit(credit(license, "key-" + i)));
        }
        release.countDown();
        for (CompletableFuture<Credited> answer : answers) {
            assertThat(get(answer).repeated()).isFalse();
        }
        assertThat(store.commits.get() - before).isEqualTo(1);
        assertThat(purchased(license)).isEqualTo(10);
    }

    @Test
    void aBatchHasABoundAndWhatIsLeftIsTheNext() throws Exception {
        writer.close();
        writer = new GroupCommit(store, 4 * GroupCommit.MAX_BATCH_WEIGHT);
        LicenseKey license = create();
        int before = store.commits.get();
        block();
        List<CompletableFuture<Credited>> answers = new ArrayList<>();
        for (int i = 0; i < 2 * GroupCommit.MAX_BATCH_WEIGHT + 1; i++) {
            answers.add(writer.submit(credit(license, "key-" + i)));
        }
        release.countDown();
        for (CompletableFuture<Credited> answer : answers) {
            assertThat(get(answer).repeated()).isFalse();
        }
        assertThat(store.commits.get() - before).isEqualTo(3);
        assertThat(purchased(license)).isEqualTo(answers.size());
    }

    @Test
    void duplicatesWithinOneBatchAreDoneOnce() throws Exception {
        LicenseKey license = create();
        block();
        List<CompletableFuture<Credited>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            answers.add(writer.submit(credit(license, "the same")));
        }
        release.countDown();
        int repeated = 0;
        for (CompletableFuture<Credited> answer : answers) {
            repeated += get(answer).repeated() ? 1 : 0;
        }
        assertThat(repeated).isEqualTo(9);
        assertThat(purchased(license)).isEqualTo(1);
    }

    @Test
    void callThatCannotBeWrittenFailsAlone() throws Exception {
        LicenseKey license = create();
        block();
        List<CompletableFuture<Credited>> answers = new ArrayList<>();
        CompletableFuture<Boolean> poison = null;
        CompletableFuture<Boolean> bug = null;
        for (int i = 0; i < 10; i++) {
            answers.add(writer.submit(credit(license, "key-" + i)));
            if (i == 3) {
                poison = writer.submit(new Poison(license));
            }
            if (i == 6) {
                bug = writer.submit(new Bug(license));
            }
        }
        release.countDown();
        for (CompletableFuture<Credited> answer : answers) {
            assertThat(get(answer).addedMillis()).isEqualTo(1);
        }
        assertUnavailable(poison);
        assertUnavailable(bug);
        assertThat(purchased(license)).isEqualTo(10);
        assertThat(get(writer.submit(credit(license, "afterwards"))).balance().purchasedMillis())
                .isEqualTo(11);
    }

    @Test
    void usageThatCannotBeWrittenIsBusyForItsOwnLicenseOnly() throws Exception {
        LicenseKey good = create();
        LicenseKey bad = create();
        get(writer.submit(credit(good, "good")));
        // A lease whose row the table refuses: it was there already, under the same name in another letter case.
        UsageCall call = new UsageCall(
                TestLedgers.batch(
                        TestLedgers.item("a", good, 0, null, false, 1), TestLedgers.item("b", bad, 0, null, false, 1)),
                () -> 0,
                false);
        store.refuse = work -> work.changed().stream()
                .anyMatch(account -> account.license().maskedKey().equals(bad.masked()));
        List<Answer> answers = get(writer.submit(call));
        assertThat(answers).extracting(Answer::lease).containsExactly("a", "b");
        assertThat(answers.get(0).state()).isNotEqualTo(State.BUSY);
        assertThat(answers.get(1).state()).isEqualTo(State.BUSY);
    }

    @Test
    void fullQueueRefusesAtOnce() throws Exception {
        LicenseKey license = create();
        block();
        List<CompletableFuture<Credited>> waiting = new ArrayList<>();
        for (int i = 0; i < QUEUE; i++) {
            waiting.add(writer.submit(credit(license, "key-" + i)));
        }
        assertThatThrownBy(() -> writer.submit(credit(license, "one too many")))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .hasMessageContaining("busy");
        release.countDown();
        for (CompletableFuture<Credited> answer : waiting) {
            assertThat(get(answer).addedMillis()).isEqualTo(1);
        }
        assertThat(purchased(license)).isEqualTo(QUEUE);
    }

    @Test
    void callThatNobodyWaitsForAnyMoreIsNotBegun() throws Exception {
        LicenseKey license = create();
        block();
        assertThat(writer.submit(credit(license, "given up")).cancel(false)).isTrue();
        release.countDown();
        get(writer.submit(new Nothing(license)));
        assertThat(purchased(license)).isZero();
    }

    @Test
    void failedCommitIsAnUnknownOutcomeAndTheWriterGoesOn() throws Exception {
        LicenseKey license = create();
        store.failNextCommit = true;
        assertUnavailable(writer.submit(credit(license, "key")));
        assertThat(get(writer.submit(credit(license, "key"))).balance().purchasedMillis())
                .isEqualTo(1);
    }

    @Test
    void anErrorIsToldAndTheWriterGoesOn() throws Exception {
        LicenseKey license = create();
        List<Throwable> told = new CopyOnWriteArrayList<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> told.add(thrown));
        try {
            for (Error error : List.of(new OutOfMemoryError("for a test"), new NoClassDefFoundError("for/a/test"))) {
                assertUnavailable(writer.submit(new Broken(error)));
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertThat(told).hasSize(2);
        assertThat(get(writer.submit(credit(license, "key"))).addedMillis()).isEqualTo(1);
    }

    @Test
    void closingCommitsWhatWaitsAndRefusesTheRest() throws Exception {
        LicenseKey license = create();
        block();
        CompletableFuture<Credited> waiting = writer.submit(credit(license, "key"));
        Thread closing = new Thread(writer::close);
        closing.start();
        release.countDown();
        closing.join();
        assertThat(get(waiting).addedMillis()).isEqualTo(1);
        assertThatThrownBy(() -> writer.submit(credit(license, "late")))
                .isInstanceOf(LicenseServerUnavailableException.class);
    }

    /** Occupies the writer until {@link #release}. */
    private void block() throws Exception {
        CountDownLatch occupied = new CountDownLatch(1);
        var unused = writer.submit(new Block(occupied, release));
        assertThat(occupied.await(1, TimeUnit.MINUTES)).isTrue();
    }

    private LicenseKey create() throws Exception {
        CreatedLicense created = get(writer.submit(
                new CreateCall(NewLicense.of(CUSTOMER, HOUR.multipliedBy(0)), null, ACTOR, new KeyMaker("RL"), null)));
        return created.key();
    }

    private static CreditCall credit(LicenseRef license, String key) {
        return new CreditCall(license, 1, null, key, "", "", ACTOR, false);
    }

    private long purchased(LicenseRef license) throws StoreException {
        return store.reads()
                .license(LicenseNames.of(license))
                .orElseThrow()
                .row()
                .purchasedMillis();
    }

    private static <T> T get(CompletableFuture<T> answer) throws Exception {
        return answer.get(1, TimeUnit.MINUTES);
    }

    private static void assertUnavailable(CompletableFuture<?> answer) {
        assertThatThrownBy(() -> get(answer))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(LicenseServerUnavailableException.class);
    }

    private record Block(CountDownLatch occupied, CountDownLatch release) implements WriteCall<Boolean> {

        @Override
        public void declare(LoadRequest needs) {}

        @Override
        public Boolean decide(UnitOfWork work) {
            occupied.countDown();
            try {
                return release.await(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public int weight() {
            return GroupCommit.MAX_BATCH_WEIGHT;
        }
    }

    private record Nothing(LicenseRef license) implements WriteCall<Boolean> {

        @Override
        public void declare(LoadRequest needs) {
            needs.license(license);
        }

        @Override
        public Boolean decide(UnitOfWork work) {
            return true;
        }
    }

    /** Posts an entry of no size, which a CHECK of the table refuses. */
    private record Poison(LicenseRef license) implements WriteCall<Boolean> {

        @Override
        public void declare(LoadRequest needs) {
            needs.license(license);
        }

        @Override
        public Boolean decide(UnitOfWork work) {
            work.require(license).post(EntryKind.GRANT, 0, EntryRecord.Cause.of(ACTOR));
            return true;
        }
    }

    /** Changes something and fails. */
    private record Bug(LicenseRef license) implements WriteCall<Boolean> {

        @Override
        public void declare(LoadRequest needs) {
            needs.license(license);
        }

        @Override
        public Boolean decide(UnitOfWork work) {
            work.require(license).post(EntryKind.GRANT, 1_000_000, EntryRecord.Cause.of(ACTOR));
            throw new ArithmeticException("a bug, for a test");
        }
    }

    /** Fails as a machine without memory does. */
    private record Broken(Error error) implements WriteCall<Boolean> {

        @Override
        public void declare(LoadRequest needs) {
            throw error;
        }

        @Override
        public Boolean decide(UnitOfWork work) {
            return true;
        }
    }
}
