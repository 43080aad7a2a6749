package io.hourmeter.server.ledger;

import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.LicenseState;
import io.hourmeter.server.ledger.store.EntryRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What must hold for one license after each commit: the totals are those of the rows, nothing shrinks, nothing is taken
 * back, and nothing is granted that is not there. Counts anew only the scopes that a commit has touched.
 */
final class CommitCheck {

    private record Measures(long actual, long worst) {}

    private final Tables.Stored license;
    private final Map<String, Measures> scopes = new HashMap<>();
    private long actual;
    private long worst;
    private long chargedByLeases;
    private long uncollectedByLeases;
    private long collected;
    private long owedByLeases;
    private long collectedByLeases;
    private long debited;
    private long credited;
    private long reversed;

    CommitCheck(Tables.Stored license) {
        this.license = license;
        license.entries.forEach(this::book);
    }

    private void book(EntryRecord entry) {
        switch (entry.kind()) {
            case PURCHASE, GRANT, TRIAL, COMPENSATION, ADJUSTMENT -> credited += entry.millis();
            case DEBIT -> debited -= entry.millis();
            case COLLECTION -> collected -= entry.millis();
            case REVERSAL, REINSTATEMENT -> reversed -= entry.millis();
        }
    }

    /** After a commit has been applied. */
    void check(
            LicenseRow before,
            LicenseState.Changes changes,
            Map<String, LeaseRow> old,
            List<EntryRecord> posted,
            boolean late,
            boolean lateNow,
            boolean owes) {
        LicenseRow after = license.row();
        posted.forEach(this::book);
        Set<String> touched = new HashSet<>();
        boolean extended = false;
        for (LeaseRow row : changes.added()) {
            extended |= row.authorizedMillis() > 0;
            added(row, null, before);
            touched.add(row.scope());
        }
        for (LeaseRow row : changes.changed()) {
            LeaseRow earlier = old.get(row.lease());
            if (earlier == null) {
                throw fault("a lease changed that was never added: " + row);
            }
            grown(earlier, row, after);
            extended |= row.authorizedMillis() > earlier.authorizedMillis();
            added(row, earlier, before);
            touched.add(row.scope());
        }
        touched.forEach(this::recount);
        totals(before, after);
        debts(before, after, posted, owes);
        // What comes later in the same transaction may take more: a refund, or use for which nothing was held.
        boolean reversal = posted.stream().anyMatch(entry -> entry.kind() == EntryKind.REVERSAL);
        if (changes.added().size() + changes.changed().size() == 1 && posted.isEmpty()) {
            changes.changed().forEach(row -> grantedInFull(row, old.get(row.lease()), before));
        }
        if (extended && !reversal && !lateNow && after.chargedMillis() + after.heldMillis() > after.purchasedMillis()) {
            throw fault("more was granted than is there");
        }
        if (!late && after.uncollectedMillis() > before.uncollectedMillis()) {
            throw fault("a report in time was not paid from its own hold");
        }
        boolean alone = changes.added().size() + changes.changed().size() == 1 && posted.isEmpty();
        boolean couldPay = after.freeMillis() > 0 && after.chargedMillis() < after.creditedMillis();
        if (alone && couldPay && after.uncollectedMillis() > before.uncollectedMillis()) {
            throw fault("something was not collected although it was there");
        }
        for (LeaseRow row : license.open.values()) {
            // One that is seen so late for the first time lapses with the next transaction.
            boolean known = !changes.added().contains(row);
            if (known
                    && row.fromMillis() + row.authorizedMillis() + LeaseRow.LAPSE_AFTER_MILLIS
                            < after.lastNowMillis()) {
                throw fault("should have lapsed: " + row);
            }
        }
    }

    private void added(LeaseRow row, @Nullable LeaseRow earlier, LicenseRow before) {
        chargedByLeases += row.chargedMillis() - (earlier == null ? 0 : earlier.chargedMillis());
        uncollectedByLeases += row.uncollectedMillis() - (earlier == null ? 0 : earlier.uncollectedMillis());
        owedByLeases += row.owedMillis() - (earlier == null ? 0 : earlier.owedMillis());
        collectedByLeases += row.collectedMillis() - (earlier == null ? 0 : earlier.collectedMillis());
        if (row.collectedMillis() > row.owedMillis() || row.owedMillis() > row.uncollectedMillis()) {
            throw fault("more is collected than is owed, or owed than is uncollected: " + row);
        }
        long authorized = earlier == null ? 0 : earlier.authorizedMillis();
        if (row.authorizedMillis() == authorized) {
            return;
        }
        LicenseRow now = license.row();
        // The expiry may have been changed by the same commit, before or after.
        long expires = Math.max(before.withClock(0, now.clockOffsetMillis()).endMillis(), now.endMillis());
        long most = Math.min(now.lastNowMillis() + row.leaseMillis(), expires);
        if (row.fromMillis() + row.authorizedMillis() > most) {
            throw fault("granted beyond the lease or the expiry: " + row);
        }
        boolean news = earlier == null || row.seq() > earlier.seq();
        if (!news || (earlier != null && !earlier.open())) {
            throw fault("granted to an old message or an ended lease: " + row);
        }
    }

