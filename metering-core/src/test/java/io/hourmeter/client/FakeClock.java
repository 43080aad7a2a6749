package io.hourmeter.client;

import io.hourmeter.internal.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Stands still until it is moved. */
final class FakeClock implements Ticker {

    private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

    void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    @Override
    public long wallMillis() {
        return Instant.parse("2026-01-01T00:00:00Z").toEpochMilli() + millis();
    }
}
