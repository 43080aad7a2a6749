package io.hourmeter.server.ledger;

import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.LicenseState;
import io.hourmeter.server.ledger.rules.ReversalRecord;
import io.hourmeter.server.ledger.rules.ScopeRow;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.AuditCase;
import io.hourmeter.server.ledger.store.EntryRecord;
import io.hourmeter.server.ledger.store.EventRecord;
import io.hourmeter.server.ledger.store.KeyRecord;
import io.hourmeter.server.ledger.store.LicenseRecord;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The tables of a ledger in memory: what is committed, whichever server process did it, and survives all of them. */
final class Tables {

    private final Map<Long, Stored> licenses = new TreeMap<>();
    private final Map<String, Named> names = new HashMap<>();

    /** What a name stands for; {@code endsAt} is null for ids and for keys that do not end. */
    record Named(Stored license, @Nullable Long endsAt) {}

    /** One license and all its rows. */
    static final class Stored {
        LicenseRecord license;
        final Map<String, LeaseRow> leases = new LinkedHashMap<>();
        final Map<String, Map<String, LeaseRow>> scopes = new LinkedHashMap<>();
        final Map<String, LeaseRow> open = new LinkedHashMap<>();
        final Map<String, ScopeRow> breaks = new TreeMap<>();
        final List<EntryRecord> entries = new ArrayList<>();
        final Map<String, Map<EntryKind.Call, EntryRecord>> entriesByKey = new HashMap<>();
        final Map<String, Map<String, ReversalRecord>> reversals = new TreeMap<>();
        final Map<String, KeyRecord> keys = new TreeMap<>();
        final List<EventRecord> events = new ArrayList<>();

        Stored(LicenseRecord license) {
            this.license = license;
        }

        LicenseRow row() {
            return license.row();
        }

        Map<String, LeaseRow> scope(String scope) {
            return scopes.getOrDefault(scope, Map.of());
        }

        AuditCase audit() {
            List<ReversalRecord> all = new ArrayList<>();
            reversals.values().forEach(some -> all.addAll(some.values()));
            LicenseRow row = row();
            AuditCase.LicenseTotals license = new AuditCase.LicenseTotals(row.id(), row.publicId(), row.totals(), 0);
            List<AuditCase.Entry> numbered = new ArrayList<>();
            for (EntryRecord entry : entries) {
                EntryRecord.After after = entry.after();
                numbered.add(new AuditCase.Entry(
                        numbered.size(),
                        entry.kind(),
                        entry.millis(),
                        new AuditCase.After(
                                after.purchased() - after.used(), after.purchased(), after.used(), after.held()),
                        entry.idempotencyKey()));
            }
            return new AuditCase(license, numbered, List.copyOf(leases.values()), all);
        }

        private void put(LeaseRow lease) {
            leases.put(lease.lease(), lease);
            scopes.computeIfAbsent(lease.scope(), scope -> new LinkedHashMap<>())
                    .put(lease.lease(), lease);
            if (lease.open()) {
                open.put(lease.lease(), lease);
            } else {
                open.remove(lease.lease());
            }
        }

        private void put(EntryRecord entry) {
            entries.add(entry);
            String key = entry.idempotencyKey();
            if (key != null
                    && entriesByKey
                                    .computeIfAbsent(key, some -> new EnumMap<>(EntryKind.Call.class))
                                    .put(entry.kind().call(), entry)
                            != null) {
                throw new AssertionError("two entries with the idempotency key " + key);
            }
        }

        void describe(StringBuilder text) {
            text.append(license).append('\n');
            keys.values().forEach(row -> text.append(row).append('\n'));
            leases.values().forEach(row -> text.append(row).append('\n'));
            breaks.values().forEach(row -> text.append(row).append('\n'));
            entries.forEach(row -> text.append(row).append('\n'));
            reversals.values().forEach(row -> text.append(row).append('\n'));
            events.forEach(row -> text.append(row).append('\n'));
        }
    }

    void create(LicenseRecord license, KeyRecord key, EntryRecord first) {
        Stored stored = new Stored(license);
        licenses.put(license.row().id(), stored);
        stored.put(first);
        stored.keys.put(key.sha256(), key);
        names.put(license.row().publicId(), new Named(stored, null));
        names.put(key.sha256(), new Named(stored, key.endsAt()));
    }

    Iterable<Stored> all() {
        return licenses.values();
    }

    @Nullable Named named(String name) {
        return names.get(name);
    }

    @Nullable Stored byId(long id) {
        return licenses.get(id);
    }

    /** Makes what a transaction has noted on one license durable. */
    void apply(Account account) {
        Stored stored = licenses.get(account.id());
        if (stored == null) {
            throw new AssertionError("license " + account.id() + " is not there");
        }
        stored.license = account.license();
        LicenseState.Changes changes = account.changes();
        changes.added().forEach(stored::put);
        changes.changed().forEach(stored::put);
        changes.breaks().forEach(row -> stored.breaks.put(row.scope(), row));
        account.posted().forEach(stored::put);
        for (KeyRecord key : account.changedKeys()) {
            stored.keys.put(key.sha256(), key);
            names.put(key.sha256(), new Named(stored, key.endsAt()));
        }
        for (ReversalRecord reversal : account.changedReversals()) {
            stored.reversals
                    .computeIfAbsent(reversal.purchase(), purchase -> new TreeMap<>())
                    .put(reversal.object(), reversal);
        }
        stored.events.addAll(account.events());
    }

    /** Every row of every table. */
    String dump() {
        StringBuilder text = new StringBuilder();
        licenses.values().forEach(stored -> stored.describe(text));
        return text.toString();
    }
}
