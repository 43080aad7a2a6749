package io.hourmeter.client;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Where the client takes its time from: monotonic for everything that elapses, the calendar for stamps only. */
interface ClientClock {

    /** The machine's. */
    ClientClock SYSTEM = new ClientClock() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public Instant instant() {
            return Instant.now();
        }
    };

    /** Monotonic; only differences mean something. */
    long nanos();

    /** A stamp. */
    Instant instant();

    /** {@link #nanos()} in whole milliseconds. */
    default long millis() {
        return TimeUnit.NANOSECONDS.toMillis(nanos());
    }
}
