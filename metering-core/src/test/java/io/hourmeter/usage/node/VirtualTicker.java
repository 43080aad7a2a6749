package io.hourmeter.usage.node;

import io.hourmeter.internal.Ticker;
import java.util.concurrent.TimeUnit;

/** Two clocks that stand still until they are moved. */
public final class VirtualTicker implements Ticker {

    static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    /** 2026-01-01, so that stamps look like stamps. */
    private static final long WALL_ORIGIN = 1_767_225_600_000L;

    private volatile long nanos;
    private volatile long wallAheadMillis;

    public void advanceTo(long nanosFromNow) {
        nanos = nanosFromNow;
    }

    /** The wall clock is set, or the machine slept. */
    public void stepWall(long millis) {
        wallAheadMillis += millis;
    }

    public long millis() {
        return nanos / NANOS_PER_MILLI;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public long wallMillis() {
        return WALL_ORIGIN + millis() + wallAheadMillis;
    }
}
