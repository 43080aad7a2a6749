package io.hourmeter.internal;

import io.hourmeter.LicenseRef;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The clocks by which use is measured and the ledger dates what it writes: those of the machine, or those of the test kit
 * where its jar is on the class path. Waits for a network or a thread take real time and do not ask here. Thread-safe.
 */
public interface TimeSource extends InstantSource {

    /**
     * Elapsed time, monotonic.
     *
     * @return nanoseconds; only differences mean something
     */
    long nanos();

    /**
     * The calendar.
     *
     * @return epoch milliseconds
     */
    @Override
    long millis();

    @Override
    default Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    /**
     * How much time has passed by these clocks since a reading of the machine's, for what others have timed.
     *
     * @param machineNanos of {@link System#nanoTime()}
     * @return nanoseconds
     */
    long nanosSince(long machineNanos);

    /**
     * Has somebody told whenever the clocks are moved by hand. The machine's never are.
     *
     * @param follower told until the returned action is run
     * @return ends it
     */
    Runnable follow(Follower follower);

    /** Measures use by these clocks. */
    interface Follower {

        /** The clocks were moved: what is due by now is done before this returns. */
        void moved();

        /** Tells the license server what a license has used until now, so that whoever asks next sees it. */
        void report(LicenseRef license);
    }

    /**
     * The clocks of this process.
     *
     * @return always the same
     */
    static TimeSource get() {
        return Chosen.CLOCKS;
    }

    /** Looked up once, when the first clock is needed. */
    final class Chosen {

        private static final TimeSource CLOCKS = choose();

        private Chosen() {}

        private static TimeSource choose() {
            try {
                Iterator<TimeSource> others = ServiceLoader.load(TimeSource.class, TimeSource.class.getClassLoader())
                        .iterator();
                return others.hasNext() ? others.next() : new MachineClocks();
            } catch (ServiceConfigurationError e) {
                // What another jar declares wrongly is no reason to meter nothing.
                return new MachineClocks();
            }
        }
    }

    /** Nobody moves these by hand. */
    final class MachineClocks implements TimeSource {

        private MachineClocks() {}

        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public long millis() {
            return System.currentTimeMillis();
        }

        @Override
        public long nanosSince(long machineNanos) {
            return System.nanoTime() - machineNanos;
        }

        @Override
        public Runnable follow(Follower follower) {
            return () -> {};
        }
    }
}
