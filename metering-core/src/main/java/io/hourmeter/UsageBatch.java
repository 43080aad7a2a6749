package io.hourmeter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells a license server about the leases it serves: one idempotent message that opens, reports, renews,
 * closes and recovers. Repeating, losing or reordering it never changes what a customer is charged. See
 * {@code docs/protocol.md}.
 *
 * @param node random id of the sending node, new at each start
 * @param gapMillis longest pause that still counts as use ({@code usage.idle.timeout})
 * @param leaseMillis how far ahead the node wants to serve ({@code usage.lease}), at most 24 h
 * @param graceMillis how long the node may serve offline beyond an authorization, at most 24 h
 * @param items a license server takes at most {@link #MAX_ITEMS} at once; those of one license are applied in this order
 */
public record UsageBatch(String node, long gapMillis, long leaseMillis, long graceMillis, List<Item> items) {

    /** The most items of one message, so that one message is one bounded transaction. */
    public static final int MAX_ITEMS = 500;

    /** Copies the items. */
    public UsageBatch {
        items = List.copyOf(items);
    }

    /**
     * One lease.
     *
     * @param lease id made by the node: UUIDv7, 36 characters
     * @param keySha256 {@link LicenseKey#sha256()}, or null when the license is named by its id
     * @param license what the license was named by: its id, or its key. A key is null where the node knows only the hash,
     *     and is never sent by the usage call; it is needed to speak to older servers
     * @param scope {@code ""} = the license, or a session id
     * @param session the session this lease belongs to
     * @param ageMillis how long ago the lease began, at least 0, at most 7 days, and (but for 2 s) at least
     *     {@code usedMillis}; fixes the lease's beginning when a server sees it for the first time
     * @param usedMillis active through this offset of the lease, or null when there was no activity yet
     * @param done true when the lease will not be used any more
     * @param seq grows with each message about this lease
     * @param offline true when use beyond the authorization happened under the outage policy
     * @param bridge false when the pause before this lease contains a refusal by the node itself
     */
    public record Item(
            String lease,
            @Nullable String keySha256,
            @Nullable LicenseRef license,
            String scope,
            String session,
            long ageMillis,
            @Nullable Long usedMillis,
            boolean done,
            long seq,
            boolean offline,
            boolean bridge) {

        /**
         * Checks how the license is named.
         *
         * @throws IllegalArgumentException unless there is either the hash of a key or an id
         */
        public Item {
            if ((keySha256 == null) != (license instanceof LicenseId)) {
                throw new IllegalArgumentException("a lease names its license by the hash of a key or by an id");
            }
        }

        /**
         * The key, where the license was named by one and the node still knows it.
         *
         * @return null otherwise
         */
        public @Nullable LicenseKey key() {
            return license instanceof LicenseKey key ? key : null;
        }
    }
}
