package io.hourmeter.usage;

import io.hourmeter.Hours;
import io.hourmeter.internal.FatalErrors;
import io.hourmeter.usage.node.FallbackLease;
import io.hourmeter.usage.node.NodeHub;
import java.util.concurrent.atomic.AtomicBoolean;

/** One request that was let in although metering failed; see {@link FallbackLease}. Thread-safe. */
final class FallbackUsage implements Granted, TimeUpActions.Timed {

    private final Engine engine;
    private final NodeHub hub;
    private final UsageContext context;
    private final FallbackLease fallback;
    private final AtomicBoolean closed = new AtomicBoolean();

    FallbackUsage(Engine engine, NodeHub hub, UsageContext context, FallbackLease fallback) {
        this.engine = engine;
        this.hub = hub;
        this.context = context;
        this.fallback = fallback;
    }

    @Override
    public String sessionId() {
        return fallback.sessionId();
    }

    @Override
    public long remainingMillis() {
        return fallback.remainingMillis(context.ticker().nanos());
    }

    @Override
    public String hoursRemaining() {
        return Hours.formatForHeader(remainingMillis());
    }

    @Override
    public boolean keepAlive() {
        return !hub.closed() && !timeUp();
    }

    @Override
    public boolean timeUp() {
        return closed.get() || context.ticker().nanos() >= fallback.until();
    }

    @Override
    public boolean nodeClosed() {
        return hub.closed();
    }

    @Override
    public void onExhausted(Runnable action) {
        context.timeUp().put(this, action);
        if (closed.get()) {
            context.timeUp().remove(this);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                context.timeUp().remove(this);
                engine.exitFallback(fallback);
            } catch (Throwable e) {
                // Its lease ends with the grace in any case.
                FatalErrors.throwIfFatal(e);
            }
        }
    }
}
