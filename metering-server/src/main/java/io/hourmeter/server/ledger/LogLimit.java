package io.hourmeter.server.ledger;

import java.util.concurrent.TimeUnit;

/**
 * Lets one message through in ten seconds, so that a store that is gone fills no disk with messages about it. For one
 * thread.
 */
final class LogLimit {

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private long lastNanos = System.nanoTime() - PAUSE_NANOS;
    private long suppressed;

    /** Whether a message may be written now; if not, it is counted. */
    boolean permits() {
        long now = System.nanoTime();
        if (now - lastNanos < PAUSE_NANOS) {
            suppressed++;
            return false;
        }
        lastNanos = now;
        return true;
    }

    /** How many messages were held back since the last time this was asked. */
    long suppressed() {
        long count = suppressed;
        suppressed = 0;
        return count;
    }
}
