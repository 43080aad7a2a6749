package io.hourmeter;

/**
 * What happens when the license server cannot be reached and the lease has ended, or when metering itself fails
 * ({@code outage.policy}).
 */
public enum OutagePolicy {
    /** Licenses seen good on this node within 24 h are served for up to {@code outage.grace}; settled later. */
    ALLOW,
    /** Requests are refused with 503. */
    DENY
}
