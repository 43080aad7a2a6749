package io.hourmeter.usage;

import io.hourmeter.Hours;
import io.hourmeter.internal.FatalErrors;
import java.util.concurrent.atomic.AtomicBoolean;

/** One request that was let in although metering failed; see {@link FallbackLeases}. Thread-safe. */
final class FallbackUsage implements Granted, TimeUpActions.Timed {

    private final Engine engine;
    private final NodeHub hub;
    private final FallbackLeases.Fallback fallback;
    private final AtomicBoolean closed = new AtomicBoolean();

    FallbackUsage(Engine engine, NodeHub hub, FallbackLeases.Fallback fallback) {
        this.engine = engine;
        this.hub = hub;
        this.fallback = fallback;
    }

    @Override
    public String sessionId() {
        return fallback.sessionId;
    }

    @Override
    public long remainingMillis() {
        return Math.max(0, fallback.license.remainingMillis(hub.ticker.nanos()));
    }

    @Override
    public String hoursRemaining() {
        return Hours.formatForHeader(remainingMillis());
    }

    @Override
    public boolean keepAlive() {
        return !hub.closed && !timeUp();
    }

    @Override
    public boolean timeUp() {
        return closed.get() || hub.ticker.nanos() >= fallback.until;
    }

    @Override
    public boolean nodeClosed() {
        return hub.closed;
    }

    @Override
    public void onExhausted(Runnable action) {
        hub.timeUp.put(this, action);
        if (closed.get()) {
            hub.timeUp.remove(this);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                hub.timeUp.remove(this);
                engine.exitFallback(fallback);
            } catch (Throwable e) {
                // Its lease ends with the grace in any case.
                FatalErrors.throwIfFatal(e);
            }
        }
    }
}
