package io.hourmeter.usage.node;

/**
 * The part of a session that every request touches, without a lock: what admits it, and what its answer tells.
 *
 * <p>An object of its own, made beside the map entry that leads to it: with a million sessions a request waits for memory
 * more than for anything else, and so it waits for one place. The fields of {@link Turnstile}, which each request needs
 * first, lie before these.
 */
public final class Gate extends Turnstile {

    /** Nobody can foresee when the balance will be used up. */
    static final long UNKNOWN = Long.MAX_VALUE;

    /** {@link #third} of a session that was renamed. */
    private static final long RENAMED = 0;

    /**
     * When the balance of the license will be used up if requests of this session never pause and nothing else uses it;
     * {@link #UNKNOWN} when something else may. Written by {@link LicenseSnapshot}.
     */
    volatile long emptyAt = UNKNOWN;

    // The id that the session was made with.
    private final long first;
    private final long second;
    private volatile long third;

    Gate(NodeHub hub, Session session, SessionId id, long lastEnd) {
        super(hub, session, lastEnd);
        first = id.first();
        second = id.second();
        third = id.third();
    }

    /**
     * Counts a request in that found this session, and notes its arrival; whoever gets true begins a {@link RunningRequest}.
     * False when the lease is over, the pause was too long, or the session is closed.
     */
    boolean admit(long now) {
        if (!enter(now)) {
            return false;
        }
        arrived(now);
        return true;
    }

    /** The id that the session was made with, unless it has another one. */
    SessionId firstId() {
        return new SessionId(first, second, third);
    }

    /**
     * A number that tells this gate from every other of its node. Ids are random; that of a session which was ended on
     * purpose may come back while requests of it still run, and then the objects differ.
     */
    long mark() {
        return first ^ (long) System.identityHashCode(this) << Integer.SIZE;
    }

    /** The session has another id from now on, and knows it already. */
    void renamed() {
        third = RENAMED;
    }

    /** The text of the session's id. */
    String sessionId() {
        long last = third;
        return last == RENAMED ? session.id().toString() : SessionId.text(first, second, last);
    }

    /** What is left of the license: where possible without a look at it, since every answer says so. */
    long remainingMillis(long now) {
        long end = emptyAt;
        boolean foreseen = end != UNKNOWN && now < deadline && running() > 0;
        // Rounded up, since elapsed milliseconds are rounded down.
        long left = foreseen ? -Math.floorDiv(now - end, Lease.MILLI) : session.license.remainingMillis(now);
        return Math.max(0, left);
    }
}
