package io.hourmeter.usage;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs each kind of trouble at most once a minute: during an outage every request would say the same. Thread-safe. */
final class SeldomLog {

    private static final Logger LOG = LoggerFactory.getLogger(UsageTracker.class);
    private static final long PAUSE = 60_000 * Lease.MILLI;

    private final ConcurrentHashMap<String, Long> lastByKind = new ConcurrentHashMap<>();
    private final Ticker ticker;

    SeldomLog(Ticker ticker) {
        this.ticker = ticker;
    }

    /**
     * Warns.
     *
     * @param kind one of few constants
     * @param text what happened and what follows, without keys
     * @param cause the failure, or null
     */
    void warn(String kind, String text, @Nullable Throwable cause) {
        if (due(kind)) {
            LOG.warn(text, cause);
        }
    }

    /** The same for what must not happen. */
    void error(String kind, String text, @Nullable Throwable cause) {
        if (due(kind)) {
            LOG.error(text, cause);
        }
    }

    private boolean due(String kind) {
        long now = ticker.nanos();
        Long before = lastByKind.get(kind);
        if (before != null && now - before < PAUSE) {
            return false;
        }
        return before == null ? lastByKind.putIfAbsent(kind, now) == null : lastByKind.replace(kind, before, now);
    }
}
