package io.hourmeter.server.ledger;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A store's clock that stands still until a test moves it, in either direction. */
public final class ManualClock implements InstantSource {

    private final AtomicLong millis =
            new AtomicLong(Instant.parse("2026-03-01T10:00:00Z").toEpochMilli());

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis.get());
    }

    public void move(Duration by) {
        millis.addAndGet(by.toMillis());
    }
}
