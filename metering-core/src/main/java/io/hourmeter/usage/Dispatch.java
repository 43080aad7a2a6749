package io.hourmeter.usage;

import io.hourmeter.UsageBatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which lease is due when, and what a message says about it. Owned by {@link NodeCore}.
 *
 * <p>A lease is on the agenda (something happens at {@code dueAt}), or wanted (its report goes with the next message),
 * or both (a wanted lease that has a deadline). Content is computed when the message is made, never when it is wanted.
 */
final class Dispatch {

    private final NodeSettings settings;
    private final String node;
    private final ServerContact contact;
    private final TreeSet<Lease> agenda = new TreeSet<>(
            Comparator.comparingLong((Lease lease) -> lease.dueAt).thenComparingLong(lease -> lease.serial));
    private final Set<Lease> wanted = new LinkedHashSet<>();
    private int renewalsUnderWay;
    private boolean probe = true;

    Dispatch(NodeSettings settings, String node, ServerContact contact) {
        this.settings = settings;
        this.node = node;
        this.contact = contact;
    }

    /** Sends a lease with the next message. */
    void want(Lease lease) {
        lease.wanted = true;
        lease.nextSync = Long.MAX_VALUE;
        wanted.add(lease);
    }

    /** Asks for an empty message: is the server there? */
    void wantProbe() {
        probe = true;
    }

    /** Puts a lease on the agenda, or takes it off with {@link Long#MAX_VALUE}. */
    void schedule(Lease lease, long at) {
        agenda.remove(lease);
        lease.dueAt = at;
        if (at != Long.MAX_VALUE) {
            agenda.add(lease);
        }
    }

    /** Forgets a lease. */
    void drop(Lease lease) {
        agenda.remove(lease);
        wanted.remove(lease);
        lease.wanted = false;
    }

    /** Takes the next lease whose time has come off the agenda, or null. */
    @Nullable Lease takeDue(long now) {
        if (agenda.isEmpty() || agenda.first().dueAt > now) {
            return null;
        }
        Lease lease = agenda.pollFirst();
        if (lease != null) {
            lease.dueAt = Long.MAX_VALUE;
        }
        return lease;
    }

    /** The next message of what is wanted, or null when there is none or the server should be left alone. */
    @Nullable Parcel next(long now) {
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
        return parcel(chosen, now, true);
    }

    /** A message about some leases, whether or not they are wanted. */
    Parcel urgent(List<Lease> leases, long now) {
        for (Lease lease : leases) {
            wanted.remove(lease);
            lease.wanted = false;
        }
        return parcel(leases, now, false);
    }

    private Parcel parcel(List<Lease> leases, long now, boolean renewal) {
        List<UsageBatch.Item> items = new ArrayList<>(leases.size());
        List<Parcel.Sent> sent = new ArrayList<>(leases.size());
        for (Lease lease : leases) {
            boolean done = lease.phase == Lease.Phase.DONE;
            long used = lease.usedAt(now);
            lease.used = used;
            lease.seq++;
            lease.underWay++;
            lease.sentAt = now;
            sent.add(new Parcel.Sent(lease, lease.seq, used, done));
            items.add(new UsageBatch.Item(
                    lease.id,
                    lease.license.keySha256,
                    lease.license.key,
                    lease.scope,
                    lease.sessionId,
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
        return new Parcel(batch, sent, renewal);
    }

    /** Notes that a message is no longer under way, whatever became of it. */
    void returned(Parcel parcel) {
        if (parcel.renewal()) {
            renewalsUnderWay--;
        }
        for (Parcel.Sent item : parcel.sent()) {
            item.lease().underWay--;
        }
    }

    /** The next moment at which {@link #takeDue} or {@link #next} has something; {@link Long#MAX_VALUE} for never. */
    long nextDue(long now) {
        long due = agenda.isEmpty() ? Long.MAX_VALUE : agenda.first().dueAt;
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
