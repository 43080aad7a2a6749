package io.hourmeter.tests.crash;

import io.hourmeter.LicenseKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the license server has acknowledged. Thread-safe. */
final class Receipts {

    /** An acknowledged entry: added, or, negative, deducted. */
    record Entry(LicenseKey license, String idempotencyKey, long millis, boolean unknownBefore) {}

    /** How far the server has acknowledged a lease of the load generator's own. */
    record Report(long usedMillis, boolean done) {}

    private final List<LicenseKey> created = new CopyOnWriteArrayList<>();
    private final Map<String, Entry> entries = new ConcurrentHashMap<>();
    private final Map<String, Report> reports = new ConcurrentHashMap<>();

    void created(LicenseKey license) {
        created.add(license);
    }

    void entry(Entry entry) {
        entries.put(entry.idempotencyKey(), entry);
    }

    void report(String lease, long usedMillis, boolean done) {
        reports.merge(
                lease,
                new Report(usedMillis, done),
                (one, other) -> new Report(Math.max(one.usedMillis(), other.usedMillis()), one.done() || other.done()));
    }

    void addAll(Receipts others) {
        created.addAll(others.created);
        entries.putAll(others.entries);
        reports.putAll(others.reports);
    }

    List<LicenseKey> created() {
        return List.copyOf(created);
    }

    List<Entry> entries() {
        return new ArrayList<>(entries.values());
    }

    Map<String, Report> reports() {
        return Map.copyOf(reports);
    }
}
