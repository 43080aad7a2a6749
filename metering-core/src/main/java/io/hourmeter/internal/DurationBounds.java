package io.hourmeter.internal;

import java.time.Duration;

/**
 * What a duration may be, and what it is unless somebody says otherwise: for the setting of a file and for the setter of a
 * builder alike, so that the two cannot drift apart.
 *
 * @param least the shortest that is allowed, apart from 0 where {@code orZero}
 * @param most the longest that is allowed
 * @param usual the default
 * @param orZero whether 0 is allowed although it is shorter than {@code least}
 */
public record DurationBounds(Duration least, Duration most, Duration usual, boolean orZero) {

    /** Checks that the default is allowed. */
    public DurationBounds {
        boolean inside = usual.compareTo(least) >= 0 && usual.compareTo(most) <= 0;
        if (!inside && !(orZero && usual.isZero())) {
            throw new IllegalArgumentException(usual + " is not within " + least + " to " + most);
        }
    }

    static DurationBounds of(Duration least, Duration most, Duration usual) {
        return new DurationBounds(least, most, usual, false);
    }

    /**
     * Whether a duration is allowed.
     *
     * @param duration any
     * @return whether it is within the bounds
     */
    public boolean allow(Duration duration) {
        return (orZero && duration.isZero()) || (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0);
    }

    /**
     * Lets a duration pass that is allowed.
     *
     * @param name of it, for the error
     * @param duration any
     * @return the same
     * @throws IllegalArgumentException if it is not within the bounds
     */
    public Duration check(String name, Duration duration) {
        if (!allow(duration)) {
            throw new IllegalArgumentException(
                    name + " is " + duration + ", allowed is " + (orZero ? "0 or " : "") + least + " to " + most);
        }
        return duration;
    }
}
