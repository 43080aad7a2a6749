package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.hourmeter.Balance;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseId;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a node does with the answer about one lease. Owned by {@link NodeCore}; pure like it. */
final class AnswerRules {

    /** BUSY is asked again after so long. */
    private static final long BUSY_PAUSE = MILLISECONDS.toNanos(500);

    /** A refused rotation is tried again so much later. */
    private static final long ROTATE_PAUSE = MINUTES.toNanos(1);

    /** A new lease that was over at once is tried again so much later for requests that still run. */
    private static final long REOPEN_PAUSE = SECONDS.toNanos(10);

    private final Scopes scopes;
    /** A lack of hours that was stated before this moment is out of date. */
    private long creditedAt = Long.MIN_VALUE;

    AnswerRules(Scopes scopes) {
        this.scopes = scopes;
    }

    /** Time was added: answers that are under way do not know it. */
    void credited(long now) {
        creditedAt = now;
    }

    void apply(SyncRequest.Sent sent, Answer answer, long now) {
        Lease lease = sent.lease();
        if (sent.seq() < lease.answeredSeq || lease.phase() == Lease.Phase.GONE) {
            return;
        }
        lease.answeredSeq = sent.seq();
        lease.answeredAt = now;
        LicenseId id = answer.license();
        if (id != null) {
            scopes.licenses.identify(lease.license, id);
        }
        lease.unanswered = answer.state() == State.BUSY;
        if (answer.state() == State.BUSY) {
            busy(lease, now);
            return;
        }
        if (answer.state() == State.INVALID || answer.state() == State.TOO_LATE) {
            dropped(lease, now);
            return;
        }
        lease.acknowledge(sent.used());
        if (answer.state() != State.UNKNOWN) {
            lease.withoutLedger |= id == null;
            balance(lease.license, answer.remainingMillis(), now);
        }
        switch (lease.phase()) {
            case DONE -> {
                if (sent.done()) {
                    scopes.gone(lease);
                }
            }
            case PENDING -> pending(lease, answer, now);
            case LIVE -> live(lease, answer, now);
            case GONE -> throw new IllegalStateException("a lease that is gone was answered");
        }
    }

    private void busy(Lease lease, long now) {
        lease.nextSync = now + BUSY_PAUSE;
        scopes.dispatch.drop(lease);
        scopes.dispatch.schedule(lease, now);
    }

    private void dropped(Lease lease, long now) {
        long used = lease.usedAt(now);
        scopes.dropped++;
        scopes.tell(TrackerEvent.Kind.DROPPED, lease.license, lease.sessionId().toString(), Math.max(0, used));
        Session session = lease.session;
        if (session != null && session.lease == lease) {
            scopes.endLease(session, now, Scopes.After.REOPEN);
        } else if (session != null && session.next == lease) {
            cancelRotation(session, now);
        } else if (session != null && session.pending != null && session.pending.lease == lease) {
            session.reopenAt = now + REOPEN_PAUSE;
            scopes.refuseByItself(session.pending, now);
        }
        scopes.gone(lease);
    }

    private void pending(Lease lease, Answer answer, long now) {
        Session session = lease.session;
        if (session == null) {
            return;
        }
        boolean rotation = session.next == lease;
        PendingLease pending = session.pending;
        if (answer.state() == State.OK) {
            good(lease, answer, now);
            if (lease.deadline() <= now) {
                overOnArrival(lease, session, now);
            } else if (rotation) {
                swap(session, lease, now);
            } else if (pending != null) {
                scopes.grant(pending, now);
            }
            return;
        }
        if (lease.authorized > 0) {
            scopes.abandon(lease);
        } else {
            scopes.gone(lease);
        }
        if (rotation) {
            cancelRotation(session, now);
            if (ofTheLicense(answer.state())) {
                remember(lease, answer, now);
                scopes.endLease(session, now, Scopes.After.UNBILLED);
            }
            return;
        }
        if (pending == null) {
            return;
        }
        ErrorCode code = refusal(answer.state());
        if (code == null) {
            session.reopenAt = now + REOPEN_PAUSE;
            scopes.refuseByItself(pending, now);
            return;
        }
        remember(lease, answer, now);
        scopes.overrun(session, lease.start, false);
        scopes.refuse(pending, rejected(code, answer.remainingMillis(), answer.retryAfterMillis()));
    }

    /**
     * What was granted was over before the answer came, as it is where less is left than a round trip takes. The server
     * is asked once more about the same lease: of one that is over it says whether the balance is used up, which is not
     * for a node to say.
     */
    private void overOnArrival(Lease lease, Session session, long now) {
        PendingLease pending = session.pending;
        if (session.next == lease) {
            scopes.abandon(lease);
            cancelRotation(session, now);
        } else if (pending != null && !pending.askedAgain) {
            pending.askedAgain = true;
            scopes.ask(pending, now);
        } else if (pending != null) {
            scopes.abandon(lease);
            session.reopenAt = now + REOPEN_PAUSE;
            scopes.refuseByItself(pending, now);
        }
    }

    private void live(Lease lease, Answer answer, long now) {
        Session session = lease.session;
        if (session == null) {
            return;
        }
        // Before anything changes: what was used under the old authorization stays used.
        lease.used = lease.usedAt(now);
        switch (answer.state()) {
            case OK -> {
                good(lease, answer, now);
                scopes.dispatch.rearm(session, lease, now);
            }
            case LAPSED, CLOSED -> scopes.endLease(session, now, Scopes.After.REOPEN);
            case HELD, EXHAUSTED, INACTIVE, EXPIRED_LICENSE, UNKNOWN, BUSY, INVALID, TOO_LATE -> {
                remember(lease, answer, now);
                scopes.endLease(session, now, Scopes.After.UNBILLED);
            }
        }
    }

