package io.hourmeter.usage;

import io.hourmeter.Hours;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One request, or other use, in flight. Ends once: by whoever began it, or by the limit on how long one may bill,
 * whichever takes it out of {@link RunningRequests}.
 */
final class Usage implements Granted {

    private static final VarHandle ALIVE;

    static {
        try {
            ALIVE = MethodHandles.lookup().findVarHandle(Usage.class, "alive", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Gate gate;
    /** Where {@link RunningRequests} keeps this; it writes the field before anybody else can see the request. */
    int slot;

    /** Somebody wants to know when the time is up. */
    private volatile boolean watched;

    /** Ended by whoever began it; written before this is taken out of the running requests. */
    private boolean closed;

    @SuppressWarnings("UnusedVariable") // read through its VarHandle
    private long alive;

    /** A request that the session has already counted in. */
    Usage(Session session, long begun) {
        this(session.gate(), begun);
    }

    /** A request that has already been counted in. */
    Usage(Gate gate, long begun) {
        this.gate = gate;
        this.alive = begun;
        gate.hub.requests.add(this);
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
    public boolean goOn() {
        ALIVE.setOpaque(this, gate.hub.ticker.nanos());
        return !gate.hub.closed && !timeUp();
    }

    /** Whether the time of this use is not, and will not by itself be, paid for. */
    boolean timeUp() {
        return ended() || gate.session.overrunFrom != Long.MAX_VALUE;
    }

    private boolean ended() {
        return !gate.hub.requests.contains(this);
    }

    @Override
    public void onTimeUp(Runnable action) {
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

    /** When this began or, if that was later, last said that it goes on. */
    long alive() {
        return (long) ALIVE.getOpaque(this);
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
