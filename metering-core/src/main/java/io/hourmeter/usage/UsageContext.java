package io.hourmeter.usage;

import io.hourmeter.internal.Ticker;

/**
 * What all use that a tracker grants shares. Immutable; its parts are thread-safe.
 *
 * @param ticker the clocks by which use is measured
 * @param timeUp what use wants to be done when its time is up
 */
record UsageContext(Ticker ticker, TimeUpActions timeUp) {

    UsageContext(Ticker ticker) {
        this(ticker, new TimeUpActions());
    }
}
