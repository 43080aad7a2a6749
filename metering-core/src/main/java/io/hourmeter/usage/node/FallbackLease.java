package io.hourmeter.usage.node;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * A lease under which requests are let in although metering failed; see {@link FallbackLeases}, which owns it. Request
 * threads read what is public.
 */
public final class FallbackLease {

    final KnownLicense license;
    final Lease lease;
    private final String sessionId;
    private final long until;

    int running;
    long lastEnd;

    FallbackLease(Lease lease, String sessionId, long until, long now) {
        this.license = lease.license;
        this.lease = lease;
        this.sessionId = sessionId;
        this.until = until;
        this.lastEnd = now;
    }

    public String sessionId() {
        return sessionId;
    }

    /** Served while now is below. */
    public long until() {
        return until;
    }

    /** What is left of the license, at least 0. */
    public long remainingMillis(long now) {
        return Math.max(0, license.remainingMillis(now));
    }

    long usedMillis(long now) {
        long end = running > 0 ? now : lastEnd;
        return NANOSECONDS.toMillis(Math.max(0, Math.min(end, until) - lease.start));
    }
}
