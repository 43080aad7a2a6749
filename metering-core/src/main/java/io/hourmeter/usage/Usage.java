package io.hourmeter.usage;

import io.hourmeter.Hours;

/**
 * One request, or other use, in flight. Ends once: by whoever began it, or by the limit on how long one may bill,
 * whichever takes it out of {@link RunningRequests}.
 */
final class Usage implements Granted, TimeUpActions.Timed {

    private final Gate gate;

    // Where RunningRequests keeps this; it writes them before anybody else can see the request.
    int slot;
    long ticket;

    /** Somebody wants to know when the time is up. */
    private volatile boolean watched;

    /** Ended by whoever began it; written before this is taken out of the running requests. */
    private boolean closed;

    /** A request that the session has already counted in. */
    Usage(Session session, long begun) {
        this(session.gate(), begun);
    }

    /**
     * A request that has already been counted in. It is counted out again when that fails: a count that nobody takes back
     * would be billed for ever.
     */
    static Usage begin(Gate gate, long begun) {
        Usage usage = null;
        try {
            usage = new Usage(gate, begun);
            return usage;
        } finally {
            if (usage == null) {
                gate.exit(begun);
            }
        }
    }

    /** A request that has already been counted in. */
    Usage(Gate gate, long begun) {
        this.gate = gate;
        gate.hub.requests.add(this, begun);
    }

    Gate gate() {
        return gate;
    }

    Session session() {
        return gate.session;
    }

    @Override
    public String sessionId() {
        return gate.sessionId();
    }

    @Override
    public long remainingMillis() {
        return gate.remainingMillis(gate.hub.ticker.nanos());
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
        gate.hub.requests.touch(this, gate.hub.ticker.nanos());
        return !gate.hub.closed && !timeUp();
    }

    @Override
    public boolean timeUp() {
        return ended() || gate.session.overrunFrom != Long.MAX_VALUE;
    }

    @Override
    public boolean nodeClosed() {
        return gate.hub.closed;
    }

    private boolean ended() {
        return !gate.hub.requests.contains(this);
    }

    @Override
    public void onExhausted(Runnable action) {
        watched = true;
        gate.hub.timeUp.put(this, action);
        // Either this sees that it was closed meanwhile, or close() sees that it is watched.
        if (ended() && closed) {
            gate.hub.timeUp.remove(this);
        }
    }

    @Override
    public void close() {
        closed = true;
        end(gate.hub.ticker.nanos());
        if (watched) {
            gate.hub.timeUp.remove(this);
        }
    }

    /** Ends the request at a moment. Returns false when it had ended before. */
    boolean end(long at) {
        if (!gate.hub.requests.remove(this)) {
            return false;
        }
        gate.exit(at);
        return true;
    }
}
