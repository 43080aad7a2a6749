package io.hourmeter.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.ErrorCode;
import io.hourmeter.usage.node.ModelServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody tries keys. It costs the license server one call each at most, and the application no memory. */
class RandomKeysTest {

    private static final String CUSTOMER = "RL-0123ABCD-EFGH4567-JKMN89PQ";
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final long HOUR = 3_600_000;
    private static final int THREADS = 4;

    /** A scan leaves the refusals of ten seconds behind, of which at most so many are remembered. */
    private static final long MOST_HEAP_GROWTH = 20L << 20;

    private final AtomicLong calls = new AtomicLong();
    private final ModelServer server = new ModelServer(System::currentTimeMillis);

    private static String key(SplittableRandom random) {
        StringBuilder key = new StringBuilder("RL");
        for (int i = 0; i < 24; i++) {
            key.append(i % 8 == 0 ? "-" : "").append(ALPHABET.charAt(random.nextInt(32)));
        }
        return key.toString();
    }

    private static long heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void twentyThousandKeysLeaveNothing() throws Exception {
        scan(20_000);
    }

    @Test
    @Tag("full")
    void aMillionKeysLeaveNothing() throws Exception {
        scan(1_000_000);
    }

    private void scan(int keys) throws Exception {
        server.sell(CUSTOMER, 1_000 * HOUR);
        server.onAttempt = () -> {
            calls.incrementAndGet();
            server.received.clear();
        };
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            scan(tracker, 10_000, 1); // so that what is bounded is full
            long heapBefore = heap();
            calls.set(0);

            scan(tracker, keys, 2);

            assertThat(calls.get()).isBetween((long) keys, keys + 100L);
            assertThat(heap() - heapBefore).isLessThan(MOST_HEAP_GROWTH);
            UsageStats stats = tracker.stats();
            assertThat(stats.sessions()).as("the customer's").isEqualTo(1);
            assertThat(stats.unacknowledgedReports()).isEqualTo(1);
            assertThat(stats.refused()).containsOnly(Map.entry(ErrorCode.INVALID_LICENSE, keys + 10_000L));
        }
    }

    /** All keys are refused for what they are, and a customer in between is served. */
    private static void scan(UsageTracker tracker, int keys, long seed) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> scanners = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                SplittableRandom random = new SplittableRandom(seed * THREADS + thread);
                scanners.add(pool.submit(() -> {
                    for (int i = 0; i < keys / THREADS; i++) {
                        assertThat(tracker.admit(key(random)))
                                .isEqualTo(new Refused(ErrorCode.INVALID_LICENSE, 0, null));
                        if (i % 100 == 0) {
                            assertThat(tracker.admit(CUSTOMER)).isInstanceOfSatisfying(Granted.class, Granted::close);
                        }
                    }
                }));
            }
            for (Future<?> scanner : scanners) {
                scanner.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"RL-%024d", "%08d-%08d-%08d-%08d-", "XXXXXXXXX-%08d-%08d-%08d", "RL-%08d-%08d-%08d\u0661", ""})
    void aHundredThousandTextsThatAreNoKeysCostNoCall(String shape) {
        server.onAttempt = calls::incrementAndGet;
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            for (int i = 0; i < 20_000; i++) {
                assertThat(tracker.admit(shape.formatted(i, i, i, i))).isInstanceOf(Refused.class);
            }
            assertThat(server.received).allMatch(batch -> batch.items().isEmpty());
            assertThat(calls.get()).as("the sign of life at the start").isLessThanOrEqualTo(1);
        }
    }
}
