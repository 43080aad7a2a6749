package io.hourmeter.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.Billing;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.UsageBounds;
import io.hourmeter.usage.node.ModelServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tracker with its real threads and clocks. */
class UsageTrackerTest {

    private static final String KEY = "RL-0123ABCD-EFGH4567-JKMN89PQ";
    private static final long HOUR = 3_600_000;

    private final ModelServer server = new ModelServer(System::currentTimeMillis);

    @Test
    void useIsAdmittedMeteredAndSettledAtClose() {
        ModelServer.Account account = server.sell(KEY, HOUR);
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            Granted use = (Granted) tracker.admit(KEY);
            assertThat(use.sessionId()).hasSize(32);
            assertThat(use.remainingMillis()).isBetween(HOUR - 10_000, HOUR);
            assertThat(use.hoursRemaining()).matches("[01]\\.\\d{6}");
            assertThat(tracker.sessions()).hasSize(1);
            assertThat(((Granted) tracker.admit(KEY.toLowerCase(Locale.ROOT))).sessionId())
                    .isEqualTo(use.sessionId());
            use.close();
            use.close();
            assertThat(tracker.sessions().get(0).inFlight()).isEqualTo(1);
        }
        assertThat(server.open(account)).isZero();
        assertThat(account.rows).hasSize(1);
    }

    @Test
    void workIsUseFromItsBeginToItsEndHoweverItEnds() {
        ModelServer.Account account = server.sell(KEY, HOUR);
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            AtomicInteger inFlight = new AtomicInteger();
            tracker.run(KEY, () -> inFlight.set(tracker.sessions().get(0).inFlight()));
            assertThat(inFlight).hasValue(1);
            tracker.run(account.id, () -> inFlight.incrementAndGet());
            assertThat(inFlight).hasValue(2);
            IllegalStateException own = new IllegalStateException("the application's own");
            assertThatThrownBy(() -> tracker.run(KEY, () -> {
                        throw own;
                    }))
                    .isSameAs(own);
            assertThat(tracker.stats().requestsInFlight()).isZero();
        }
    }

    @Test
    void workIsNotBegunForALicenseThatMayNotBeUsed() {
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            AtomicInteger begun = new AtomicInteger();
            assertThatThrownBy(() -> tracker.run(KEY, begun::incrementAndGet))
                    .isInstanceOfSatisfying(UsageRefusedException.class, refused -> {
                        assertThat(refused.reason()).isEqualTo(ErrorCode.INVALID_LICENSE);
                        assertThat(refused.status()).isEqualTo(401);
                        assertThat(refused.retryAfter()).isNull();
                        assertThat(refused).hasMessageNotContaining(KEY);
                    });
            assertThat(begun).hasValue(0);
        }
    }

    @Test
    void anOpenedTrackerObeysTheSettingsAndKeepsAJournal(@TempDir Path folder) {
        MeteringConfig config = MeteringConfig.builder()
                .set(Settings.SERVER_URL, "http://127.0.0.1:1")
                .set(Settings.JOURNAL, folder.resolve("journal").toString())
                .build();
        try (UsageTracker tracker = UsageTracker.open(config)) {
            assertThat(folder.resolve("journal")).isDirectory();
            assertThatThrownBy(() -> tracker.run(KEY, () -> {}))
                    .isInstanceOfSatisfying(UsageRefusedException.class, refused -> {
                        assertThat(refused.status()).isEqualTo(503);
                        assertThat(refused.retryAfter()).isPositive();
                    });
        }
    }

    @Test
    void anUnknownOrMalformedKeyIsRefused() {
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            assertThat(tracker.admit(KEY)).isEqualTo(new Refused(ErrorCode.INVALID_LICENSE, 0, null));
            assertThat(tracker.admit("nonsense")).isEqualTo(new Refused(ErrorCode.INVALID_LICENSE, 0, null));
        }
    }

    /** Ids stand in logs and URLs: only the application may name a license by one. */
    @Test
    void theTextOfAnIdIsNoKey() {
        ModelServer.Account account = server.sell(KEY, HOUR);
        String id = account.id.value();
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            assertThat(tracker.admit(id)).isEqualTo(new Refused(ErrorCode.INVALID_LICENSE, 0, null));
            assertThat(tracker.admit(account.id)).isInstanceOf(Granted.class);
            assertThat(tracker.admit(id)).isEqualTo(new Refused(ErrorCode.INVALID_LICENSE, 0, null));
        }
        try (UsageTracker tracker =
                UsageTracker.builder(server).billing(Billing.SESSION).build()) {
            String session = ((Granted) tracker.admit(account.id)).sessionId();
            assertThat(tracker.admit(id, session)).isEqualTo(new Refused(ErrorCode.INVALID_LICENSE, 0, null));
            assertThat(((Granted) tracker.admit(account.id, session)).sessionId())
                    .isEqualTo(session);
        }
    }

    @Test
    void aKeyIsAdmittedAsAnObjectToo() {
        server.sell(KEY, HOUR);
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            String session = ((Granted) tracker.admit(LicenseKey.of(KEY))).sessionId();
            assertThat(((Granted) tracker.admit(KEY)).sessionId()).isEqualTo(session);
        }
    }

    @Test
    void noRequestIsLostOrLeftRunningUnderLoadWithConstantSweeps() throws Exception {
        ModelServer.Account account = server.sell(KEY, 1_000 * HOUR);
        // Each pause ends the session, so that requests, sweeps, closes and opens meet all the time.
        UsageTracker tracker =
                UsageTracker.builder(server).idleTimeout(Duration.ZERO).build();
        ExecutorService pool = Executors.newFixedThreadPool(4);
        AtomicInteger served = new AtomicInteger();
        try {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                workers.add(pool.submit(() -> {
                    for (int round = 0; round < 200; round++) {
                        if (tracker.admit(KEY) instanceof Granted use) {
                            served.incrementAndGet();
                            use.close();
                        }
                    }
                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
            assertThat(tracker.sessions()).allMatch(session -> session.inFlight() == 0);
        } finally {
            pool.shutdownNow();
            tracker.close();
        }
        assertThat(served.get()).isEqualTo(800);
        assertThat(server.open(account)).isZero();
    }

    @Test
    void closeEndsInTimeAlthoughTheServerHangs() throws Exception {
        server.sell(KEY, HOUR);
        CountDownLatch never = new CountDownLatch(1);
        UsageTracker tracker = UsageTracker.builder(server)
                .settleAtMost(Duration.ofMillis(200))
                .build();
        ((Granted) tracker.admit(KEY)).close();
        server.onAttempt = () -> hang(never);
        long begin = System.nanoTime();
        tracker.close();
        tracker.close();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
        assertThat(tracker.admit(KEY)).isInstanceOf(Refused.class);
        never.countDown();
        assertNoThreadIsLeft();
    }

    private static void hang(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Test
    void aFirstRequestWaitsNoLongerThanTheTimeout() throws Exception {
        server.sell(KEY, HOUR);
        CountDownLatch never = new CountDownLatch(1);
        server.onAttempt = () -> hang(never);
        try (UsageTracker tracker = UsageTracker.builder(server)
                .timeout(Duration.ofMillis(50))
                .settleAtMost(Duration.ofMillis(50))
                .build()) {
            Refused refused = (Refused) tracker.admit(KEY);
            assertThat(refused.reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
            assertThat(refused.retryAfter()).isNotNull();
        }
        never.countDown();
        assertNoThreadIsLeft();
    }

    @Test
    void anInterruptedRequestIsRefusedAndStaysInterrupted() throws Exception {
        server.sell(KEY, HOUR);
        CountDownLatch never = new CountDownLatch(1);
        server.onAttempt = () -> hang(never);
        UsageTracker tracker =
                UsageTracker.builder(server).settleAtMost(Duration.ofMillis(50)).build();
        try {
            Thread.currentThread().interrupt();
            assertThat(tracker.admit(KEY)).isInstanceOf(Refused.class);
            assertThat(Thread.interrupted()).isTrue();
        } finally {
            never.countDown();
            tracker.close();
        }
    }

    @Test
    void afterCloseNoThreadIsLeft() throws Exception {
        server.sell(KEY, HOUR);
        for (int i = 0; i < 5; i++) {
            UsageTracker tracker = UsageTracker.builder(server).build();
            ((Granted) tracker.admit(KEY)).close();
            tracker.close();
        }
        assertNoThreadIsLeft();
    }

    private static void assertNoThreadIsLeft() throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("hourmeter-")) {
                thread.join(5_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    @Test
    void aClientThatThrowsAnythingIsAServerThatDoesNotAnswer() {
        server.sell(KEY, HOUR);
        server.onAttempt = () -> {
            throw new AssertionError("a broken client");
        };
        try (UsageTracker tracker =
                UsageTracker.builder(server).settleAtMost(Duration.ofMillis(50)).build()) {
            assertThat(((Refused) tracker.admit(KEY)).reason()).isEqualTo(ErrorCode.LICENSE_SERVER_UNAVAILABLE);
        }
    }

    @Test
    void theListenerIsToldOnAThreadOfTheTrackerAndMayFail() throws Exception {
        server.sell(KEY, HOUR);
        CountDownLatch ended = new CountDownLatch(1);
        List<String> threads = new ArrayList<>();
        MeteringListener listener = new MeteringListener() {
            @Override
            public void sessionStarted(LicenseRef license, String sessionId) {
                threads.add(Thread.currentThread().getName());
                throw new IllegalStateException("a broken listener");
            }

            @Override
            public void sessionEnded(LicenseRef license, String sessionId) {
                ended.countDown();
            }
        };
        try (UsageTracker tracker =
                UsageTracker.builder(server).listener(listener).build()) {
            Granted use = (Granted) tracker.admit(KEY);
            use.close();
            assertThat(tracker.endSession(use.sessionId())).isTrue();
            assertThat(tracker.endSession(use.sessionId())).isFalse();
            assertThat(ended.await(5, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(threads).hasSize(1).allMatch(name -> name.startsWith("hourmeter-listener"));
    }

    @Test
    void whoseTimeIsUpIsToldOnAThreadOfTheTracker() throws Exception {
        server.sell(KEY, 1_100);
        CountDownLatch up = new CountDownLatch(1);
        List<String> threads = new ArrayList<>();
        try (UsageTracker tracker = UsageTracker.builder(server).build()) {
            Granted use = (Granted) tracker.admit(KEY);
            use.onExhausted(() -> {
                threads.add(Thread.currentThread().getName());
                up.countDown();
            });
            assertThat(up.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(use.keepAlive()).isFalse();
            assertThat(((Refused) tracker.admit(KEY)).reason()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
        }
        assertThat(threads).hasSize(1).allMatch(name -> name.startsWith("hourmeter-listener"));
    }

    @Test
    void whatACrashLeftIsReportedAtTheNextStart(@TempDir Path folder) throws Exception {
        ModelServer.Account account = server.sell(KEY, HOUR);
        server.unreachable = false;
        try (UsageTracker first = UsageTracker.builder(server)
                .journal(folder)
                .settleAtMost(Duration.ofMillis(50))
                .build()) {
            Granted use = (Granted) first.admit(KEY);
            use.close();
            server.unreachable = true;
        }
        assertThat(server.open(account)).isEqualTo(1);
        server.unreachable = false;
        CountDownLatch twice = new CountDownLatch(1);
        server.onAttempt = twice::countDown;
        try (UsageTracker second = UsageTracker.builder(server).journal(folder).build()) {
            assertThat(twice.await(5, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(server.open(account)).isZero();
    }

    @Test
    void settingsThatAreNeverAllowedAreRefusedByTheirSetter() {
        UsageTracker.Builder builder = UsageTracker.builder(server);
        assertThatThrownBy(() -> builder.checkInterval(Duration.ofMillis(999)))
                .hasMessage("checkInterval is PT0.999S, allowed is PT1S to PT12H");
        assertThatThrownBy(() -> builder.idleTimeout(Duration.ofMillis(1))).hasMessageContaining("idleTimeout");
        assertThatThrownBy(() -> builder.lease(Duration.ofSeconds(9))).hasMessageContaining("lease is PT9S");
        assertThatThrownBy(() -> builder.outageGrace(Duration.ofHours(25))).hasMessageContaining("outageGrace");
        assertThatThrownBy(() -> builder.requestLimit(Duration.ZERO)).hasMessageContaining("requestLimit");
        assertThatThrownBy(() -> builder.timeout(Duration.ZERO)).hasMessageContaining("timeout");
        assertThatThrownBy(() -> builder.journalInterval(Duration.ZERO)).hasMessageContaining("journalInterval");
        assertThatThrownBy(() -> builder.minimum(Duration.ofSeconds(-1))).hasMessageContaining("minimum");
        assertThatThrownBy(() -> builder.lowThresholds(List.of(Duration.ZERO))).hasMessageContaining("lowThresholds");
    }

    @Test
    void settingsThatContradictEachOtherAreRefusedAtTheBuild() {
        assertThatThrownBy(() -> UsageTracker.builder(server)
                        .checkInterval(Duration.ofMinutes(10))
                        .lease(Duration.ofMinutes(15))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lease is PT15M, allowed is at least twice checkInterval, PT20M");
    }

    @Test
    void leaseThatNobodySetsIsThreeCheckIntervalsAndADayAtMost() {
        try (UsageTracker tracker =
                UsageTracker.builder(server).checkInterval(Duration.ofHours(12)).build()) {
            assertThat(tracker.sessions()).isEmpty();
        }
        assertThat(UsageBounds.usualLease(Duration.ofMinutes(5))).isEqualTo(Duration.ofMinutes(15));
        assertThat(UsageBounds.usualLease(Duration.ofHours(1))).isEqualTo(Duration.ofHours(3));
        assertThat(UsageBounds.usualLease(Duration.ofHours(12))).isEqualTo(Duration.ofHours(24));
    }
}