    private void authorize(Lease lease, Answer answer, long now) {
        // Not more than was asked for. A server does answer more when its clock was set ahead of this one, or this one
        // stood still in a sleep that went unnoticed; a license that is revoked would be served for as much longer.
        long most = lease.elapsedMillis(now) + scopes.settings.leaseMillis();
        lease.authorized = Math.min(Math.max(0, answer.authorizedMillis()), most);
        lease.last = answer.last();
        if (lease.offline && lease.authorized >= lease.used) {
            lease.offline = false;
        }
        lease.offlineUntil = 0;
    }

    private void good(Lease lease, Answer answer, long now) {
        authorize(lease, answer, now);
        LicenseSnapshot snapshot = lease.license.snapshot;
        snapshot.goodAt = now;
        snapshot.good = !answer.last();
        lease.license.unknownToServer = false;
        snapshot.offlineSince = LicenseSnapshot.NEVER;
        if (lease.deadline() > now) {
            snapshot.exhaustedTold = false;
        }
        scopes.refusals.forget(lease.license.credential);
    }

    private void swap(Session session, Lease next, long now) {
        Lease old = session.lease;
        session.next = null;
        if (old != null) {
            scopes.finish(old, old.usedAt(now), now);
        }
        scopes.serve(session, next, now);
    }

    private static void cancelRotation(Session session, long now) {
        session.next = null;
        session.rotateAt = now + ROTATE_PAUSE;
    }

    /** Notes a refusal in the snapshot of a license and, where it holds for the next request as well, for its credential. */
    private void remember(Lease lease, Answer answer, long now) {
        LicenseSnapshot snapshot = lease.license.snapshot;
        if (answer.state() == State.UNKNOWN) {
            lease.license.unknownToServer = true;
        } else {
            snapshot.good = false;
        }
        ErrorCode code = refusal(answer.state());
        if (code == null) {
            return;
        }
        if (answer.state() == State.EXHAUSTED && !snapshot.exhaustedTold) {
            snapshot.exhaustedTold = true;
            scopes.tell(TrackerEvent.Kind.EXHAUSTED, lease.license, "", 0);
        }
        // Whether a lease that ran out leaves something is for the answer to the next request to say.
        boolean lackOfHours = !ofTheLicense(answer.state());
        if (lackOfHours && (lease.phase() == Lease.Phase.LIVE || lease.sentAt <= creditedAt)) {
            return;
        }
        scopes.refusals.remember(
                lease.license.credential,
                code,
                lease.license.id(),
                answer.remainingMillis(),
                answer.retryAfterMillis(),
                now);
    }

    /** Whether a state says something about the license, not about its hours or one lease. */
    private static boolean ofTheLicense(State state) {
        return state == State.INACTIVE || state == State.EXPIRED_LICENSE || state == State.UNKNOWN;
    }

    private static @Nullable ErrorCode refusal(State state) {
        return switch (state) {
            case HELD -> ErrorCode.HOURS_HELD;
            case EXHAUSTED -> ErrorCode.HOURS_EXHAUSTED;
            case INACTIVE -> ErrorCode.LICENSE_INACTIVE;
            case EXPIRED_LICENSE -> ErrorCode.LICENSE_EXPIRED;
            case UNKNOWN -> ErrorCode.INVALID_LICENSE;
            case OK, CLOSED, LAPSED, BUSY, INVALID, TOO_LATE -> null;
        };
    }

    /** A refusal as a request is told it: only a lack of hours that others hold passes by waiting. */
    static Arrival.Rejected rejected(ErrorCode code, long remainingMillis, long retryAfterMillis) {
        Duration retryAfter =
                code == ErrorCode.HOURS_HELD ? Duration.ofMillis(Math.max(1_000, retryAfterMillis)) : null;
        return new Arrival.Rejected(code, Math.max(0, remainingMillis), retryAfter);
    }

    /**
     * Whether a balance says more than the last answer. The server's calendar is compared with this machine's: where they
     * differ, a balance may be taken for older than it is, and is then asked for.
     */
    boolean isNews(KnownLicense known, Balance balance) {
        return balance.asOf().toEpochMilli() >= known.snapshot.toldAtWallMillis;
    }

    /** Takes over a balance that the server has just told; only one that rises re-arms the warnings. */
    void balance(KnownLicense known, long remainingMillis, long now) {
        LicenseSnapshot snapshot = known.snapshot;
        snapshot.toldAtWallMillis = scopes.wallMillis(now);
        if (remainingMillis > snapshot.remaining) {
            snapshot.lowTold = Math.min(snapshot.lowTold, crossed(remainingMillis));
        }
        snapshot.told(remainingMillis);
    }

    /** Tells the listener when what is left has fallen below a threshold. */
    void warnIfLow(KnownLicense known, long now) {
        LicenseSnapshot snapshot = known.snapshot;
        if (snapshot.goodAt == LicenseSnapshot.NEVER) {
            return;
        }
        long remaining = known.remainingMillis(now);
        int crossed = crossed(remaining);
        if (crossed > snapshot.lowTold) {
            snapshot.lowTold = crossed;
            scopes.tell(TrackerEvent.Kind.HOURS_LOW, known, "", Math.max(0, remaining));
        }
    }

    private int crossed(long remainingMillis) {
        int crossed = 0;
        for (Long low : lows()) {
            if (remainingMillis < low) {
                crossed++;
            }
        }
        return crossed;
    }

    private List<Long> lows() {
        return scopes.settings.lowMillis();
    }
}
