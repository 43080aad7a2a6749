package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.usage.Admissions;
import io.hourmeter.usage.Granted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Requests, ends and the sweep on one session at once. */
class SessionRaceTest {

    private static final int THREADS = 6;
    private static final int ROUNDS = 40_000;

    private final NodeHub hub = new NodeHub(60_000, Optional.empty());
    private final KnownLicense license = new KnownLicense(new KeyHash(1, 2, 3, 4));

    /** A session and the latest end that any of its counted requests had. */
    private record Watched(Session session, AtomicLong latestEnd) {}

    private Watched open() {
        Session session = new Session(hub, license, "", new SessionId(1, 2, 3), 0);
        session.serveUntil(Long.MAX_VALUE);
        return new Watched(session, new AtomicLong());
    }

    @Test
    void everyCountedRequestEndsBeforeItsSessionIsClosed() throws Exception {
        AtomicReference<Watched> current = new AtomicReference<>(open());
        AtomicLong clock = new AtomicLong();
        AtomicLong served = new AtomicLong();
        AtomicBoolean working = new AtomicBoolean(true);
        List<Watched> closed = new ArrayList<>();
        ExecutorService pool = Executors.newFixedThreadPool(THREADS + 1);
        try {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                workers.add(pool.submit(() -> requests(current, clock, served)));
            }
            Future<?> sweeper = pool.submit(() -> {
                while (working.get()) {
                    Watched watched = current.get();
                    // Unused sessions stay: while no worker gets the processor, they would fill the heap.
                    if (watched.latestEnd.get() > 0 && watched.session.closeIfIdle()) {
                        closed.add(watched);
                        current.set(open());
                    }
                }
            });
            for (Future<?> worker : workers) {
                worker.get();
            }
            working.set(false);
            sweeper.get();
        } finally {
            pool.shutdownNow();
        }
        closed.add(current.get());
        assertThat(served.get()).isEqualTo((long) THREADS * ROUNDS);
        assertThat(closed).allSatisfy(watched -> {
            assertThat(watched.session.running()).isZero();
            assertThat(watched.session.lastEnd()).isEqualTo(watched.latestEnd.get());
        });
        assertThat(hub.requests.count()).isZero();
    }

    private void requests(AtomicReference<Watched> current, AtomicLong clock, AtomicLong served) {
        for (int i = 0; i < ROUNDS; i++) {
            Watched watched = current.get();
            // The clock moves by a millisecond each time, so that no end is below the grain of the last one.
            RunningRequest use = enter(watched.session, i);
            while (use == null) {
                Thread.onSpinWait();
                watched = current.get();
                use = enter(watched.session, i);
            }
            long end = clock.addAndGet(VirtualTicker.NANOS_PER_MILLI);
            watched.latestEnd.accumulateAndGet(end, Math::max);
            assertThat(use.end(end)).isTrue();
            assertThat(use.end(end)).isFalse();
            served.incrementAndGet();
        }
    }

    /** By both ways: the one of a request that finds its session, and the one of a request that had to wait. */
    private static RunningRequest enter(Session session, int round) {
        if (round % 4 > 0) {
            return session.active().admit(0) ? new RunningRequest(session.active(), 0) : null;
        }
        return session.enter(0) ? new RunningRequest(session.active(), 0) : null;
    }

    @Test
    void aLongRequestKeepsItsSessionInUse() {
        Session session = open().session;
        RunningRequest lengthy = enter(session, 1);
        long muchLater = HOURS.toNanos(1);
        assertThat(session.idle(muchLater)).isFalse();
        assertThat(session.active().admit(muchLater)).isTrue();
        assertThat(lengthy.end(muchLater)).isTrue();
        assertThat(session.running()).isEqualTo(1);
    }

    @Test
    void aSessionAtRestWakesTheJournalOnceAndIsClosedAsAnyOther() {
        AtomicLong rung = new AtomicLong();
        NodeHub journaled = new NodeHub(60_000, Optional.of(rung::incrementAndGet));
        Session session = new Session(journaled, license, "", new SessionId(1, 2, 3), 0);
        session.markClean();
        assertThat(session.running()).isZero();
        assertThat(session.count(1)).isTrue();
        assertThat(session.count(1)).isTrue();
        assertThat(journaled.nextAwake()).isSameAs(session);
        assertThat(journaled.nextAwake()).isNull();
        session.exit(0);
        session.markClean();
        assertThat(session.running()).isEqualTo(1);
        assertThat(session.count(1)).isTrue();
        session.exit(0);
        session.exit(0);
        session.markClean();
        assertThat(session.closeIfIdle()).isTrue();
        assertThat(session.count(1)).isFalse();
        assertThat(rung.get()).isEqualTo(1);
    }

    @Test
    void aClosedSessionTakesNoRequest() {
        Session session = open().session;
        assertThat(session.closeIfIdle()).isTrue();
        assertThat(session.enter(0)).isFalse();
        assertThat(session.count(3)).isFalse();
        assertThat(session.running()).isZero();
    }

    @Test
    void aSessionWithARequestIsNotClosed() {
        Session session = open().session;
        assertThat(session.enter(0)).isTrue();
        assertThat(session.closeIfIdle()).isFalse();
        session.exit(5);
        assertThat(session.closeIfIdle()).isTrue();
    }

    @Test
    void moreRequestsThanSlotsAreCountedAndFound() {
        Session session = open().session;
        List<RunningRequest> uses = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            assertThat(session.enter(i)).isTrue();
            uses.add(new RunningRequest(session.active(), i));
        }
        assertThat(hub.requests.count()).isEqualTo(20_000);
        List<ActiveSession> ended = new ArrayList<>();
        ActiveSession active = session.active();
        hub.requests.endLongerThan(
                VirtualTicker.NANOS_PER_MILLI,
                VirtualTicker.NANOS_PER_MILLI + 9_999,
                mark -> mark == active.mark() ? active : null,
                ended::add);
        assertThat(ended).hasSize(10_000).containsOnly(active);
        uses.forEach(use -> use.end(VirtualTicker.NANOS_PER_MILLI));
        assertThat(hub.requests.count()).isZero();
        assertThat(session.running()).isZero();
    }

    @Test
    void theTextOfWhatIsLeftIsThatOfThisMoment() {
        Granted use = new Admissions(new VirtualTicker()).granted(open().session.active(), 0);
        license.snapshot.told(3_600_000);
        assertThat(use.hoursRemaining()).isEqualTo("1.000000");
        license.snapshot.told(1_800_000);
        assertThat(use.hoursRemaining()).isEqualTo("0.500000");
    }
}
