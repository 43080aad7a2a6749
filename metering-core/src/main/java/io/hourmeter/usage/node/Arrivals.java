package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.hourmeter.Billing;
import io.hourmeter.LicenseRef;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a request that did not find its session running: it enters after all, waits for a lease, or is refused.
 * Owned by {@link NodeCore}; pure like it.
 */
final class Arrivals {

    /** Requests that wait at once: each holds a thread of the application. */
    static final int MAX_WAITERS = 4_096;

    /** Sessions of one license on this node; one at rest makes room for a new one. */
    static final int MAX_SESSIONS_OF_LICENSE = 1_000;

    /** Session ids that were ended on purpose and are not continued. */
    private static final int MAX_ENDED = 10_000;

    private final NodeSettings settings;
    private final Scopes scopes;
    private final ServerContact contact;
    private final Refusals refusals;
    private final SessionIds sessionIds;
    private final Set<String> ended = new LinkedHashSet<>();

    Arrivals(NodeSettings settings, Scopes scopes, SessionIds sessionIds) {
        this.settings = settings;
        this.scopes = scopes;
        this.contact = scopes.contact;
        this.refusals = scopes.refusals;
        this.sessionIds = sessionIds;
    }

    /** A request that did not find its session running. */
    Arrival arrive(
            LicenseRef license, @Nullable String spelling, @Nullable String clientSessionId, String address, long now) {
        SessionId continued = continued(license, clientSessionId);
        SessionId id = continued != null ? continued : sessionIds.create(license);
        String scope = settings.billing() == Billing.LICENSE ? "" : id.toString();
        KnownLicense known = scopes.licenses.find(license);
        Session session = known == null ? null : known.session(scope);
        if (session != null && session.idle(now) && !session.hasWaiters() && scopes.endIdle(session, now)) {
            session = null;
        }
        if (session != null) {
            return rejoin(session, spelling, address, now);
        }
        Credential credential = Credential.of(license);
        Arrival.Rejected rejected = obstacle(credential, scope, address, now);
        if (rejected != null) {
            return rejected;
        }
        if (!makeRoom(known, now)) {
            return turnByItself(credential, scope, now);
        }
        Session fresh = scopes.newSession(scopes.licenses.learn(license), scope, id, now);
        fresh.made = continued == null;
        if (spelling != null) {
            fresh.addSpelling(spelling);
        }
        return open(fresh, address, now);
    }

    private @Nullable SessionId continued(LicenseRef license, @Nullable String clientSessionId) {
        if (settings.billing() == Billing.LICENSE || clientSessionId == null || ended.contains(clientSessionId)) {
            return null;
        }
        return SessionIds.of(license, clientSessionId);
    }

    /** A request of a session that is there: in, waiting, or the first after the end of a lease. */
    private Arrival rejoin(Session session, @Nullable String spelling, String address, long now) {
        if (spelling != null && session.addSpelling(spelling) && session.lease != null) {
            scopes.hot.publish(session, spelling);
        }
        Lease lease = session.lease;
        if (lease != null && now >= session.deadline() && !scopes.prolong(session, lease, now)) {
            scopes.endLease(
                    session, now, scopes.unreachable(lease) ? Scopes.After.AWAITING_SERVER : Scopes.After.REOPEN);
        }
        if (session.enter(now)) {
            return new Arrival.Entered(session.active());
        }
        PendingLease pending = session.pending;
        if (pending != null && pending.foreground) {
            return wait(pending, now);
        }
        Arrival.Rejected rejected = obstacle(session.license.credential, session.scope, address, now);
        if (rejected != null) {
            return rejected;
        }
        if (pending == null) {
            return open(session, address, now);
        }
        scopes.bringToFront(pending, now);
        return send(pending, now);
    }

