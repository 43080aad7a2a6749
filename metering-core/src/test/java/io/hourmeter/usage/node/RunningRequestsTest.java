package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** One list of running requests, and everybody who ends them. */
class RunningRequestsTest {

    private static final long LIMIT = 1_000;

    private final NodeHub hub = new NodeHub(60_000, Optional.empty());
    private final ActiveSession active = active();
    private final List<ActiveSession> told = new ArrayList<>();

    private ActiveSession active() {
        KnownLicense license = new KnownLicense(new KeyHash(1, 2, 3, 4));
        Session session = new Session(hub, license, "", new SessionId(1, 2, 3), 0);
        session.serveUntil(Long.MAX_VALUE);
        return session.active();
    }

    private RunningRequest begin(long now) {
        assertThat(active.count(1)).isTrue();
        return new RunningRequest(active, now);
    }

    private long endLong(long now) {
        return hub.requests.endLongerThan(LIMIT, now, mark -> mark == active.mark() ? active : null, told::add);
    }

    @Test
    void whatIsNotYetOverTheLimitGoesOn() {
        RunningRequest use = begin(5);
        assertThat(endLong(5 + LIMIT - 1)).isEqualTo(5);
        assertThat(told).isEmpty();
        assertThat(hub.requests.contains(use)).isTrue();
    }

    @Test
    void theLimitEndsARequestOnceAndAtTheLimit() {
        RunningRequest use = begin(MILLISECONDS.toNanos(5));
        long limit = MILLISECONDS.toNanos(10);
        hub.requests.endLongerThan(limit, MILLISECONDS.toNanos(40), mark -> active, told::add);
        assertThat(told).containsExactly(active);
        assertThat(active.running()).isZero();
        assertThat(active.lastEnd()).isEqualTo(MILLISECONDS.toNanos(15));
        assertThat(use.end(MILLISECONDS.toNanos(50))).isFalse();
        assertThat(active.running()).isZero();
        assertThat(active.lastEnd()).isEqualTo(MILLISECONDS.toNanos(15));
    }

    @Test
    void whoWasEndedByTheLimitDoesNotEndTheNextInTheSameSlot() {
        RunningRequest ended = begin(0);
        endLong(LIMIT);
        RunningRequest next = begin(LIMIT);
        assertThat(next.slot).isEqualTo(ended.slot);
        ended.end(LIMIT);
        assertThat(hub.requests.contains(next)).isTrue();
        assertThat(active.running()).isEqualTo(1);
    }

    @Test
    void whoWasEndedByTheLimitDoesNotSpeakForTheNextInTheSameSlot() {
        RunningRequest ended = begin(0);
        endLong(LIMIT);
        begin(LIMIT);
        hub.requests.touch(ended, 10 * LIMIT);
        endLong(2 * LIMIT);
        assertThat(told).hasSize(2);
    }

    @Test
    void aRequestThatSaysThatItGoesOnGoesOn() {
        RunningRequest use = begin(0);
        hub.requests.touch(use, LIMIT - 1);
        assertThat(endLong(2 * LIMIT - 2)).isEqualTo(LIMIT - 1);
        assertThat(told).isEmpty();
        assertThat(endLong(2 * LIMIT - 1)).isEqualTo(2 * LIMIT - 1);
        assertThat(told).hasSize(1);
    }

    @Test
    void requestsBeyondTheSlotsSayThatTheyGoOnToo() {
        List<RunningRequest> uses = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            uses.add(begin(0));
        }
        uses.forEach(use -> hub.requests.touch(use, 10));
        assertThat(endLong(LIMIT + 9)).isEqualTo(10);
        assertThat(told).isEmpty();
        endLong(LIMIT + 10);
        assertThat(told).hasSize(20_000);
        assertThat(hub.requests.count()).isZero();
    }

    @Test
    void aSnapshotCountsWhatRunsAndWhatEverRan() {
        RunningRequest first = begin(3);
        first.end(5);
        begin(7);
        begin(8);
        RunningRequests.Snapshot snapshot = hub.requests.snapshot(100);
        assertThat(snapshot.count()).isEqualTo(2);
        assertThat(snapshot.oldestAlive()).isEqualTo(7);
        assertThat(snapshot.admitted()).isEqualTo(3);
    }

    @Test
    void gatesOfOneIdHaveDifferentMarks() {
        ActiveSession other = active();
        assertThat(other.firstId()).isEqualTo(active.firstId());
        assertThat(other.mark()).isNotEqualTo(active.mark());
    }

    /** Each request began so long ago that the limit may end it at once; its own thread ends it at the same time. */
    @Test
    void eachRequestEndsOnceWhoeverEndsIt() throws Exception {
        int threads = 4;
        int rounds = 50_000;
        AtomicLong byOwner = new AtomicLong();
        AtomicLong byLimit = new AtomicLong();
        AtomicBoolean working = new AtomicBoolean(true);
        ExecutorService pool = Executors.newFixedThreadPool(threads + 1);
        try {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        if (begin(0).end(1)) {
                            byOwner.incrementAndGet();
                        }
                    }
                }));
            }
            Future<?> limit = pool.submit(() -> {
                while (working.get()) {
                    hub.requests.endLongerThan(LIMIT, LIMIT, mark -> active, any -> byLimit.incrementAndGet());
                }
            });
            for (Future<?> worker : workers) {
                worker.get();
            }
            working.set(false);
            limit.get();
        } finally {
            pool.shutdownNow();
        }
        assertThat(byOwner.get() + byLimit.get()).isEqualTo((long) threads * rounds);
        assertThat(active.running()).isZero();
        assertThat(hub.requests.snapshot(0)).isEqualTo(new RunningRequests.Snapshot(0, 0, (long) threads * rounds));
    }
}
