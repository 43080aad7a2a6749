package io.hourmeter.server.http;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * Tells that the ledger could not do its work, at most once in {@link #PAUSE_SECONDS}: an overloaded server would
 * otherwise spend its time on saying so. Thread-safe.
 */
final class OutageLog {

    private static final long PAUSE_SECONDS = 10;

    private final Logger log;
    private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong unreported = new AtomicLong();

    OutageLog(Logger log) {
        this.log = log;
    }

    void report(String call, String cause) {
        long now = System.nanoTime();
        long next = nextNanos.get();
        if (now - next < 0 || !nextNanos.compareAndSet(next, now + TimeUnit.SECONDS.toNanos(PAUSE_SECONDS))) {
            unreported.incrementAndGet();
            return;
        }
        log.warn("{} answered 503: {} ({} more since the last such line)", call, cause, unreported.getAndSet(0));
    }
}
