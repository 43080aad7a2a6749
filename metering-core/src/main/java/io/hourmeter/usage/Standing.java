package io.hourmeter.usage;

import java.util.ArrayList;
import java.util.List;

/**
 * What the answers so far say about one license on this node, over all its keys and scopes. Owned by {@link NodeCore};
 * request threads read only what is left.
 */
final class Standing {

    /** A license seen good longer ago than this is not served offline. */
    private static final long GOOD_FOR = 24L * 3600 * 1000 * Lease.MILLI;

    /** No moment. */
    static final long NEVER = Long.MIN_VALUE;

    /** Above so many leases the sum of what is unreported is kept for a second instead of computed each time. */
    private static final int SUMMED_EACH_TIME = 4;

    private static final long SUM_RENEWAL = 1000 * Lease.MILLI;

    /** Replaced, never changed. */
    private volatile List<KnownLicense> keys;

    /** Purchased less used, as of the last answer. */
    volatile long remaining;

    private volatile long sumAt = NEVER;
    private volatile long sum;

    /** When the server last said OK. */
    long goodAt = NEVER;
    /** Whether the last answer was OK and not final. */
    boolean good;
    /** First use beyond an authorization since the last OK. */
    long offlineSince = NEVER;

    /** How many of the low thresholds the listener was told. */
    int lowTold;

    boolean exhaustedTold;

    Standing(KnownLicense first) {
        keys = List.of(first);
    }

    /** Makes another key of the same license share this. */
    void adopt(KnownLicense other) {
        if (!keys.contains(other)) {
            List<KnownLicense> more = new ArrayList<>(keys);
            more.add(other);
            keys = List.copyOf(more);
            other.standing = this;
        }
    }

    void forget(KnownLicense key) {
        List<KnownLicense> fewer = new ArrayList<>(keys);
        fewer.remove(key);
        keys = List.copyOf(fewer);
    }

    List<KnownLicense> keys() {
        return keys;
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
        int leases = 0;
        for (KnownLicense key : keys) {
            leases += key.leases().size();
        }
        if (leases > SUMMED_EACH_TIME && sumAt != NEVER && now - sumAt < SUM_RENEWAL) {
            return sum;
        }
        long total = 0;
        for (KnownLicense key : keys) {
            for (Lease lease : key.leases()) {
                total += lease.unreportedMillis(now);
            }
        }
        sum = total;
        sumAt = now;
        return total;
    }

    /** Takes over what an answer says is left. */
    void told(long remainingMillis) {
        remaining = remainingMillis;
        sumAt = NEVER;
    }
}
