package io.hourmeter.internal;

/** The two clocks of a node, injected so that no test sleeps. Thread-safe. */
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
}
