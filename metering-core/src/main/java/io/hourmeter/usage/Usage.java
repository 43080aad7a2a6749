package io.hourmeter.usage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** One request, or other use, in flight. Ends once: by whoever began it, or by the limit on how long one may bill. */
final class Usage implements Granted {

    private static final VarHandle ENDED;
    private static final VarHandle ALIVE;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            ENDED = lookup.findVarHandle(Usage.class, "ended", boolean.class);
            ALIVE = lookup.findVarHandle(Usage.class, "alive", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Session session;
    /** Where {@link RunningRequests} keeps this; it writes the field before anybody else can see the request. */
    int slot;

    @SuppressWarnings("UnusedVariable") // read through its VarHandle
    private boolean ended;

    /** Somebody wants to know when the time is up. */
    private volatile boolean watched;

    /** Ended by whoever began it; written before {@code ended}. */
    private boolean closed;

    @SuppressWarnings("UnusedVariable") // read through its VarHandle
    private long alive;

    /** A request that the session has already counted in. */
    Usage(Session session, long begun) {
        this.session = session;
        this.alive = begun;
        session.hub.requests.add(this);
    }

    @Override
    public String sessionId() {
        return session.id;
    }

    @Override
    public long remainingMillis() {
        return session.remainingMillis(session.hub.ticker.nanos());
    }

    @Override
    public String hoursRemaining() {
        return session.hoursRemaining(session.hub.ticker.nanos());
    }

    @Override
    public boolean goOn() {
        ALIVE.setOpaque(this, session.hub.ticker.nanos());
        return !session.hub.closed && !timeUp();
    }

    /** Whether the time of this use is not, and will not by itself be, paid for. */
    boolean timeUp() {
        return (boolean) ENDED.getVolatile(this) || session.overrunFrom != Long.MAX_VALUE;
    }

    @Override
    public void onTimeUp(Runnable action) {
        watched = true;
        session.hub.timeUp.put(this, action);
        // Either this sees that it was closed meanwhile, or close() sees that it is watched.
        if ((boolean) ENDED.getVolatile(this) && closed) {
            session.hub.timeUp.remove(this);
        }
    }

    @Override
    public void close() {
        closed = true;
        end(session.hub.ticker.nanos());
        if (watched) {
            session.hub.timeUp.remove(this);
        }
    }

    /** When this began or, if that was later, last said that it goes on. */
    long alive() {
        return (long) ALIVE.getOpaque(this);
    }

    /** Ends the request at a moment. Returns false when it had ended before. */
    boolean end(long at) {
        if (!ENDED.compareAndSet(this, false, true)) {
            return false;
        }
        session.hub.requests.remove(this);
        session.exit(at);
        return true;
    }
}
