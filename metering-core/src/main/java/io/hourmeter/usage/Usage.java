package io.hourmeter.usage;

import io.hourmeter.Hours;
import io.hourmeter.usage.node.ActiveSession;
import io.hourmeter.usage.node.RunningRequest;

/** A request in flight, as whoever began it sees it. Thread-safe. */
final class Usage extends RunningRequest implements Granted, TimeUpActions.Timed {

    private final UsageContext context;

    /** Somebody wants to know when the time is up. */
    private volatile boolean watched;

    /** Ended by whoever began it; written before this is taken out of the running requests. */
    private boolean closed;

    /** A request that has already been counted in. */
    Usage(ActiveSession active, long begun, UsageContext context) {
        super(active, begun);
        this.context = context;
    }

    /**
     * A request that has already been counted in. It is counted out again when that fails: a count that nobody takes back
     * would be billed for ever.
     */
    static Usage begin(ActiveSession active, long begun, UsageContext context) {
        Usage usage = null;
        try {
            usage = new Usage(active, begun, context);
            return usage;
        } finally {
            if (usage == null) {
                active.exit(begun);
            }
        }
    }

    @Override
    public long remainingMillis() {
        return remainingMillis(now());
    }

    private long now() {
        return context.ticker().nanos();
    }

    /**
     * Not kept: a text that is replaced in an object as old as a session costs the collector more than writing the text
     * costs the request.
     */
    @Override
    public String hoursRemaining() {
        return Hours.formatForHeader(remainingMillis());
    }

    @Override
    public boolean keepAlive() {
        touch(now());
        return !nodeClosed() && !timeUp();
    }

    @Override
    public void onExhausted(Runnable action) {
        watched = true;
        context.timeUp().put(this, action);
        // Either this sees that it was closed meanwhile, or close() sees that it is watched.
        if (ended() && closed) {
            context.timeUp().remove(this);
        }
    }

    @Override
    public void close() {
        closed = true;
        end(now());
        if (watched) {
            context.timeUp().remove(this);
        }
    }
}
