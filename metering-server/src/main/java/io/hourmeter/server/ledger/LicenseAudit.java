package io.hourmeter.server.ledger;

import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.ReversalRecord;
import io.hourmeter.server.ledger.rules.ScopeRow;
import io.hourmeter.server.ledger.rules.ScopeState;
import io.hourmeter.server.ledger.rules.Unpaid;
import io.hourmeter.server.ledger.store.AuditCase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Recomputes one license from scratch, from its entries and leases, and compares with its totals. */
final class LicenseAudit {

    private final AuditCase.LicenseTotals license;
    private final LicenseRow.Totals totals;
    private final Unpaid unpaid;
    private final List<AuditCase.Entry> entries;
    private final List<LeaseRow> leases;
    private final List<ReversalRecord> reversals;

    LicenseAudit(AuditCase license) {
        this.license = license.license();
        this.totals = this.license.totals();
        this.unpaid = totals.unpaid();
        this.entries = license.entries();
        this.leases = license.leases();
        this.reversals = license.reversals();
    }

    /** What contradicts itself; empty when all is well. */
    List<Difference> differences() {
        Report report = new Report(license.publicId());
        long credited = sum(EntryKind.Call.CREDIT, EntryKind.Call.ADJUST);
        long reversed = -sum(EntryKind.Call.REVERSE);
        long debited = -sum(EntryKind.Call.DEBIT);
        long collected = -sum(EntryKind.Call.COLLECT);
        checkEntries(report);
        report.equal("credited, by purchases, grants and adjustments", credited, totals.creditedMillis());
        report.equal("reversed, by reversals and reinstatements", reversed, totals.reversedMillis());
        report.equal("reversed, by refunds and disputes", reversedByObjects(), totals.reversedMillis());
        checkUse(report, debited, collected);
        report.atMost("charged, at most what was credited", totals.creditedMillis(), totals.chargedMillis());
        report.atMost("owed, at most what is uncollected", unpaid.uncollectedMillis(), unpaid.owedMillis());
        report.atMost("collected, at most what is owed", unpaid.owedMillis(), unpaid.collectedMillis());
        checkCreation(report);
        return report.found;
    }

    /**
     * Compares the totals beside each entry. What was purchased follows from the entries; of what was used only the
     * bounds are known, since the leases keep no record of when each millisecond was charged: it never shrinks, and
     * a deduction is part of it. What is collected is paid by the credit just before it, and at most that.
     */
    private void checkEntries(Report report) {
        long purchased = 0;
        long used = 0;
        long justCredited = 0;
        for (AuditCase.Entry entry : entries) {
            String where = " after entry " + entry.id();
            switch (entry.kind().call()) {
                case CREDIT, ADJUST, REVERSE -> purchased = Math.addExact(purchased, entry.millis());
                case DEBIT -> used = Math.subtractExact(used, entry.millis());
                case COLLECT -> {
                    used = Math.subtractExact(used, entry.millis());
                    report.atMost(
                            "collected" + where + ", at most the credit before it", justCredited, -entry.millis());
                }
            }
            justCredited = entry.kind().call() == EntryKind.Call.CREDIT ? entry.millis() : 0;
            report.equal("purchased" + where, purchased, entry.after().purchased());
            report.equal(
                    "remaining" + where,
                    entry.after().purchased() - entry.after().used(),
                    entry.after().remaining());
            report.atLeast(
                    "used" + where + ", at least what was used before it",
                    used,
                    entry.after().used());
            report.atMost(
                    "used" + where + ", at most what is used now",
                    totals.chargedMillis(),
                    entry.after().used());
            report.atLeast("held" + where, 0, entry.after().held());
            used = Math.max(used, entry.after().used());
        }
    }

    private long sum(EntryKind.Call... calls) {
        Set<EntryKind.Call> wanted = Set.of(calls);
        long sum = 0;
        for (AuditCase.Entry entry : entries) {
            if (wanted.contains(entry.kind().call())) {
                sum = Math.addExact(sum, entry.millis());
            }
        }
        return sum;
    }

