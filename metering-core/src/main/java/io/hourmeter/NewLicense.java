package io.hourmeter;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What to create.
 *
 * @param customer who will hold it
 * @param hours time to begin with, 0 or more
 * @param type free text; {@code standard} by default
 * @param validFor how long it serves from now on, in whole days; null for the server's default. Excludes {@code expires}
 * @param expires the first instant at which it no longer serves; null for none
 */
public record NewLicense(
        Customer customer,
        Duration hours,
        String type,
        @Nullable Duration validFor,
        @Nullable Instant expires) {

    /** The type of a license for which none was given. */
    public static final String STANDARD = "standard";

    /**
     * Checks what the components say together.
     *
     * @throws IllegalArgumentException if hours is negative, or both an expiry and a duration are given
     */
    public NewLicense {
        if (hours.isNegative()) {
            throw new IllegalArgumentException("hours must not be negative, was " + hours);
        }
        if (validFor != null && expires != null) {
            throw new IllegalArgumentException("expires excludes duration_days: give one of them");
        }
    }

    /**
     * A standard license that does not expire of itself.
     *
     * @param customer who will hold it
     * @param hours time to begin with
     * @return what to create
     */
    public static NewLicense of(Customer customer, Duration hours) {
        return new NewLicense(customer, hours, STANDARD, null, null);
    }
}