    /** A lease of the whole license that asked is authorized as far as it wants, or no millisecond more is there. */
    private void grantedInFull(LeaseRow row, @Nullable LeaseRow earlier, LicenseRow before) {
        LicenseRow now = license.row();
        boolean asked = earlier != null
                && row.seq() > earlier.seq()
                && row.open()
                && row.scope().isEmpty();
        boolean decided = before.status() == now.status() && before.expiresMillis() == now.expiresMillis();
        boolean could =
                decided && now.active() && !now.expired() && row.authorizedMillis() > 0 && now.freeMillis() >= 0;
        long most = Math.min(now.lastNowMillis() + row.leaseMillis(), now.endMillis());
        if (!asked || !could || row.fromMillis() + row.authorizedMillis() >= most) {
            return;
        }
        long next = Math.max(row.authorizedMillis(), row.usedMillis()) + 1;
        Map<String, LeaseRow> further = new LinkedHashMap<>(license.scope(row.scope()));
        further.put(row.lease(), row.withAuthorized(next));
        long costs = Recount.worst(further.values())
                - Recount.worst(license.scope(row.scope()).values());
        if (row.fromMillis() + next > now.lastNowMillis() && costs <= now.freeMillis()) {
            throw fault("granted less than there is: " + row);
        }
    }

    private void grown(LeaseRow old, LeaseRow row, LicenseRow after) {
        boolean same = old.scope().equals(row.scope())
                && old.session().equals(row.session())
                && old.node().equals(row.node())
                && old.fromMillis() == row.fromMillis()
                && old.gapMillis() == row.gapMillis()
                && old.leaseMillis() == row.leaseMillis()
                && old.graceMillis() == row.graceMillis()
                && old.breakMillis() == row.breakMillis();
        boolean grown = row.usedMillis() >= old.usedMillis()
                && row.authorizedMillis() >= old.authorizedMillis()
                && row.seq() >= old.seq()
                && row.chargedMillis() >= old.chargedMillis()
                && row.uncollectedMillis() >= old.uncollectedMillis()
                && row.owedMillis() >= old.owedMillis()
                && row.collectedMillis() >= old.collectedMillis();
        boolean kept =
                (row.closed() || !old.closed()) && (row.lapsed() || !old.lapsed()) && (row.offline() || !old.offline());
        if (!same || !grown || !kept) {
            throw fault("something was taken back: " + old + " became " + row);
        }
        boolean early = old.authorizedEndMillis() + LeaseRow.LAPSE_AFTER_MILLIS >= after.lastNowMillis();
        if (row.lapsed() && !old.lapsed() && early) {
            throw fault("lapsed while its node may still serve: " + row);
        }
    }

    private void recount(String scope) {
        Measures before = scopes.getOrDefault(scope, new Measures(0, 0));
        var rows = license.scope(scope).values();
        Measures now = new Measures(Recount.actual(rows), Recount.worst(rows));
        scopes.put(scope, now);
        actual += now.actual - before.actual;
        worst += now.worst - before.worst;
    }

    private void totals(LicenseRow before, LicenseRow after) {
        same("credited", after.creditedMillis(), credited);
        same("reversed", after.reversedMillis(), reversed);
        same("charged, by the leases and debits", after.chargedMillis(), chargedByLeases + debited + collected);
        same(
                "charged, by the time covered",
                after.chargedMillis(),
                actual - after.uncollectedMillis() + collected + debited);
        same("uncollected", after.uncollectedMillis(), uncollectedByLeases);
        same("held", after.heldMillis(), worst - actual);
        boolean grown = after.creditedMillis() >= before.creditedMillis()
                && after.chargedMillis() >= before.chargedMillis()
                && after.uncollectedMillis() >= before.uncollectedMillis()
                && after.lastNowMillis() >= before.lastNowMillis();
        if (!grown) {
            throw fault("a total shrank: it was " + before);
        }
    }

    /** What is owed is all that became uncollected; each credit pays of it what nobody holds, and at most itself. */
    private void debts(LicenseRow before, LicenseRow after, List<EntryRecord> posted, boolean owes) {
        same("owed", after.owedMillis(), owes ? after.uncollectedMillis() : 0);
        same("owed, by the leases", after.owedMillis(), owedByLeases);
        same("collected", after.collectedMillis(), collected);
        same("collected, by the leases", after.collectedMillis(), collectedByLeases);
        long least = before.owedMillis() - before.collectedMillis();
        long most = least + after.uncollectedMillis() - before.uncollectedMillis();
        for (int i = 0; i < posted.size(); i++) {
            EntryRecord entry = posted.get(i);
            if (!owes || (entry.kind() != EntryKind.PURCHASE && entry.kind() != EntryKind.GRANT)) {
                continue;
            }
            EntryRecord next = i + 1 < posted.size() ? posted.get(i + 1) : null;
            boolean pays = next != null && next.kind() == EntryKind.COLLECTION;
            long paid = pays ? -next.millis() : 0;
            EntryRecord.After left = entry.after();
            long free = Math.max(0, left.purchased() - left.used() - left.held());
            long could = Math.min(entry.millis(), free);
            if (paid < Math.min(could, least) || paid > Math.min(could, most)) {
                throw fault("a credit of " + entry.millis() + " ms, of which " + free + " ms nobody holds, paid " + paid
                        + " ms of " + least + " to " + most + " ms that are owed");
            }
            if (pays && !Objects.equals(next.idempotencyKey(), entry.idempotencyKey())) {
                throw fault("collected by another credit: " + next);
            }
            least = Math.max(0, least - paid);
            most -= paid;
        }
    }

    private void same(String what, long is, long should) {
        if (is != should) {
            throw fault(what + " is " + is + " ms, should be " + should + " ms");
        }
    }

    private AssertionError fault(String text) {
        return new AssertionError(text + "; " + license.row());
    }
}
