package io.hourmeter.usage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** One request in flight. Ends once: by the request, or by the limit on how long a request may bill. */
final class Usage implements Granted {

    private static final VarHandle ENDED;

    static {
        try {
            ENDED = MethodHandles.lookup().findVarHandle(Usage.class, "ended", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Session session;
    final long start;
    /** Where {@link RunningRequests} keeps this; it writes the field before anybody else can see the request. */
    int slot;

    @SuppressWarnings("UnusedVariable") // read through its VarHandle
    private boolean ended;

    /** A request that the session has already counted in. */
    Usage(Session session, long start) {
        this.session = session;
        this.start = start;
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
    public void close() {
        end(session.hub.ticker.nanos());
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
