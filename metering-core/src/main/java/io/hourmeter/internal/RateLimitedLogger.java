package io.hourmeter.internal;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Logs each kind of trouble at most once in a period and counts what it holds back, because what strikes every request
 * would fill a disk. Thread-safe.
 */
public final class RateLimitedLogger {

    private final Logger log;
    private final long periodNanos;
    private final LongSupplier nanoTime;
    private final ConcurrentHashMap<String, Limit> limits = new ConcurrentHashMap<>();

    /**
     * Begins without anything held back.
     *
     * @param log where the lines go
     * @param period the shortest time between two lines of one kind
     * @param nanoTime a monotonic clock, in nanoseconds
     */
    public RateLimitedLogger(Logger log, Duration period, LongSupplier nanoTime) {
        this.log = log;
        this.periodNanos = period.toNanos();
        this.nanoTime = nanoTime;
    }

    /**
     * Warns, unless a line of this kind went out a moment ago.
     *
     * @param kind one of few constants, never a text from a request: each is remembered for ever
     * @param text what happened and what follows, without keys
     * @param cause the failure, or null
     */
    public void warn(String kind, String text, @Nullable Throwable cause) {
        long heldBack = admit(kind);
        if (heldBack >= 0) {
            log.warn(line(text, heldBack), cause);
        }
    }

    /**
     * The same for what somebody wants to know.
     *
     * @param kind one of few constants
     * @param text what happened, without keys; made only where it is logged
     */
    public void info(String kind, Supplier<String> text) {
        if (!log.isInfoEnabled()) {
            return;
        }
        long heldBack = admit(kind);
        if (heldBack >= 0) {
            log.info(line(text.get(), heldBack));
        }
    }

    /**
     * The same for what must not happen.
     *
     * @param kind one of few constants
     * @param text what happened and what follows, without keys
     * @param cause the failure, or null
     */
    public void error(String kind, String text, @Nullable Throwable cause) {
        long heldBack = admit(kind);
        if (heldBack >= 0) {
            log.error(line(text, heldBack), cause);
        }
    }

    private long admit(String kind) {
        return limits.computeIfAbsent(kind, any -> new Limit(nanoTime.getAsLong()))
                .admit(nanoTime.getAsLong(), periodNanos);
    }

    private static String line(String text, long heldBack) {
        return heldBack == 0 ? text : text + " (" + heldBack + " more since the last such line)";
    }

    private static final class Limit {

        private final AtomicLong next;
        private final AtomicLong heldBack = new AtomicLong();

        Limit(long now) {
            this.next = new AtomicLong(now);
        }

        /** -1 when the line is held back, else how many were since the last one. */
        long admit(long now, long periodNanos) {
            long due = next.get();
            if (now - due >= 0 && next.compareAndSet(due, now + periodNanos)) {
                return heldBack.getAndSet(0);
            }
            heldBack.incrementAndGet();
            return -1;
        }
    }
}
