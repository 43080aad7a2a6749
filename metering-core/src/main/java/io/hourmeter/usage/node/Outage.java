package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.hourmeter.ErrorCode;
import io.hourmeter.OutagePolicy;
import java.time.Duration;

/** What may be served without the license server ({@code outage.policy}). Owned by {@link NodeCore}; pure like it. */
final class Outage {

    private static final long SECOND = SECONDS.toNanos(1);

    private final NodeSettings settings;
    private final ServerContact contact;

    Outage(NodeSettings settings, ServerContact contact) {
        this.settings = settings;
        this.contact = contact;
    }

    /** Until when a license may be used without the server if that began at {@code from}; in the past for not at all. */
    long until(KnownLicense known, long from, long now) {
        LicenseSnapshot snapshot = known.snapshot;
        if (settings.policy() == OutagePolicy.DENY || known.unknownToServer || !snapshot.trusted(now)) {
            return Long.MIN_VALUE;
        }
        long since = snapshot.offlineSince == LicenseSnapshot.NEVER ? from : snapshot.offlineSince;
        return since + MILLISECONDS.toNanos(settings.graceMillis());
    }

    /** The same for one lease, of which the server accepts no more than its authorization and the grace. */
    long until(Lease lease, long from, long now) {
        long accepted = lease.start + MILLISECONDS.toNanos(lease.authorized + settings.graceMillis());
        return Math.min(until(lease.license, from, now), accepted);
    }

    /** Serves a lease without the server; the grace of its license begins, unless it has begun before. */
    void serve(Lease lease, long from, long until) {
        LicenseSnapshot snapshot = lease.license.snapshot;
        if (snapshot.offlineSince == LicenseSnapshot.NEVER) {
            snapshot.offlineSince = from;
        }
        lease.offline = true;
        lease.offlineUntil = until;
    }

    /** A refusal for want of the server: ask again when this node will. */
    Arrival.Rejected unavailable(long now) {
        long pause = contact.mayTry(now) ? 0 : contact.nextTry() - now;
        return new Arrival.Rejected(ErrorCode.LICENSE_SERVER_UNAVAILABLE, 0, Duration.ofSeconds(pause / SECOND + 1));
    }
}
