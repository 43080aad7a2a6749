package io.hourmeter.server.ledger.store;

import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.ReversalRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is about one license, seen at one moment, to be recomputed from scratch. Its rows are taken as they
 * are, without the checks of the rules' own records: a row that contradicts itself is to be told, not to be refused.
 *
 * @param totals the running totals
 * @param entries all of them, oldest first
 * @param leases all of them
 * @param reversals what refunds and disputes take
 */
public record AuditCase(Totals totals, List<Entry> entries, List<LeaseRow> leases, List<ReversalRecord> reversals) {

    /**
     * The running totals of a license.
     *
     * @param createdWith what its creation answered that it was credited; 0 if nothing, or not noted
     */
    public record Totals(
            long id,
            String publicId,
            long credited,
            long reversed,
            long charged,
            long held,
            long uncollected,
            long owed,
            long collected,
            long createdWith) {}

    /** What counts of an entry: its amount, and the totals that stand beside it. */
    public record Entry(
            long id,
            EntryKind kind,
            long millis,
            long remainingAfter,
            long purchasedAfter,
            long usedAfter,
            long heldAfter,
            @Nullable String idempotencyKey) {}
}
