package io.hourmeter.client;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The moment at which one call of the port has to be over, whatever it does meanwhile: requests, pauses, waiting. */
final class Deadline {

    private final Duration whole;
    private final long end;

    private Deadline(Duration whole) {
        this.whole = whole;
        this.end = System.nanoTime() + whole.toNanos();
    }

    /** From now on, in real time: a network does not wait for a clock that is moved by hand. */
    static Deadline in(Duration whole) {
        return new Deadline(whole);
    }

    /** What was allowed in the first place, for error texts. */
    Duration whole() {
        return whole;
    }

    /** Never negative. */
    long leftNanos() {
        return Math.max(0, end - System.nanoTime());
    }

    boolean leaves(long millis) {
        return leftNanos() >= TimeUnit.MILLISECONDS.toNanos(millis);
    }

    boolean passed() {
        return leftNanos() == 0;
    }
}
