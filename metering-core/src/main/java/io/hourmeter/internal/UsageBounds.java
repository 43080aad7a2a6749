package io.hourmeter.internal;

import java.time.Duration;

/** Bounds and defaults of the durations by which a node meters. */
public final class UsageBounds {

    private static final Duration MILLISECOND = Duration.ofMillis(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** No use is known of a longer pause, and the license server takes no longer ones. */
    private static final Duration DAY = Duration.ofHours(24);

    /** No setting means a time this long; below it no arithmetic in milliseconds or nanoseconds can overflow. */
    private static final Duration YEAR = Duration.ofDays(365);

    /** {@code usage.lease}: below, its renewals would come faster than a slow answer; above, a revoked license lived on for days. */
    public static final DurationBounds LEASE = DurationBounds.of(Duration.ofSeconds(10), DAY, Duration.ofMinutes(15));

    private static final int LEAST_CHECKS_PER_LEASE = 2;

    /** With three check intervals in a lease two reports may be lost. */
    private static final int USUAL_CHECKS_PER_LEASE = 3;

    /** {@code usage.check.interval}: the longest lease holds at least two. */
    public static final DurationBounds CHECK_INTERVAL =
            DurationBounds.of(SECOND, LEASE.most().dividedBy(LEAST_CHECKS_PER_LEASE), Duration.ofMinutes(5));

    /** {@code usage.idle.timeout}. */
    public static final DurationBounds IDLE_TIMEOUT = new DurationBounds(SECOND, DAY, Duration.ofMinutes(5), true);

    /** {@code usage.minimum}. */
    public static final DurationBounds MINIMUM = DurationBounds.of(Duration.ZERO, DAY, Duration.ZERO);

    /** {@code usage.request.limit}. */
    public static final DurationBounds REQUEST_LIMIT = DurationBounds.of(MILLISECOND, YEAR, Duration.ofHours(1));

    /** {@code license.server.timeout}: a request that waits longer for the license server is gone. */
    public static final DurationBounds TIMEOUT =
            DurationBounds.of(MILLISECOND, Duration.ofMinutes(5), Duration.ofSeconds(2));

    /** {@code usage.journal.interval}. */
    public static final DurationBounds JOURNAL_INTERVAL = DurationBounds.of(SECOND, DAY, Duration.ofSeconds(5));

    /** {@code outage.grace}. */
    public static final DurationBounds OUTAGE_GRACE = DurationBounds.of(Duration.ZERO, DAY, Duration.ofMinutes(10));

    private UsageBounds() {}

    /**
     * The shortest lease beside a check interval: a report may come late once.
     *
     * @param checkInterval as set
     * @return two of them
     */
    public static Duration leastLease(Duration checkInterval) {
        return checkInterval.multipliedBy(LEAST_CHECKS_PER_LEASE);
    }

    /**
     * The lease unless somebody sets one.
     *
     * @param checkInterval as set
     * @return 15 minutes or three check intervals, the longer one, and at most 24 hours
     */
    public static Duration usualLease(Duration checkInterval) {
        Duration checks = checkInterval.multipliedBy(USUAL_CHECKS_PER_LEASE);
        Duration longer = checks.compareTo(LEASE.usual()) > 0 ? checks : LEASE.usual();
        return longer.compareTo(LEASE.most()) > 0 ? LEASE.most() : longer;
    }
}
