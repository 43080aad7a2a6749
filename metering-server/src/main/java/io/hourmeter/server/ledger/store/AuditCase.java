package io.hourmeter.server.ledger.store;

import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.ReversalRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is about one license, seen at one moment, to be recomputed from scratch. Its rows are taken as they
 * are, without the checks of the rules' own records: a row that contradicts itself is to be told, not to be refused.
 *
 * @param license its name and running totals
 * @param entries all of them, oldest first
 * @param leases all of them
 * @param reversals what refunds and disputes take
 */
public record AuditCase(
        LicenseTotals license, List<Entry> entries, List<LeaseRow> leases, List<ReversalRecord> reversals) {

    /**
     * A license and its running totals.
     *
     * @param id the store's number of it
     * @param publicId {@code lic_…}
     * @param totals as they stand
     * @param createdWithMillis what its creation answered that it was credited; 0 if nothing, or not noted
     */
    public record LicenseTotals(long id, String publicId, LicenseRow.Totals totals, long createdWithMillis) {}

    /**
     * What counts of an entry.
     *
     * @param id the store's number of it
     * @param millis signed
     * @param after the totals that stand beside it
     */
    public record Entry(
            long id,
            EntryKind kind,
            long millis,
            After after,
            @Nullable String idempotencyKey) {}

    /** The totals that stand beside an entry, in milliseconds. */
    public record After(long remaining, long purchased, long used, long held) {}
}
