package io.hourmeter.client;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The moment at which one call of the port has to be over, whatever it does meanwhile: requests, pauses, waiting. */
final class Deadline {

    private final ClientClock clock;
    private final Duration whole;
    private final long end;

    private Deadline(ClientClock clock, Duration whole) {
        this.clock = clock;
        this.whole = whole;
        this.end = clock.nanos() + whole.toNanos();
    }

    static Deadline in(Duration whole, ClientClock clock) {
        return new Deadline(clock, whole);
    }

    /** What was allowed in the first place, for error texts. */
    Duration whole() {
        return whole;
    }

    /** Never negative. */
    long leftNanos() {
        return Math.max(0, end - clock.nanos());
    }

    boolean leaves(long millis) {
        return leftNanos() >= TimeUnit.MILLISECONDS.toNanos(millis);
    }

    boolean passed() {
        return leftNanos() == 0;
    }
}
