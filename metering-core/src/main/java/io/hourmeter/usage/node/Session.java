package io.hourmeter.usage.node;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One scope that this node serves. What a request touches is the {@link ActiveSession}; all other fields belong to
 * {@link NodeCore} and are changed only by it.
 */
final class Session extends Roster.Member {

    /** Spellings of one key that are found without parsing it; more are possible only on purpose. */
    private static final int MAX_SPELLINGS = 8;

    private volatile ActiveSession active;
    final KnownLicense license;
    final String scope;
    /** Its id, where that is no longer the one that {@link #active} tells. */
    private @Nullable volatile SessionId otherId;

    @Nullable volatile Lease lease;
    /** The lease that will take over from {@link #lease}; it is pending. */
    @Nullable Lease next;

    @Nullable PendingLease pending;

    /** How requests write the key: a {@link Few} of texts. */
    private @Nullable Object spellings;

    /** When the minimum of this session is reached; leases of it count at least up to there. */
    long minimumAt = Long.MIN_VALUE;
    /** When requests that outlived their lease get a new one; {@link Long#MAX_VALUE}: not on their own. */
    long reopenAt = Long.MAX_VALUE;
    /** The last lease ended because the server could not be asked: it is asked when it is back. */
    boolean awaitsServer;
    /** Since when requests run without being billed; {@link Long#MAX_VALUE}: they are not. Read by any thread. */
    volatile long overrunFrom = Long.MAX_VALUE;
    /** When the lease is old enough to be replaced, or its refused replacement may be tried again. */
    long rotateAt = Long.MIN_VALUE;
    /** Whether there ever was a lease. */
    private boolean served;
    /** Whether the listener was told that this session started. */
    boolean announced;
    /** The id was ended while requests ran: they are metered on, but no request joins. */
    boolean detached;
    /** This node made the id, so that the minimum counts here. */
    boolean made;

    Session(NodeHub hub, KnownLicense license, String scope, SessionId id, long now) {
        this.active = new ActiveSession(hub, this, id, now);
        this.license = license;
        this.scope = scope;
    }

    ActiveSession active() {
        return active;
    }

    SessionId id() {
        // In this order: whoever is being given another id has it before the active session forgets the first.
        SessionId first = active.firstId();
        SessionId other = otherId;
        return other == null ? first : other;
    }

    /** Gives it another id. */
    void rename(SessionId other) {
        otherId = other;
        active.renamed();
    }

    /** Makes {@link #active} anew when the session is first served, while nobody else knows the old one. */
    void renewActive() {
        if (!served) {
            served = true;
            active = new ActiveSession(active.hub, this, id(), active.lastEnd());
        }
    }

    /** Served while now is below; {@link Long#MIN_VALUE} when there is no lease. */
    long deadline() {
        return active.deadline;
    }

    void serveUntil(long deadline) {
        active.deadline = deadline;
    }

    /** Counts a request in, unless the lease is over, the pause was too long, or the session is closed. */
    boolean enter(long now) {
        return active.enter(now);
    }

    /** Counts requests in whatever the deadline says; false when the session is closed. */
    boolean count(int requests) {
        return active.count(requests);
    }

    /** Counts a request out: it was active through {@code end}. */
    void exit(long end) {
        active.exit(end);
    }

    /** Notes activity at a moment. */
    void touch(long at) {
        active.touch(at);
    }

    /** Closes the session if nothing runs. Returns false when something does. */
    boolean closeIfIdle() {
        return active.closeIfIdle();
    }

    /** Requests in flight. */
    int running() {
        return active.running();
    }

    /** The end of the last request; read {@link #running()} first. */
    long lastEnd() {
        return active.lastEnd();
    }

    /** Whether nothing runs and the pause has become longer than the idle gap. */
    boolean idle(long now) {
        return active.idle(now);
    }

    /** Marks the session as seen at rest; the next request wakes the journal. */
    void markClean() {
        active.markClean();
    }

    /** Whether requests wait for a lease of this session. */
    boolean hasWaiters() {
        PendingLease current = pending;
        return current != null && current.waiters > 0;
    }

    /** Remembers a spelling of the key under which requests find this session. False when there are too many. */
    boolean addSpelling(String added) {
        List<String> known = Few.list(spellings);
        if (known.contains(added) || known.size() == MAX_SPELLINGS) {
            return false;
        }
        spellings = Few.with(spellings, added);
        return true;
    }

    /** Does something for every spelling. */
    void eachSpelling(Consumer<String> action) {
        List<String> known = Few.list(spellings);
        known.forEach(action);
    }
}
