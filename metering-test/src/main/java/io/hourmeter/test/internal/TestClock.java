package io.hourmeter.test.internal;

import io.hourmeter.LicenseRef;
import io.hourmeter.internal.TimeSource;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The clocks of all trackers and license servers in this process. They run with the machine's until a test holds them; then
 * they stand still, to the millisecond, until {@link #advance} moves them, and a balance can be foretold exactly. After the
 * test they go on from where they are, never back. Waits for a network or a thread take real time all the same. Thread-safe;
 * there is one for the process, so tests that move it run one after another.
 */
public final class TestClock implements TimeSource {

    /** A tracker looks after its sessions once a second; in larger steps it would take itself for one that had slept. */
    private static final long STEP_MILLIS = 1_000;

    private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final Set<Follower> followers = ConcurrentHashMap.newKeySet();
    private volatile Reading reading = new Reading(false, 0, 0);
    private int holders;

    /**
     * For the service loader, which makes the one that counts.
     *
     * @see #ofThisProcess()
     */
    public TestClock() {}

    /**
     * What is read: both values as they are while the clocks are held, else what is added to the machine's.
     */
    private record Reading(boolean held, long nanos, long millis) {

        long nanosNow() {
            return held ? nanos : System.nanoTime() + nanos;
        }

        long millisNow() {
            return held ? millis : System.currentTimeMillis() + millis;
        }
    }

    /**
     * The clocks that trackers and license servers of this process use.
     *
     * @return always the same
     * @throws IllegalStateException if they use others, because this jar is not where theirs is
     */
    public static TestClock ofThisProcess() {
        if (TimeSource.get() instanceof TestClock clock) {
            return clock;
        }
        throw new IllegalStateException("metering-test must be on the same class path as metering-core");
    }

    @Override
    public long nanos() {
        return reading.nanosNow();
    }

    @Override
    public long millis() {
        return reading.millisNow();
    }

    /** None while the clocks are held: what takes the machine a while happens in one moment of the test. */
    @Override
    public long nanosSince(long machineNanos) {
        return reading.held() ? 0 : System.nanoTime() - machineNanos;
    }

    @Override
    public Runnable follow(Follower follower) {
        followers.add(follower);
        return () -> followers.remove(follower);
    }

    /** Stops the clocks; each call needs a {@link #release()}. */
    public synchronized void hold() {
        if (holders++ == 0) {
            // At a whole millisecond, so that nothing is cut off where time is told in milliseconds.
            reading = new Reading(true, (Math.floorDiv(nanos(), NANOS_PER_MILLI) + 1) * NANOS_PER_MILLI, millis());
        }
    }

    /** Lets the clocks run again, from where they are, when all who held them have let go. */
    public synchronized void release() {
        if (--holders == 0) {
            Reading last = reading;
            reading = new Reading(false, last.nanos() - System.nanoTime(), last.millis() - System.currentTimeMillis());
        }
    }

    /**
     * Lets time pass: second after second, and after each one every tracker has done what was due and has its answer.
     *
     * @param duration how much; whole milliseconds
     * @throws IllegalArgumentException if it is negative
     * @throws IllegalStateException if nobody holds the clocks
     */
    public synchronized void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("time does not go back, was " + duration);
        }
        if (holders == 0) {
            throw new IllegalStateException("the clocks run by themselves outside of a test with HourmeterExtension");
        }
        long left = duration.toMillis();
        long first = left % STEP_MILLIS;
        for (long step = first == 0 ? STEP_MILLIS : first; left > 0; left -= step, step = STEP_MILLIS) {
            reading = new Reading(true, reading.nanos() + step * NANOS_PER_MILLI, reading.millis() + step);
            followers.forEach(Follower::moved);
        }
    }

    /**
     * Has all trackers report what a license has used until now.
     *
     * @param license which
     */
    public void report(LicenseRef license) {
        followers.forEach(follower -> follower.report(license));
    }
}
