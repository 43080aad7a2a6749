package io.hourmeter.usage.node;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What survives a crash of one lease: enough to report it as done at the next start. Immutable; of a key it holds only
 * the hash.
 *
 * @param lease id of the lease, UUIDv7
 * @param credential what the license was named by
 * @param scope {@code ""} = the license, or the text of {@code session}
 * @param session the session this lease belongs to
 * @param usedMillis active through this offset, at least 0; null when there was no activity
 * @param authorizedMillis could be served through this offset
 * @param offline true when use beyond the authorization happened
 * @param bridge false when the pause before this lease contains a refusal by the node itself
 * @param startWallMillis epoch milliseconds at which the lease began, by the wall clock at the time of writing; used only
 *     at replay, to compute the age
 */
public record LeaseRecord(
        UUID lease,
        Credential credential,
        String scope,
        SessionId session,
        @Nullable Long usedMillis,
        long authorizedMillis,
        boolean offline,
        boolean bridge,
        long startWallMillis) {}
