package io.hourmeter;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An account with a balance of time, as a license server describes it.
 *
 * @param id the public name; null from an older server, which has none
 * @param maskedKey for example {@code RL-ABCD…}
 * @param type free text, {@code standard} by default
 * @param status what an operator decided
 * @param created when it was created; null from an older server
 * @param expires the first instant at which it no longer serves, or null
 * @param balance its time
 */
public record License(
        @Nullable LicenseId id,
        String maskedKey,
        String type,
        LicenseStatus status,
        @Nullable Instant created,
        @Nullable Instant expires,
        Balance balance) {}
