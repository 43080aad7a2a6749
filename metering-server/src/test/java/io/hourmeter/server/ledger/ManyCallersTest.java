package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseKey;
import io.hourmeter.internal.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Few and many threads take turns on one ledger. Prints how many deductions a second each number of them gets. */
@Tag("full")
class ManyCallersTest {

    private static final int LICENSES = 1_000;
    private static final int[] CALLERS = {64, 64, 512, 64, 512, 64, 512};
    private static final long TURN_MILLIS = 3_000;
    private static final Duration BALANCE = Duration.ofDays(1);

    private final AtomicLong done = new AtomicLong();
    private final List<LicenseKey> keys = new ArrayList<>();

    @TempDir
    Path folder;

    @Test
    void everyCallIsServedAndChargedOnce() throws Exception {
        try (Ledger ledger = TestLedgers.open(folder, TimeSource.get())) {
            for (int i = 0; i < LICENSES; i++) {
                keys.add(TestLedgers.create(ledger, BALANCE).key());
            }
            for (int callers : CALLERS) {
                System.out.printf("%d callers: %d deductions a second%n", callers, rate(ledger, callers));
            }
            long used = 0;
            for (LicenseKey key : keys) {
                used += ledger.license(key).balance().usedMillis();
            }
            assertThat(used).isEqualTo(done.get());
        }
    }

    private long rate(Ledger ledger, int callers) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService pool = Executors.newFixedThreadPool(callers);
        try {
            long before = done.get();
            long start = System.nanoTime();
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                int first = i;
                running.add(pool.submit(() -> {
                    for (int at = first; !over.get(); at++) {
                        ledger.debit(keys.get(at % LICENSES), 1, null, ACTOR);
                        done.incrementAndGet();
                    }
                }));
            }
            Thread.sleep(TURN_MILLIS);
            over.set(true);
            for (Future<?> each : running) {
                each.get(1, TimeUnit.MINUTES);
            }
            return (done.get() - before) * TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - start);
        } finally {
            pool.shutdownNow();
        }
    }
}
