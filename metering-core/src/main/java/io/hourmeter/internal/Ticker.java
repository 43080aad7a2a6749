package io.hourmeter.internal;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** The two clocks of a node or a client, injected so that no test sleeps. Thread-safe. */
public interface Ticker {

    /**
     * The clocks of this process.
     *
     * @return both
     */
    static Ticker system() {
        TimeSource clocks = TimeSource.get();
        return new Ticker() {
            // Counting from here keeps the values small and positive, so that they compare without wrapping.
            private final long origin = clocks.nanos();

            @Override
            public long nanos() {
                return clocks.nanos() - origin;
            }

            @Override
            public long wallMillis() {
                return clocks.millis();
            }
        };
    }

    /**
     * Elapsed time, monotonic; the only clock that measures use.
     *
     * @return nanoseconds since an arbitrary origin, at least 0
     */
    long nanos();

    /**
     * The calendar of this machine: a stamp for the journal and the witness of a suspended machine, never a measure.
     *
     * @return epoch milliseconds
     */
    long wallMillis();

    /**
     * Elapsed time in whole milliseconds.
     *
     * @return milliseconds since an arbitrary origin
     */
    default long millis() {
        return TimeUnit.NANOSECONDS.toMillis(nanos());
    }

    /**
     * The calendar.
     *
     * @return a stamp
     */
    default Instant instant() {
        return Instant.ofEpochMilli(wallMillis());
    }
}
