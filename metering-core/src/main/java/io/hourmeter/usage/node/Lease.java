package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.hourmeter.Hours;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The right of this node to serve one scope: two offsets from its start that only grow, {@code used} and
 * {@code authorized}. Owned by {@link NodeCore}; request threads read it only to show what is left.
 *
 * <p>PENDING (asked for, nothing may be reported) to LIVE (may be served) to DONE (over, the server has yet to
 * acknowledge) to GONE. The table of all moves, and who makes them, stands in {@link Scopes}.
 */
final class Lease extends Roster.Member {

    /** There was no activity. */
    static final long NONE = -1;

    static final int NOT_ON_AGENDA = -1;

    /** A balance that was credited to the bound twice; in nanoseconds it still is a long. */
    private static final long MOST_FORESEEN = 2 * Hours.MAX_MILLIS;

    enum Phase {
        PENDING,
        LIVE,
        DONE,
        GONE
    }

    /** Order of creation; breaks ties, so that runs with the same seed are the same. */
    final long serial;

    private final long idHigh;
    private final long idLow;
    final KnownLicense license;
    // The id that the session had when it was asked for.
    private final long sessionFirst;
    private final long sessionSecond;
    private final long sessionThird;
    final long start;
    final boolean bridge;
    private final boolean perSession;

    @Nullable final Session session;

    private volatile Phase phase = Phase.PENDING;
    volatile long used = NONE;
    volatile long authorized;
    volatile boolean offline;
    /** Served offline while now is below; 0: not. */
    volatile long offlineUntil;
    /** What the server has acknowledged of {@code used}. */
    private volatile long acknowledged = NONE;

    /** The balance ends with this lease: never prolonged offline. */
    boolean last;
    /** Settled where no ledger is: an older server has had it deducted, and no other may be told of it. */
    boolean withoutLedger;
    /** The last report got no answer, or BUSY. */
    boolean unanswered;

    long seq;
    long answeredSeq;
    int underWay;
    long sentAt = Long.MIN_VALUE;
    long answeredAt = Long.MIN_VALUE;

    // Owned by Dispatch.
    long nextSync = Long.MAX_VALUE;
    long dueAt = Long.MAX_VALUE;
    boolean wanted;

    /** Its place on the {@link Agenda}. */
    int onAgenda = NOT_ON_AGENDA;

    Lease(
            long serial,
            UUID id,
            KnownLicense license,
            String scope,
            SessionId sessionId,
            @Nullable Session session,
            long start,
            boolean bridge) {
        this.serial = serial;
        this.idHigh = id.getMostSignificantBits();
        this.idLow = id.getLeastSignificantBits();
        this.license = license;
        this.perSession = !scope.isEmpty();
        this.sessionFirst = sessionId.first();
        this.sessionSecond = sessionId.second();
        this.sessionThird = sessionId.third();
        this.session = session;
        this.start = start;
        this.bridge = bridge;
    }

    /** {@code ""} = the license, else the text of the session id. */
    String scope() {
        return perSession ? sessionId().toString() : "";
    }

    SessionId sessionId() {
        return new SessionId(sessionFirst, sessionSecond, sessionThird);
    }

    UUID uuid() {
        return new UUID(idHigh, idLow);
    }

    /** As it is named in a message. */
    String id() {
        return uuid().toString();
    }

    Phase phase() {
        return phase;
    }

    void become(Phase next) {
        phase = next;
        license.snapshot.recount();
    }

    /** The server knows of so much use. */
    void acknowledge(long usedMillis) {
        acknowledged = Math.max(acknowledged, usedMillis);
        license.snapshot.recount();
    }

    long elapsedMillis(long now) {
        return Math.max(0, NANOSECONDS.toMillis(now - start));
    }

    /** The first moment at which this lease may not be served any more. */
    long deadline() {
        return Math.max(start + MILLISECONDS.toNanos(authorized), offlineUntil);
    }

    private long mostUsed() {
        return offline ? NANOSECONDS.toMillis(deadline() - start) : authorized;
    }

    /**
     * Active through this offset: elapsed while requests run, else the end of the last one. Never shrinks, never exceeds
     * what may be served, {@link #NONE} before any activity.
     */
    long usedAt(long now) {
        long active = activeAt(now);
        if (active == NONE) {
            return used;
        }
        long floor = Math.min(minimumMillis(), elapsedMillis(now));
        return Math.max(used, Math.min(Math.max(active, floor), mostUsed()));
    }

    /** The same when nothing more will come: the minimum of the session counts although it may lie ahead. */
    long usedFinally(long now) {
        long active = activeAt(now);
        return active == NONE ? used : Math.max(used, Math.min(Math.max(active, minimumMillis()), mostUsed()));
    }

    private long activeAt(long now) {
        Session current = session;
        if (phase != Phase.LIVE || current == null) {
            return NONE;
        }
        if (current.running() > 0) {
            return elapsedMillis(now);
        }
        long end = current.lastEnd();
        return end >= start ? NANOSECONDS.toMillis(end - start) : NONE;
    }

    private long minimumMillis() {
        Session current = session;
        return current == null || current.minimumAt <= start ? 0 : NANOSECONDS.toMillis(current.minimumAt - start);
    }

    /** Used here and not yet in the balance that the server told. */
    long unreportedMillis(long now) {
        return phase == Phase.GONE ? 0 : Math.max(0, usedAt(now) - Math.max(0, acknowledged));
    }

    /** The session that is served under this lease, or null. */
    @Nullable Session served() {
        return phase == Phase.LIVE ? session : null;
    }

    /**
     * When a balance will be used up if this lease is the only one that uses it and requests never pause;
     * {@link ActiveSession#UNKNOWN} for one beyond all measure.
     */
    long emptyAt(long remainingMillis) {
        long left = remainingMillis + Math.max(0, acknowledged);
        return Math.abs(left) > MOST_FORESEEN ? ActiveSession.UNKNOWN : start + MILLISECONDS.toNanos(left);
    }

    @Override
    public String toString() {
        return id() + " " + phase + " used " + used + " of " + authorized;
    }
}
