package io.hourmeter.server.ledger.store;

import io.hourmeter.internal.TimeSource;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The calendar of a store that has none of its own, and a monotonic clock to judge it by.
 *
 * @param calendar the present, which somebody may set
 * @param nanos nanoseconds since an arbitrary moment, which nobody can set
 */
public record StoreClock(InstantSource calendar, LongSupplier nanos) {

    /** Clocks that have both; or a calendar that is moved by hand and so is never wrong about the time that has passed. */
    public static StoreClock of(InstantSource calendar) {
        return calendar instanceof TimeSource clocks
                ? new StoreClock(clocks, clocks::nanos)
                : new StoreClock(calendar, () -> TimeUnit.MILLISECONDS.toNanos(calendar.millis()));
    }
}
