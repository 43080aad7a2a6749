package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.assertConsistent;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static io.hourmeter.server.ledger.TestLedgers.item;
import static io.hourmeter.server.ledger.TestLedgers.lease;
import static io.hourmeter.server.ledger.TestLedgers.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many threads on few licenses, each call sent more than once: the totals are exact all the same. */
class LedgerConcurrencyTest {

    private static final int THREADS = 64;

    @TempDir
    Path folder;

    private final ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    private final ManualClock clock = new ManualClock();
    private Ledger ledger;

    @BeforeEach
    void open() {
        ledger = TestLedgers.open(folder, clock);
    }

    @AfterEach
    void close() {
        pool.shutdownNow();
        ledger.close();
    }

    @Test
    void everyKeyCountsOnceHoweverManyThreadsSendIt() throws Exception {
        int licenses = 5;
        int keys = 40;
        List<LicenseKey> all = new ArrayList<>();
        for (int i = 0; i < licenses; i++) {
            all.add(create(ledger, Duration.ZERO).key());
        }
        AtomicLong firsts = new AtomicLong();
        // Each of the 64 threads sends every second key of every license: 32 of them send the same.
        everywhere(thread -> {
            for (int k = thread % 2; k < keys; k += 2) {
                LicenseKey license = all.get((k + thread / 2) % licenses);
                if (!ledger.credit(license, 1 + k, "key-" + k, "", "", ACTOR).repeated()) {
                    firsts.incrementAndGet();
                }
            }
        });
        assertThat(firsts).hasValue((long) licenses * keys);
        for (LicenseKey license : all) {
            assertThat(ledger.license(license).balance().purchasedMillis()).isEqualTo((long) keys * (keys + 1) / 2);
        }
        assertConsistent(ledger);
    }

    @Test
    void deductionsNeverTakeMoreThanThereIs() throws Exception {
        LicenseKey license = create(ledger, Duration.ofMillis(1_000)).key();
        AtomicLong taken = new AtomicLong();
        everywhere(thread -> {
            for (int i = 0; i < 5; i++) {
                String key = "debit-" + thread / 2 + "-" + i;
                try {
                    Debited debited = ledger.debit(license, 7, key, ACTOR);
                    taken.addAndGet(debited.repeated() ? 0 : debited.deductedMillis());
                } catch (LicenseRequestException e) {
                    assertThat(e.code()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
                }
            }
        });
        Balance balance = ledger.license(license).balance();
        assertThat(taken).hasValue(1_000);
        assertThat(balance.usedMillis()).isEqualTo(1_000);
        assertThat(balance.remainingMillis()).isZero();
        assertConsistent(ledger);
    }

    @Test
    void oneIdempotencyKeyCreatesOneLicense() throws Exception {
        Set<String> keys = ConcurrentHashMap.newKeySet();
        NewLicense wanted = NewLicense.of(new Customer("ann@example.com", "", ""), Duration.ofHours(1));
        everywhere(thread -> {
            CreatedLicense created = ledger.create(wanted, "create-" + thread % 3, ACTOR);
            keys.add(created.key().sha256());
        });
        assertThat(keys).hasSize(3);
        assertThat(ledger.list(Ledger.LicenseQuery.newest(10)).licenses()).hasSize(3);
        assertConsistent(ledger);
    }

    @Test
    void useDebitsCreditsAndReversalsAtOnceLeaveAConsistentLedger() throws Exception {
        LicenseKey license = create(ledger, Duration.ofMinutes(30)).key();
        ledger.credit(license, 600_000, "stripe:cs_1", "cs_1", "", ACTOR);
        everywhere(thread -> {
            String lease = lease();
            sync(ledger, item(lease, license, 60_000L * (thread + 1), null, false, 1));
            ledger.credit(license, 100, "credit-" + thread / 2, "", "", ACTOR);
            ledger.reverse(license, new Reversal("stripe:cs_1", "re_1", thread, thread % 7, 10, ""), ACTOR);
            sync(ledger, item(lease, license, 60_000L * (thread + 1), 30_000L, false, 2));
            try {
                ledger.debit(license, 5_000, null, ACTOR);
            } catch (LicenseRequestException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
            }
            sync(ledger, item(lease, license, 60_000L * (thread + 1), 40_000L, true, 3));
        });
        assertConsistent(ledger);
        assertThat(ledger.license(license).balance().heldMillis()).isZero();
    }

    private interface Job {
        void run(int thread) throws Exception;
    }

    /** Runs a job on all threads, which begin together. */
    private void everywhere(Job job) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Callable<Void>> jobs = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            jobs.add(() -> {
                start.await();
                job.run(thread);
                return null;
            });
        }
        for (Future<Void> done : pool.invokeAll(jobs, 2, TimeUnit.MINUTES)) {
            done.get();
        }
    }
}
