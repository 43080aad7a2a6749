package io.hourmeter.server.ledger.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.server.ledger.store.ClockWatch.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClockWatchTest {

    private static final Duration YEARS = Duration.ofDays(5 * 365);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);
    private long now = Instant.parse("2026-03-01T10:00:00Z").toEpochMilli();

    private ClockWatch start(Seen kept) {
        return new ClockWatch(kept, now, nanos::get);
    }

    /** Time passes, by both clocks. */
    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        now += time.toMillis();
    }

    private void step(Duration by) {
        now += by.toMillis();
    }

    @Test
    void timeThatPassesIsBelieved() {
        ClockWatch watch = start(Seen.NEVER);
        for (Duration time : new Duration[] {Duration.ZERO, Duration.ofSeconds(1), Duration.ofDays(100)}) {
            pass(time);
            assertThat(watch.observe(now)).as(time.toString()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, -1, 3_600_000, -3_600_000})
    void stepsOfUpToAnHourAreBelieved(long millis) {
        ClockWatch watch = start(Seen.NEVER);
        for (int i = 0; i < 100; i++) {
            step(Duration.ofMillis(millis));
            assertThat(watch.observe(now)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT1H0.001S", "-PT1H0.001S", "P1825D", "-P1825D"})
    void aJumpIsInDoubtUntilTheClockIsBack(Duration jump) {
        ClockWatch watch = start(Seen.NEVER);
        step(jump);
        assertThat(watch.observe(now)).isTrue();
        pass(Duration.ofSeconds(1));
        assertThat(watch.observe(now)).isTrue();
        step(jump.negated().plusSeconds(7));
        assertThat(watch.observe(now)).isFalse();
    }

    @Test
    void aClockThatGoesOnSteadilyForADayIsBelieved() {
        ClockWatch watch = start(Seen.NEVER);
        step(Duration.ofDays(3));
        watch.observe(now);
        pass(Duration.ofMillis(ClockWatch.STEADY_MILLIS - 1));
        assertThat(watch.observe(now)).isTrue();
        pass(Duration.ofMillis(1));
        assertThat(watch.observe(now)).isFalse();
        step(YEARS.negated());
        assertThat(watch.observe(now)).isTrue();
    }

    @Test
    void jumpsAddUpUntilTheClockIsBack() {
        ClockWatch watch = start(Seen.NEVER);
        step(YEARS);
        watch.observe(now);
        step(Duration.ofHours(-2));
        assertThat(watch.observe(now)).isTrue();
        step(YEARS.negated().plusHours(2));
        assertThat(watch.observe(now)).isFalse();
    }

    @Test
    void aDoubtOutlivesARestart() {
        ClockWatch watch = start(Seen.NEVER);
        step(YEARS);
        watch.observe(now);
        Seen kept = watch.seen();
        pass(Duration.ofMinutes(3));
        ClockWatch second = start(kept);
        assertThat(second.observe(now)).isTrue();
        step(YEARS.negated());
        assertThat(second.observe(now)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"P1825D", "-P1825D"})
    void aClockThatWasMendedWhileNobodyLookedIsBelieved(Duration jump) {
        ClockWatch watch = start(Seen.NEVER);
        step(jump);
        watch.observe(now);
        Seen kept = watch.seen();
        step(jump.negated());
        pass(Duration.ofDays(2));
        assertThat(start(kept).observe(now)).isFalse();
    }

    @Test
    void aRestIsNoJumpUntilItIsTooLongToBeOne() {
        Seen kept = start(Seen.NEVER).seen();
        pass(Duration.ofMillis(ClockWatch.LONGEST_REST_MILLIS));
        assertThat(start(kept).observe(now)).isFalse();
        pass(Duration.ofMillis(1));
        assertThat(start(kept).observe(now)).isTrue();
    }

    @Test
    void aStartBeforeTheLastWriteIsInDoubt() {
        Seen kept = start(Seen.NEVER).seen();
        step(Duration.ofMillis(-ClockWatch.JUMP_MILLIS));
        assertThat(start(kept).observe(now)).isFalse();
        step(Duration.ofMillis(-1));
        assertThat(start(kept).observe(now)).isTrue();
    }

    @Test
    void aDoubtIsWorthKeepingAtOnceAndTheTimeNowAndThen() {
        ClockWatch watch = start(Seen.NEVER);
        watch.kept(watch.seen());
        pass(Duration.ofMillis(ClockWatch.KEEP_MILLIS - 1));
        watch.observe(now);
        assertThat(watch.worthKeeping(ClockWatch.KEEP_MILLIS)).isFalse();
        pass(Duration.ofMillis(1));
        watch.observe(now);
        assertThat(watch.worthKeeping(ClockWatch.KEEP_MILLIS)).isTrue();
        watch.kept(watch.seen());
        step(YEARS);
        watch.observe(now);
        assertThat(watch.worthKeeping(Long.MAX_VALUE)).isTrue();
        watch.kept(watch.seen());
        step(YEARS.negated());
        watch.observe(now);
        assertThat(watch.worthKeeping(Long.MAX_VALUE)).isTrue();
    }
}
