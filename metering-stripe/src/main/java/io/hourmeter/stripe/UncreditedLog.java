package io.hourmeter.stripe;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator which paid checkouts are not credited. A page that a customer leaves open asks every few seconds, and
 * beside a license server with the wrong ledger every purchase of a month is in trouble: each line is written once in a
 * period, and only so many of them.
 *
 * <p>Thread-safe.
 */
final class UncreditedLog {

    private static final Logger LOG = LoggerFactory.getLogger(UncreditedLog.class);

    /** Enough to see what they have in common. */
    static final int MOST_LINES = 20;

    private final InstantSource clock;
    private final Duration period;

    private final Set<String> told = new HashSet<>();
    private @Nullable Instant begun;

    UncreditedLog(InstantSource clock, Duration period) {
        this.clock = clock;
        this.period = period;
    }

    /** Writes a line, unless it was written in this period or too many others were. */
    synchronized void tell(String line) {
        Instant now = clock.instant();
        if (begun == null || now.isBefore(begun) || Duration.between(begun, now).compareTo(period) >= 0) {
            begun = now;
            told.clear();
        }
        if (told.size() > MOST_LINES || !told.add(line)) {
            return;
        }
        if (told.size() <= MOST_LINES) {
            LOG.error("{}", line);
        } else {
            LOG.error(
                    "More than {} paid checkouts are not credited; the others are not named for {}",
                    MOST_LINES,
                    period);
        }
    }
}
