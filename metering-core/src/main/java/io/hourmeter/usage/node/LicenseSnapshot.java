package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.hourmeter.LicenseId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the answers so far say about one license on this node, over all its credentials and scopes. Owned by {@link NodeCore};
 * request threads read only what is left.
 */
final class LicenseSnapshot {

    /** A license seen good longer ago than this is not served offline. */
    private static final long GOOD_FOR = HOURS.toNanos(24);

    /** No moment. */
    static final long NEVER = Long.MIN_VALUE;

    /** Above so many leases the sum of what is unreported is kept for a second instead of computed each time. */
    private static final int SUMMED_EACH_TIME = 4;

    private static final long SUM_RENEWAL = SECONDS.toNanos(1);

    /** A {@link Few} of {@link KnownLicense}. */
    private volatile @Nullable Object credentials;

    /** Null until the server named it. */
    @Nullable volatile LicenseId id;

    /** Purchased less used, as of the last answer. */
    volatile long remaining;

    /** When the server said so, by this machine's calendar. */
    long toldAtWallMillis = NEVER;

    private volatile @Nullable Sum sum;

    /** The session that knows when the balance will be empty, or null. */
    private @Nullable Session foreseen;

    /** When the server last said OK. */
    long goodAt = NEVER;
    /** Whether the last answer was OK and not final. */
    boolean good;
    /** First use beyond an authorization since the last OK. */
    long offlineSince = NEVER;

    /** How many of the low thresholds the listener was told. */
    int lowTold;

    boolean exhaustedTold;

    /**
     * What is unreported, as it was computed.
     *
     * @param millis the sum
     * @param at when
     */
    private record Sum(long millis, long at) {}

    LicenseSnapshot(KnownLicense first) {
        credentials = first;
    }

    /** Makes another credential of the same license share this. */
    void adopt(KnownLicense other) {
        if (other.snapshot != this) {
            other.snapshot.forget(other);
            credentials = Few.with(credentials, other);
            other.snapshot = this;
            recount();
        }
    }

    void forget(KnownLicense credential) {
        credentials = Few.without(credentials, credential);
        recount();
    }

    List<KnownLicense> credentials() {
        return Few.list(credentials);
    }

    /** Whether this license may be served without the server, as far as its answers go. */
    boolean trusted(long now) {
        return good && goodAt != NEVER && now - goodAt <= GOOD_FOR;
    }

    /** Whether the server ever said OK. */
    boolean seenGood() {
        return goodAt != NEVER;
    }

    /** Whether a moment is still remembered as good. */
    boolean remembered(long now) {
        return goodAt != NEVER && now - goodAt <= GOOD_FOR;
    }

    long unreportedMillis(long now) {
        Lease lease = onlyLease();
        return lease == null ? sumOfUnreported(now) : lease.unreportedMillis(now);
    }

    /** The only lease of the only credential; null when there are none or several. */
    private @Nullable Lease onlyLease() {
        return credentials instanceof KnownLicense only ? only.onlyLease() : null;
    }

    private long sumOfUnreported(long now) {
        List<KnownLicense> all = credentials();
        int leases = 0;
        for (KnownLicense each : all) {
            leases += each.leases().size();
        }
        Sum known = sum;
        if (known != null && leases > SUMMED_EACH_TIME && now - known.at() < SUM_RENEWAL) {
            return known.millis();
        }
        long total = 0;
        for (KnownLicense each : all) {
            for (Lease lease : each.leases()) {
                total += lease.unreportedMillis(now);
            }
        }
        sum = leases > SUMMED_EACH_TIME ? new Sum(total, now) : null;
        return total;
    }

    /** Takes over what an answer says is left. */
    void told(long remainingMillis) {
        remaining = remainingMillis;
        sum = null;
        recount();
    }

    /** After any change of the balance, of the leases, or of what is known about them. */
    void recount() {
        Session before = foreseen;
        if (before != null) {
            before.active().emptyAt = ActiveSession.UNKNOWN;
        }
        Lease lease = onlyLease();
        Session session = lease == null ? null : lease.served();
        if (lease != null && session != null) {
            session.active().emptyAt = lease.emptyAt(remaining);
        }
        foreseen = session;
    }
}
