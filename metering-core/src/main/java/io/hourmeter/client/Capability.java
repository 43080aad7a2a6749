package io.hourmeter.client;

import java.util.concurrent.TimeUnit;

/**
 * What is known about one call that newer license servers have and older ones have not.
 *
 * <p>States and moves: unknown → present, unknown → absent, absent → present. Present stays: a server that had the call
 * once and answers 404 now is broken or hidden behind something, not older. Absent is asked again from time to time, in
 * case the server was upgraded.
 */
final class Capability {

    /** Rare enough to cost nothing, often enough that an upgrade is noticed within a coffee break. */
    static final long ASK_AGAIN_NANOS = TimeUnit.MINUTES.toNanos(10);

    private enum State {
        UNKNOWN,
        PRESENT,
        ABSENT
    }

    private final ClientClock clock;
    private State state = State.UNKNOWN;
    private long askAgainAt;

    Capability(ClientClock clock) {
        this.clock = clock;
    }

    synchronized boolean present() {
        return state == State.PRESENT;
    }

    synchronized boolean absent() {
        return state == State.ABSENT;
    }

    /** Returns whether this is news. */
    synchronized boolean setPresent() {
        boolean news = state != State.PRESENT;
        state = State.PRESENT;
        return news;
    }

    /** Returns whether this is news. No effect when the call was there before. */
    synchronized boolean setAbsent() {
        if (state == State.PRESENT) {
            return false;
        }
        boolean news = state == State.UNKNOWN;
        state = State.ABSENT;
        askAgainAt = clock.nanos() + ASK_AGAIN_NANOS;
        return news;
    }

    /** Whether the call is known to be absent, so that it need not be tried. One caller in ten minutes is told no. */
    synchronized boolean skip() {
        if (state != State.ABSENT) {
            return false;
        }
        if (clock.nanos() - askAgainAt < 0) {
            return true;
        }
        askAgainAt = clock.nanos() + ASK_AGAIN_NANOS;
        return false;
    }
}
