package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.hourmeter.UsageBatch;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which lease is due when, and what a message says about it. Owned by {@link NodeCore}.
 *
 * <p>A lease is on the agenda (something happens at {@code dueAt}), or wanted (its report goes with the next message),
 * or both (a wanted lease that has a deadline). Content is computed when the message is made, never when it is wanted.
 */
final class Dispatch {

    private static final long SHORTEST_LEAD = SECONDS.toNanos(1);
    private static final long LONGEST_LEAD = SECONDS.toNanos(30);
    private static final long SHORTEST_SYNC_PAUSE = SECONDS.toNanos(1);

    /** A report that is under way at the deadline is awaited so much longer than a call may last. */
    private static final long PATIENCE = SECONDS.toNanos(1);

    private final NodeSettings settings;
    private final String node;
    private final ServerContact contact;
    private final RandomGenerator random;
    private final Agenda agenda = new Agenda();
    private final Set<Lease> wanted = new LinkedHashSet<>();
    private int renewalsUnderWay;
    private boolean probe = true;

    Dispatch(NodeSettings settings, String node, ServerContact contact, RandomGenerator random) {
        this.settings = settings;
        this.node = node;
        this.contact = contact;
        this.random = random;
    }

    /** Sends a lease with the next message. */
    void want(Lease lease) {
        lease.wanted = true;
        lease.nextSync = Long.MAX_VALUE;
        wanted.add(lease);
    }

    /** Puts a lease on the agenda, or takes it off with {@link Long#MAX_VALUE}. */
    void at(Lease lease, long at) {
        agenda.remove(lease);
        lease.dueAt = at;
        if (at != Long.MAX_VALUE) {
            agenda.add(lease);
        }
    }

    /** After any change of what is authorized: the deadline, and when to report next. */
    void rearm(Session session, Lease lease, long now) {
        session.serveUntil(lease.deadline());
        if (!lease.wanted) {
            lease.nextSync = nextSync(lease, now);
        }
        schedule(lease, now);
    }

    private long nextSync(Lease lease, long now) {
        long interval = MILLISECONDS.toNanos(settings.intervalMillis());
        long jitter = random.nextLong(interval / 5 + 1) - interval / 10;
        long lead = Math.min(Math.max((lease.deadline() - now) / 3, SHORTEST_LEAD), LONGEST_LEAD);
        long at = Math.min(now + interval + jitter, lease.deadline() - lead);
        long soonest = lease.sentAt == Long.MIN_VALUE ? now : lease.sentAt + SHORTEST_SYNC_PAUSE;
        return Math.max(at, soonest);
    }

    /** Puts a lease on the agenda for its next report or its deadline. */
    void schedule(Lease lease, long now) {
        long at = lease.nextSync;
        if (lease.phase() == Lease.Phase.LIVE) {
            boolean awaited = now >= lease.deadline() && lease.underWay > 0;
            at = Math.min(at, awaited ? patienceEnd(lease) : lease.deadline());
        }
        at(lease, at);
    }

    private long patienceEnd(Lease lease) {
        return lease.sentAt + MILLISECONDS.toNanos(settings.timeoutMillis()) + PATIENCE;
    }

    /** Whether a report that is under way may still move a deadline that has passed. */
    boolean awaited(Lease lease, long now) {
        return lease.underWay > 0 && now < patienceEnd(lease);
    }

    /** Forgets a lease. */
    void drop(Lease lease) {
        agenda.remove(lease);
        wanted.remove(lease);
        lease.wanted = false;
    }

    /** Takes the next lease whose time has come off the agenda, or null. */
    @Nullable Lease takeDue(long now) {
        Lease lease = agenda.first();
        if (lease == null || lease.dueAt > now) {
            return null;
        }
        agenda.remove(lease);
        lease.dueAt = Long.MAX_VALUE;
        return lease;
    }

    /** The next message of what is wanted, or null when there is none or the server should be left alone. */
    @Nullable SyncRequest next(long now) {
        boolean oneAtATime = contact.failing() && renewalsUnderWay > 0;
        if (!contact.mayTry(now) || oneAtATime) {
            return null;
        }
        List<Lease> chosen = new ArrayList<>();
        for (Iterator<Lease> i = wanted.iterator(); i.hasNext() && chosen.size() < UsageBatch.MAX_ITEMS; ) {
            Lease lease = i.next();
            if (lease.underWay == 0) {
                chosen.add(lease);
                i.remove();
                lease.wanted = false;
            }
        }
        if (chosen.isEmpty() && !probe && !contact.failing()) {
            return null;
        }
        probe = false;
        renewalsUnderWay++;
        return syncRequest(chosen, now, true);
    }

    /** A message about some leases, whether or not they are wanted. */
    SyncRequest urgent(List<Lease> leases, long now) {
        for (Lease lease : leases) {
            wanted.remove(lease);
            lease.wanted = false;
        }
        return syncRequest(leases, now, false);
    }

    private SyncRequest syncRequest(List<Lease> leases, long now, boolean renewal) {
        List<UsageBatch.Item> items = new ArrayList<>(leases.size());
        List<SyncRequest.Sent> sent = new ArrayList<>(leases.size());
        for (Lease lease : leases) {
            boolean done = lease.phase() == Lease.Phase.DONE;
            long used = lease.usedAt(now);
            lease.used = used;
            lease.seq++;
            lease.underWay++;
            lease.sentAt = now;
            sent.add(new SyncRequest.Sent(lease, lease.seq, used, done));
            items.add(new UsageBatch.Item(
                    lease.id(),
                    lease.license.keySha256(),
                    lease.license.given(),
                    lease.scope(),
                    lease.sessionId().toString(),
                    // Only at a shutdown can a minimum lie ahead; the server refuses use beyond the age.
                    Math.max(lease.elapsedMillis(now), used),
                    used == Lease.NONE ? null : used,
                    done,
                    lease.seq,
                    lease.offline,
                    lease.bridge));
        }
        UsageBatch batch =
                new UsageBatch(node, settings.gapMillis(), settings.leaseMillis(), settings.graceMillis(), items);
        return new SyncRequest(batch, sent, renewal);
    }

    /** Notes that a message is no longer under way, whatever became of it. */
    void returned(SyncRequest syncRequest) {
        if (syncRequest.renewal()) {
            renewalsUnderWay--;
        }
        for (SyncRequest.Sent item : syncRequest.sent()) {
            item.lease().underWay--;
        }
    }

    /** The next moment at which {@link #takeDue} or {@link #next} has something; {@link Long#MAX_VALUE} for never. */
    long nextDue(long now) {
        Lease first = agenda.first();
        long due = first == null ? Long.MAX_VALUE : first.dueAt;
        if (contact.failing() && renewalsUnderWay > 0) {
            return due;
        }
        if (contact.failing() || probe) {
            return Math.min(due, Math.max(now, contact.nextTry()));
        }
        for (Lease lease : wanted) {
            if (lease.underWay == 0) {
                return Math.min(due, Math.max(now, contact.nextTry()));
            }
        }
        return due;
    }
}