    private void checkUse(Report report, long debited, long collectedByEntries) {
        Map<String, Map<String, LeaseRow>> scopes = new LinkedHashMap<>();
        long charged = 0;
        long uncollected = 0;
        long owed = 0;
        long collected = 0;
        for (LeaseRow lease : leases) {
            charged = Math.addExact(charged, lease.chargedMillis());
            uncollected = Math.addExact(uncollected, lease.uncollectedMillis());
            owed = Math.addExact(owed, lease.owedMillis());
            collected = Math.addExact(collected, lease.collectedMillis());
            report.atMost(
                    "owed of lease " + lease.lease() + ", at most what it left uncollected",
                    lease.uncollectedMillis(),
                    lease.owedMillis());
            report.atMost(
                    "collected of lease " + lease.lease() + ", at most what it owes",
                    lease.owedMillis(),
                    lease.collectedMillis());
            scopes.computeIfAbsent(lease.scope(), scope -> new LinkedHashMap<>())
                    .put(lease.lease(), lease);
        }
        long held = 0;
        for (Map.Entry<String, Map<String, LeaseRow>> rows : scopes.entrySet()) {
            ScopeState scope = ScopeState.of(rows.getKey(), ScopeRow.NO_BREAK, rows.getValue());
            held = Math.addExact(held, scope.heldMillis());
            long settled = 0;
            for (LeaseRow lease : scope.leases()) {
                settled = Math.addExact(settled, lease.chargedMillis() + lease.uncollectedMillis());
            }
            // A sum over leases is exact only together with this: what each newly covered adds up to what all cover.
            report.equal(
                    "charged and uncollected of the leases "
                            + (rows.getKey().isEmpty() ? "of the license" : "of session " + rows.getKey())
                            + ", by the time they cover",
                    scope.actualMillis(),
                    settled);
        }
        report.equal(
                "charged, by leases, deductions and collections",
                Math.addExact(Math.addExact(charged, debited), collectedByEntries),
                totals.chargedMillis());
        report.equal("uncollected, by leases", uncollected, unpaid.uncollectedMillis());
        report.equal("owed, by leases", owed, unpaid.owedMillis());
        report.equal("collected, by leases", collected, unpaid.collectedMillis());
        report.equal("collected, by entries", collectedByEntries, unpaid.collectedMillis());
        report.equal("held, by open leases", held, totals.heldMillis());
    }

    private void checkCreation(Report report) {
        if (license.createdWithMillis() == 0) {
            return;
        }
        long granted = 0;
        if (!entries.isEmpty()
                && entries.get(0).kind() == EntryKind.GRANT
                && entries.get(0).idempotencyKey() == null) {
            granted = entries.get(0).millis();
        }
        report.equal("credited at creation, by the first entry", granted, license.createdWithMillis());
    }

    private long reversedByObjects() {
        Map<String, Map<String, ReversalRecord>> byPurchase = new HashMap<>();
        for (ReversalRecord reversal : reversals) {
            byPurchase
                    .computeIfAbsent(reversal.purchase(), p -> new HashMap<>())
                    .put(reversal.object(), reversal);
        }
        long sum = 0;
        for (AuditCase.Entry entry : entries) {
            Map<String, ReversalRecord> objects = byPurchase.get(entry.idempotencyKey());
            if (entry.kind().call() == EntryKind.Call.CREDIT && objects != null) {
                long whole = objects.values().iterator().next().whole();
                sum = Math.addExact(sum, ReversalRecord.reversedMillis(entry.millis(), objects, whole));
            }
        }
        return sum;
    }

    /** Collects what differs. */
    private static final class Report {

        private final String license;
        private final List<Difference> found = new ArrayList<>();

        Report(String license) {
            this.license = license;
        }

        void equal(String field, long expected, long is) {
            if (is != expected) {
                found.add(new Difference(license, field, expected, is));
            }
        }

        void atLeast(String field, long least, long is) {
            if (is < least) {
                found.add(new Difference(license, field, least, is));
            }
        }

        void atMost(String field, long most, long is) {
            if (is > most) {
                found.add(new Difference(license, field, most, is));
            }
        }
    }
}