    /** Why a lease cannot be asked for now, or null. */
    private Arrival.@Nullable Rejected obstacle(Credential credential, String scope, String address, long now) {
        Refusals.Refusal refusal = refusals.find(credential, now);
        if (refusal != null) {
            scopes.noteOwnRefusal(credential, scope, now);
            return AnswerRules.rejected(
                    refusal.code(), refusal.remainingMillis(), NANOSECONDS.toMillis(refusal.until() - now));
        }
        KnownLicense known = scopes.licenses.find(credential);
        boolean withoutServer = contact.lost() && known != null && scopes.outage.until(known, now, now) > now;
        boolean serverAway = contact.lost() && !withoutServer && !contact.mayTry(now);
        boolean crowded = !withoutServer && !scopes.pendingLeases.hasRoom(known != null && known.seenGood(), address);
        if (crowded) {
            scopes.pendingLeases.countRefused();
        }
        if (serverAway || crowded || scopes.waiters >= MAX_WAITERS) {
            scopes.noteOwnRefusal(credential, scope, now);
            return scopes.outage.unavailable(now);
        }
        return null;
    }

    private Arrival turnByItself(Credential credential, String scope, long now) {
        scopes.noteOwnRefusal(credential, scope, now);
        return scopes.outage.unavailable(now);
    }

    private Arrival open(Session session, String address, long now) {
        if (settings.minimumMillis() > 0 && session.made && !session.announced) {
            session.minimumAt = now + MILLISECONDS.toNanos(settings.minimumMillis());
        }
        return send(scopes.begin(session, address, now), now);
    }

    private Arrival send(PendingLease pending, long now) {
        scopes.addWaiter(pending);
        if (contact.lost() && scopes.startOffline(pending, now)) {
            return new Arrival.Entered(pending.session.active());
        }
        scopes.ask(pending, now);
        return new Arrival.Waiting(pending);
    }

    private Arrival wait(PendingLease pending, long now) {
        if (scopes.waiters >= MAX_WAITERS) {
            scopes.noteOwnRefusal(pending.session.license.credential, pending.session.scope, now);
            return scopes.outage.unavailable(now);
        }
        scopes.addWaiter(pending);
        return new Arrival.Waiting(pending);
    }

    /** Makes room for one more session; false when all that could go are in use. */
    private boolean makeRoom(@Nullable KnownLicense known, long now) {
        if (scopes.sessions.size() >= Bounds.SESSIONS) {
            return false;
        }
        if (known == null || known.sessions().size() < MAX_SESSIONS_OF_LICENSE) {
            return true;
        }
        Session oldest = null;
        for (Session session : known.sessions()) {
            boolean atRest = session.running() == 0 && session.pending == null;
            if (atRest && (oldest == null || session.lastEnd() < oldest.lastEnd())) {
                oldest = session;
            }
        }
        // A session that goes early loses nothing: if it comes back the server fills the pause.
        return oldest != null && scopes.endIdle(oldest, now);
    }

    /** Nobody answered a pending lease in time; all that wait for it are answered now. */
    void timedOut(PendingLease pending, long now) {
        pending.lease.unanswered = true;
        if (pending.place == PendingLease.Place.UNDER_WAY) {
            scopes.pendingLeases.took(MILLISECONDS.toNanos(settings.timeoutMillis()));
        }
        fail(pending, now);
    }

    /** A request stops waiting on its own. If it was counted in meanwhile, it is counted out again. */
    void leave(PendingLease pending, long now) {
        if (!pending.result.isDone()) {
            pending.waiters--;
            scopes.waiters--;
        } else if (pending.result.join().isEmpty()) {
            pending.session.exit(now);
        }
    }

    /** The server gave no answer to a pending lease: the outage policy decides. */
    void fail(PendingLease pending, long now) {
        if (pending.session.pending != pending || scopes.startOffline(pending, now)) {
            return;
        }
        if (pending.foreground) {
            Lease lease = pending.lease;
            scopes.overrun(pending.session, lease.start, true);
            scopes.refuseByItself(pending, now);
            scopes.abandon(lease);
        } else {
            scopes.dispatch.want(pending.lease);
        }
    }

    /** Ends a session on purpose: its id is not continued. Returns whether there was one. */
    boolean endSession(String id, long now) {
        SessionId wanted = SessionId.parse(id);
        Session session = wanted == null ? null : scopes.byId.find(wanted);
        if (session == null) {
            return false;
        }
        if (ended.size() >= MAX_ENDED) {
            Iterator<String> eldest = ended.iterator();
            eldest.next();
            eldest.remove();
        }
        ended.add(id);
        if (!session.hasWaiters() && !scopes.endIdle(session, now)) {
            scopes.endLease(session, now, Scopes.After.REOPEN_LATER);
            scopes.part(session, sessionIds);
        }
        return true;
    }
}
