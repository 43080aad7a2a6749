package io.hourmeter.server.ledger;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything there is about one license, seen at one moment, to be recomputed from scratch.
 *
 * @param license its running totals
 * @param entries all of them, oldest first
 * @param leases all of them
 * @param reversals what refunds and disputes take
 */
record AuditCase(LicenseRow license, List<EntryRecord> entries, List<LeaseRow> leases, List<ReversalRecord> reversals) {

    /** What contradicts itself, one sentence each; empty when all is well. */
    List<String> findings() {
        List<String> findings = new ArrayList<>();
        long credited = 0;
        long reversed = 0;
        long debited = 0;
        for (EntryRecord entry : entries) {
            switch (entry.kind()) {
                case PURCHASE, GRANT, ADJUSTMENT -> credited = Math.addExact(credited, entry.millis());
                case DEBIT -> debited = Math.subtractExact(debited, entry.millis());
                case REVERSAL, REINSTATEMENT -> reversed = Math.subtractExact(reversed, entry.millis());
            }
            if (entry.after().purchased() != credited - reversed) {
                findings.add(about(
                        "purchased after the entry of " + entry.at(),
                        entry.after().purchased(),
                        credited - reversed));
            }
        }
        long charged = leases.stream().mapToLong(LeaseRow::chargedMillis).reduce(0, Math::addExact);
        long uncollected =
                leases.stream().mapToLong(LeaseRow::uncollectedMillis).reduce(0, Math::addExact);
        LicenseState state = LicenseState.of(license, leases, List.of());
        long covered =
                state.scopes().stream().mapToLong(ScopeState::actualMillis).reduce(0, Math::addExact);
        long held = state.scopes().stream().mapToLong(ScopeState::heldMillis).reduce(0, Math::addExact);

        check(findings, "credited, against its entries", license.creditedMillis(), credited);
        check(findings, "reversed, against its entries", license.reversedMillis(), reversed);
        check(findings, "reversed, against refunds and disputes", license.reversedMillis(), reversedByObjects());
        check(findings, "used, against leases and debits", license.chargedMillis(), charged + debited);
        check(findings, "uncollected, against its leases", license.uncollectedMillis(), uncollected);
        check(findings, "charged and uncollected, against the time covered", charged + uncollected, covered);
        check(findings, "held, against its open leases", license.heldMillis(), held);
        return findings;
    }

    private long reversedByObjects() {
        Map<String, Map<String, ReversalRecord>> byPurchase = new HashMap<>();
        for (ReversalRecord reversal : reversals) {
            byPurchase
                    .computeIfAbsent(reversal.purchase(), p -> new HashMap<>())
                    .put(reversal.object(), reversal);
        }
        long sum = 0;
        for (EntryRecord entry : entries) {
            Map<String, ReversalRecord> objects = byPurchase.get(entry.idempotencyKey());
            if (entry.kind().credits() && objects != null) {
                long whole = objects.values().iterator().next().whole();
                sum = Math.addExact(sum, ReverseCall.reversed(entry.millis(), objects, whole));
            }
        }
        return sum;
    }

    private void check(List<String> findings, String what, long is, long should) {
        if (is != should) {
            findings.add(about(what, is, should));
        }
    }

    private String about(String what, long is, long should) {
        return license.publicId() + ": " + what + ": is " + is + " ms, should be " + should + " ms";
    }
}
