package io.hourmeter.usage;

import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The node side of the protocol: what a node does when a request arrives, time passes or the server answers. No I/O, no
 * threads and no clock: every call is given the present, and what is to be done outside is picked up with
 * {@link #nextParcel}, {@link #takeOpening} and {@link #takeNotice}. So the same code runs in an application and in a
 * simulation with a seed.
 *
 * <p>Not thread-safe: the caller holds one lock around each call. Requests that find their session running do not come
 * here; they touch only {@link Session}.
 */
final class NodeCore {

    /** Openings at once: more would let a scan of random keys occupy server and memory. */
    static final int MAX_OPENINGS = 64;

    /** Requests that wait at once: each holds a thread of the application. */
    static final int MAX_WAITERS = 4_096;

    /** Sessions of one license on this node; one at rest makes room for a new one. */
    static final int MAX_SESSIONS_OF_LICENSE = 1_000;

    /** Sessions on this node: about 50 MB. */
    static final int MAX_SESSIONS = 100_000;

    /** Session ids that were ended on purpose and are not continued. */
    private static final int MAX_ENDED = 10_000;

    /** Bounds how far the clock of a lease can drift from the server's. */
    private static final long ROTATE_AFTER = 30 * 60_000 * Lease.MILLI;

    /** The wall clock may run ahead of the monotonic one by so much between two ticks; more is a suspended machine. */
    private static final long SUSPENDED_MILLIS = 5_000;

    private static final long SHORTEST_SWEEP_PAUSE = 1_000 * Lease.MILLI;
    private static final long LONGEST_SWEEP_PAUSE = 5_000 * Lease.MILLI;
    private static final long FORGET_PAUSE = 60_000 * Lease.MILLI;

    /** A report this young is not repeated for a balance. */
    private static final long FRESH = 1_000 * Lease.MILLI;

    /** A thread that was granted a lease may be held up for so long before its request is noted as running. */
    private static final long LATE = 10_000 * Lease.MILLI;

    private final NodeSettings settings;
    private final NodeHub hub;
    private final Scopes scopes;
    private final AnswerRules answers;
    private final ServerContact contact;
    private final Dispatch dispatch;
    private final Refusals refusals;
    private final SessionIds sessionIds;
    private final Set<String> ended = new LinkedHashSet<>();

    private boolean ticked;
    private long tickedAt;
    private long wallAtTick;
    private long nextSweep = Long.MIN_VALUE;
    private long nextLimitCheck = Long.MIN_VALUE;
    private long nextForget = Long.MIN_VALUE;
    private boolean closed;

    NodeCore(NodeSettings settings, NodeHub hub, HotSessions hot, String node, RandomGenerator random) {
        this.settings = settings;
        this.hub = hub;
        this.scopes = new Scopes(settings, hub, hot, node, random);
        this.answers = new AnswerRules(scopes);
        this.contact = scopes.contact;
        this.dispatch = scopes.dispatch;
        this.refusals = scopes.refusals;
        this.sessionIds = new SessionIds(random);
    }

    /** A request that did not find its session running. */
    Arrival arrive(LicenseKey key, String spelling, @Nullable String brought, long now) {
        if (closed) {
            return new Arrival.Turned(scopes.unavailable(now));
        }
        String id = continues(key, brought) ? String.valueOf(brought) : sessionIds.create(key);
        String scope = settings.billing() == Billing.LICENSE ? "" : id;
        KnownLicense known = scopes.licenses.get(key.sha256());
        Session session = known == null ? null : known.sessions.get(scope);
        if (session != null && session.idle(now) && !hasWaiters(session) && scopes.endIdle(session, now)) {
            session = null;
        }
        if (session != null) {
            return rejoin(session, spelling, now);
        }
        Refused refused = obstacle(key, scope, now);
        if (refused != null) {
            return new Arrival.Turned(refused);
        }
        if (!makeRoom(known, now)) {
            return turnByItself(key, scope, now);
        }
        Session fresh = scopes.newSession(scopes.learn(key.sha256(), key, now), scope, id, now);
        fresh.made = !id.equals(brought);
        fresh.addSpelling(spelling);
        return open(fresh, now);
    }

    private boolean continues(LicenseKey key, @Nullable String brought) {
        return settings.billing() == Billing.SESSION
                && brought != null
                && !ended.contains(brought)
                && SessionIds.belongs(key, brought);
    }

    private static boolean hasWaiters(Session session) {
        return session.opening != null && session.opening.waiters > 0;
    }

    /** A request of a session that is there: in, waiting, or the first after the end of a lease. */
    private Arrival rejoin(Session session, String spelling, long now) {
        if (session.addSpelling(spelling) && session.lease != null) {
            scopes.hot.publish(session, spelling);
        }
        Lease lease = session.lease;
        if (lease != null && now >= session.deadline && !scopes.prolong(session, lease, now)) {
            scopes.endLease(session, now, Scopes.After.OVERRUN);
        }
        if (session.enter(now)) {
            return new Arrival.Entered(session);
        }
        LicenseKey key = session.license.key;
        if (key == null) {
            throw new IllegalStateException("a session without a key");
        }
        Opening opening = session.opening;
        if (opening != null && opening.foreground) {
            return wait(opening, now);
        }
        Refused refused = obstacle(key, session.scope, now);
        if (refused != null) {
            return new Arrival.Turned(refused);
        }
        if (opening == null) {
            return open(session, now);
        }
        scopes.bringToFront(opening, now);
        return send(opening, now);
    }

    /** Why a lease cannot be asked for now, or null. */
    private @Nullable Refused obstacle(LicenseKey key, String scope, long now) {
        Refusals.Refusal refusal = refusals.find(key.sha256(), now);
        if (refusal != null) {
            scopes.noteOwnRefusal(key.sha256(), scope, now);
            return AnswerRules.refused(
                    refusal.code(), refusal.remainingMillis(), (refusal.until() - now) / Lease.MILLI);
        }
        KnownLicense known = scopes.licenses.get(key.sha256());
        boolean withoutServer = contact.lost() && known != null && scopes.offlineUntil(known, now, now) > now;
        boolean serverAway = contact.lost() && !withoutServer && !contact.mayTry(now);
        if (serverAway || (!withoutServer && scopes.openings >= MAX_OPENINGS) || scopes.waiters >= MAX_WAITERS) {
            scopes.noteOwnRefusal(key.sha256(), scope, now);
            return scopes.unavailable(now);
        }
        return null;
    }

    private Arrival turnByItself(LicenseKey key, String scope, long now) {
        scopes.noteOwnRefusal(key.sha256(), scope, now);
        return new Arrival.Turned(scopes.unavailable(now));
    }

    private Arrival open(Session session, long now) {
        if (settings.minimumMillis() > 0 && session.made && !session.announced) {
            session.minimumAt = now + settings.minimumMillis() * Lease.MILLI;
        }
        return send(scopes.begin(session, true, now), now);
    }

    private Arrival send(Opening opening, long now) {
        scopes.addWaiter(opening);
        if (contact.lost() && scopes.startOffline(opening, now)) {
            return new Arrival.Entered(opening.session);
        }
        if (opening.lease.underWay == 0) {
            scopes.openingsToSend.add(opening);
        }
        return new Arrival.Waiting(opening);
    }

    private Arrival wait(Opening opening, long now) {
        if (scopes.waiters >= MAX_WAITERS) {
            scopes.noteOwnRefusal(opening.session.license.keySha256, opening.session.scope, now);
            return new Arrival.Turned(scopes.unavailable(now));
        }
        scopes.addWaiter(opening);
        return new Arrival.Waiting(opening);
    }

    /** Makes room for one more session; false when all that could go are in use. */
    private boolean makeRoom(@Nullable KnownLicense known, long now) {
        if (scopes.sessions.size() >= MAX_SESSIONS) {
            return false;
        }
        if (known == null || known.sessions.size() < MAX_SESSIONS_OF_LICENSE) {
            return true;
        }
        Session oldest = null;
        for (Session session : known.sessions.values()) {
            boolean atRest = session.running() == 0 && session.opening == null;
            if (atRest && (oldest == null || session.lastEnd() < oldest.lastEnd())) {
                oldest = session;
            }
        }
        // A session that goes early loses nothing: if it comes back the server fills the pause.
        return oldest != null && scopes.endIdle(oldest, now);
    }

    /** Nobody answered an opening in time; all that wait for it are answered now. */
    void timedOut(Opening opening, long now) {
        opening.lease.unanswered = true;
        failOpening(opening, now);
    }

    /** A request stops waiting on its own. If it was counted in meanwhile, it is counted out again. */
    void leave(Opening opening, long now) {
        if (!opening.result.isDone()) {
            opening.waiters--;
            scopes.waiters--;
        } else if (opening.result.join().isEmpty()) {
            opening.session.exit(now);
        }
    }

    /** A message could not be sent for want of a thread. */
    void unsent(Parcel parcel) {
        dispatch.returned(parcel);
        for (Parcel.Sent sent : parcel.sent()) {
            if (sent.lease().phase != Lease.Phase.GONE) {
                dispatch.want(sent.lease());
            }
        }
    }

    /** The server gave no answer to an opening: the outage policy decides. */
    private void failOpening(Opening opening, long now) {
        if (opening.session.opening != opening || scopes.startOffline(opening, now)) {
            return;
        }
        if (opening.foreground) {
            Lease lease = opening.lease;
            scopes.refuseByItself(opening, now);
            scopes.abandon(lease);
        } else {
            dispatch.want(opening.lease);
        }
    }

    /** Time passes. To be called about once a second. */
    void tick(long now, long wallMillis) {
        long ahead = (wallMillis - wallAtTick) - (now - tickedAt) / Lease.MILLI;
        boolean suspended = ticked && ahead > SUSPENDED_MILLIS;
        ticked = true;
        tickedAt = now;
        wallAtTick = wallMillis;
        scopes.wallOffsetMillis = wallMillis - now / Lease.MILLI;
        endLongRequests(now);
        if (suspended) {
            resume(now, ahead);
        }
        if (now >= nextSweep) {
            long pause = Math.min(Math.max(hub.gapNanos / 10, SHORTEST_SWEEP_PAUSE), LONGEST_SWEEP_PAUSE);
            nextSweep = now + pause;
            sweep(now);
        }
        if (now >= nextForget) {
            nextForget = now + FORGET_PAUSE;
            scopes.forgetUnused(now);
        }
    }

    /** The machine slept: nobody knows what the server did with the leases meanwhile, so each begins anew. */
    private void resume(long now, long sleptMillis) {
        scopes.tell(Notice.Kind.SUSPENDED, null, "", sleptMillis);
        contact.tryNow();
        for (Session session : List.copyOf(scopes.sessions)) {
            Lease lease = session.lease;
            if (lease != null) {
                lease.used = lease.usedAt(now);
                lease.authorized = Math.min(lease.authorized, lease.elapsedMillis(now));
                scopes.endLease(session, now, Scopes.After.REOPEN);
                reopenIfRunning(session, now);
            }
        }
    }

    private void endLongRequests(long now) {
        if (now < nextLimitCheck) {
            return;
        }
        long limit = settings.requestLimitMillis() * Lease.MILLI;
        long oldest = hub.requests.endLongerThan(limit, now, this::tellLimit);
        // A request that is noted later arrived at most so long before.
        nextLimitCheck = Math.min(oldest, now - settings.timeoutMillis() * Lease.MILLI - LATE) + limit;
    }

    private void tellLimit(Usage usage) {
        Session session = usage.session;
        scopes.tell(Notice.Kind.REQUEST_LIMIT, session.license, session.id, settings.requestLimitMillis());
    }

    private void sweep(long now) {
        for (Session session : List.copyOf(scopes.sessions)) {
            sweep(session, now);
        }
    }

    private void sweep(Session session, long now) {
        Opening opening = session.opening;
        if (opening != null && opening.foreground && now >= opening.deadline + LATE) {
            // Whoever waited has gone, and the call hangs.
            timedOut(opening, now);
        }
        if (hasWaiters(session)) {
            return;
        }
        if (session.idle(now) && scopes.endIdle(session, now)) {
            return;
        }
        Lease lease = session.lease;
        if (lease == null) {
            if (session.running() == 0) {
                scopes.settleOverrun(session, session.lastEnd());
            }
            reopenIfRunning(session, now);
            return;
        }
        answers.warnIfLow(session.license, now);
        boolean old = now - lease.start >= ROTATE_AFTER && now >= session.rotateAt;
        if (old && session.next == null && !lease.last && !lease.offline && !contact.failing()) {
            Lease next = scopes.newLease(session, true, now);
            session.next = next;
            dispatch.want(next);
        }
    }

    private void reopenIfRunning(Session session, long now) {
        boolean without = session.lease == null && session.opening == null;
        if (!closed && without && now >= session.reopenAt && session.running() > 0) {
            scopes.begin(session, false, now);
        }
    }

    /** The message of an opening: what ended before comes first, so that its balance is free. Null when it is not needed. */
    @Nullable Parcel openingParcel(Opening opening, long now) {
        if (opening.session.opening != opening || opening.lease.underWay > 0) {
            return null;
        }
        List<Lease> content = new ArrayList<>();
        for (Lease lease : opening.lease.license.leases) {
            boolean ready = lease.phase == Lease.Phase.DONE && (lease.wanted || lease.underWay > 0);
            if (ready && content.size() < UsageBatch.MAX_ITEMS - 1) {
                content.add(lease);
            }
        }
        content.add(opening.lease);
        return dispatch.urgent(content, now);
    }

    /** The next message that is due, or null. */
    @Nullable Parcel nextParcel(long now) {
        endLongRequests(now);
        for (Lease lease = dispatch.takeDue(now); lease != null; lease = dispatch.takeDue(now)) {
            review(lease, now);
        }
        return dispatch.next(now);
    }

    private void review(Lease lease, long now) {
        Session session = lease.session;
        if (lease.phase == Lease.Phase.LIVE && session != null && now >= lease.deadline()) {
            expire(session, lease, now);
            return;
        }
        if (now >= lease.nextSync) {
            dispatch.want(lease);
        }
        scopes.schedule(lease, now);
    }

    private void expire(Session session, Lease lease, long now) {
        if (scopes.prolong(session, lease, now)) {
            return;
        }
        if (scopes.awaited(lease, now)) {
            scopes.schedule(lease, now);
        } else {
            scopes.endLease(session, now, Scopes.After.OVERRUN);
        }
    }

    /** When {@link #nextParcel} should be asked next; {@link Long#MAX_VALUE} for not before something happens. */
    long nextDue(long now) {
        return dispatch.nextDue(now);
    }

    /** The server answered a message. */
    void answered(Parcel parcel, UsageAnswers reply, long now) {
        if (!fits(parcel, reply)) {
            failed(parcel, now);
            return;
        }
        dispatch.returned(parcel);
        if (contact.answered()) {
            scopes.tell(Notice.Kind.SERVER_BACK, null, "", 0);
        }
        endLongRequests(now);
        Set<KnownLicense> touched = new LinkedHashSet<>();
        for (int i = 0; i < parcel.sent().size(); i++) {
            Parcel.Sent sent = parcel.sent().get(i);
            answers.apply(sent, reply.items().get(i), now);
            afterAnswer(sent.lease(), now);
            touched.add(sent.lease().license);
        }
        for (KnownLicense known : touched) {
            answers.warnIfLow(known, now);
        }
    }

    private void afterAnswer(Lease lease, long now) {
        Session session = lease.session;
        if (session != null) {
            reopenIfRunning(session, now);
        }
    }

    private static boolean fits(Parcel parcel, UsageAnswers reply) {
        if (reply.items().size() != parcel.sent().size()) {
            return false;
        }
        Iterator<Answer> items = reply.items().iterator();
        for (Parcel.Sent sent : parcel.sent()) {
            if (!sent.lease().id.equals(items.next().lease())) {
                return false;
            }
        }
        return true;
    }

    /** A message got no usable answer; whether it arrived is unknown. */
    void failed(Parcel parcel, long now) {
        dispatch.returned(parcel);
        if (contact.failed(now)) {
            scopes.tell(Notice.Kind.SERVER_LOST, null, "", 0);
        }
        endLongRequests(now);
        for (Parcel.Sent sent : parcel.sent()) {
            Lease lease = sent.lease();
            Session session = lease.session;
            lease.unanswered = true;
            switch (lease.phase) {
                case PENDING -> {
                    if (session != null && session.opening != null && session.opening.lease == lease) {
                        failOpening(session.opening, now);
                    } else {
                        dispatch.want(lease);
                    }
                }
                case LIVE -> {
                    dispatch.want(lease);
                    scopes.schedule(lease, now);
                }
                case DONE -> dispatch.want(lease);
                case GONE -> {}
            }
        }
    }

    /** Messages with what was used of a license and is not in its balance yet. */
    List<Parcel> report(LicenseRef ref, long now) {
        endLongRequests(now);
        List<Lease> open = new ArrayList<>();
        for (KnownLicense known : scopes.named(ref)) {
            for (Lease lease : known.leases) {
                boolean stale = lease.answeredAt == Long.MIN_VALUE || now - lease.answeredAt > FRESH;
                if (lease.phase == Lease.Phase.DONE || (lease.phase == Lease.Phase.LIVE && stale)) {
                    open.add(lease);
                }
            }
        }
        List<Parcel> parcels = new ArrayList<>();
        for (int i = 0; i < open.size(); i += UsageBatch.MAX_ITEMS) {
            parcels.add(dispatch.urgent(open.subList(i, Math.min(open.size(), i + UsageBatch.MAX_ITEMS)), now));
        }
        return parcels;
    }

    /** Time was added: refusals are forgotten, leases renewed, and requests that ran out of time get a new lease. */
    void credited(LicenseRef ref, long now) {
        answers.credited(now);
        refusals.forget(ref);
        for (KnownLicense known : scopes.named(ref)) {
            refusals.forget(known.keySha256);
            for (Session session : List.copyOf(known.sessions.values())) {
                Lease lease = session.lease;
                if (lease != null) {
                    dispatch.want(lease);
                    scopes.schedule(lease, now);
                } else if (session.running() > 0) {
                    session.reopenAt = now;
                    reopenIfRunning(session, now);
                }
            }
        }
    }

    /** Ends a session on purpose. Returns whether there was one. */
    boolean endSession(String id, long now) {
        Session session = scopes.byId.get(id);
        if (session == null) {
            return false;
        }
        if (ended.size() >= MAX_ENDED) {
            Iterator<String> eldest = ended.iterator();
            eldest.next();
            eldest.remove();
        }
        ended.add(id);
        if (hasWaiters(session) || scopes.endIdle(session, now)) {
            return true;
        }
        scopes.endLease(session, now, Scopes.After.REOPEN_LATER);
        scopes.part(session, sessionIds);
        return true;
    }

    /** The sessions on this node. */
    List<SessionInfo> sessions(long now) {
        List<SessionInfo> infos = new ArrayList<>(scopes.sessions.size());
        for (Session session : scopes.sessions) {
            if (!session.announced) {
                continue;
            }
            Lease lease = session.lease;
            int running = session.running();
            long active = lease == null ? 0 : Math.max(0, lease.usedAt(now));
            long idle = running > 0 ? 0 : Math.max(0, now - session.lastEnd()) / Lease.MILLI;
            infos.add(new SessionInfo(
                    session.id, session.license.masked(), running, Duration.ofMillis(active), Duration.ofMillis(idle)));
        }
        return infos;
    }

    /** The node stops: every lease ends now, and no request is admitted any more. */
    void shutDown(long now) {
        closed = true;
        endLongRequests(now);
        for (Session session : List.copyOf(scopes.sessions)) {
            Opening opening = session.opening;
            if (opening != null) {
                scopes.refuse(opening, scopes.unavailable(now));
                scopes.abandon(opening.lease);
            }
            scopes.endLease(session, now, Scopes.After.REOPEN);
            if (session.announced) {
                scopes.tell(Notice.Kind.SESSION_ENDED, session.license, session.id, 0);
            }
        }
        for (Lease lease : scopes.leases) {
            dispatch.want(lease);
        }
        contact.tryNow();
    }

    /** Leases that the server has not acknowledged. */
    int unacknowledged() {
        return scopes.leases.size();
    }

    /** What a journal must keep, computed now. */
    List<JournalRecord> checkpoint(long now) {
        List<JournalRecord> records = new ArrayList<>(scopes.leases.size());
        for (Lease lease : scopes.leases) {
            Session session = lease.session;
            if (session != null) {
                session.rest();
            }
            records.add(record(lease, now));
        }
        return records;
    }

    /** What the journal must keep of sessions that became active since the last checkpoint. */
    List<JournalRecord> awake(long now) {
        List<JournalRecord> records = new ArrayList<>();
        for (Session session = hub.nextAwake(); session != null; session = hub.nextAwake()) {
            Lease lease = session.lease;
            if (lease != null) {
                records.add(record(lease, now));
            }
        }
        return records;
    }

    private static JournalRecord record(Lease lease, long now) {
        long used = lease.usedAt(now);
        return new JournalRecord(
                lease.id,
                lease.license.keySha256,
                lease.scope,
                lease.sessionId,
                used == Lease.NONE ? null : used,
                lease.authorized,
                lease.offline,
                lease.bridge,
                lease.startWallMillis);
    }

    /** Reports what earlier starts left in the journal. Call {@link #tick} before. */
    void replay(List<JournalRecord> records, long now) {
        for (JournalRecord left : records) {
            scopes.replay(left, scopes.learn(left.keySha256(), null, now), now);
        }
    }

    /** The next opening that is to be sent, or null. */
    @Nullable Opening takeOpening() {
        return scopes.openingsToSend.poll();
    }

    /** The next thing that the outside is to be told, or null. */
    @Nullable Notice takeNotice() {
        return scopes.notices.poll();
    }

    /** Tells the balance after a credit. */
    void creditTold(LicenseRef ref, long remainingMillis) {
        String name = ref instanceof LicenseKey key ? key.masked() : ref.toString();
        for (KnownLicense known : scopes.named(ref)) {
            answers.balance(known, remainingMillis);
            name = known.masked();
        }
        scopes.notices.add(new Notice(Notice.Kind.CREDITED, ref, name, "", remainingMillis));
    }

    /** Whether the server keeps failing, so that nobody should wait for it. */
    boolean serverLost() {
        return contact.lost();
    }

    /** Time that requests ran beyond what was authorized, not charged. */
    long unbilledMillis() {
        return scopes.unbilledMillis;
    }
}
