package io.hourmeter.usage.node;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A lease that is being asked for, and the requests that wait for the answer. Owned by {@link NodeCore}, except for
 * {@code result}, on which request threads wait.
 */
public final class PendingLease {

    final Session session;
    final Lease lease;
    /** Whether this node has seen the license good. */
    final boolean good;
    /** Who asks; empty where it is not known. */
    final String address;
    /** Where {@link PendingLeases} has it. */
    Place place = Place.NONE;
    /** When the requests that wait are answered whatever happened. */
    long deadline;
    /** Requests that wait; all are counted in when the lease is granted. */
    int waiters;
    /** False for a lease that no arriving request caused; such a pending lease has no deadline. */
    boolean foreground;
    /** What was granted first was over before the answer came. */
    boolean askedAgain;

    /** Empty: granted, and each waiting request is counted in. */
    final CompletableFuture<Optional<Arrival.Rejected>> result = new CompletableFuture<>();

    /** Where a pending lease is. */
    enum Place {
        NONE,
        WAITING,
        UNDER_WAY
    }

    PendingLease(Session session, Lease lease, boolean good, String address) {
        this.session = session;
        this.lease = lease;
        this.good = good;
        this.address = address;
    }

    /** Where the requests that wait are counted in when the lease is granted; to be asked after that. */
    public ActiveSession session() {
        return session.active();
    }

    /** Empty once the lease is granted, and each waiting request counted in; else why they are refused. */
    public CompletableFuture<Optional<Arrival.Rejected>> result() {
        return result;
    }
}
