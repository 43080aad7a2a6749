package io.hourmeter.tests.crash;

import io.hourmeter.Balance;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Compares the books with what the load generator has in hand. */
final class ExpectedBill {

    private final Books books;
    private final LicenseClient client;
    private final Figures figures;

    ExpectedBill(Books books, LicenseClient client, Figures figures) {
        this.books = books;
        this.client = client;
        this.figures = figures;
    }

    /** Everything that was acknowledged is there, and nothing is there twice. */
    void check(Receipts receipts) throws SQLException {
        Map<LicenseKey, Long> sums = new HashMap<>();
        for (LicenseKey key : receipts.created()) {
            if (books.license(key) < 0) {
                figures.lost("license " + key.masked());
            } else {
                sums.put(key, 0L);
            }
        }
        for (Receipts.Entry entry : receipts.entries()) {
            if (books.entries(books.license(entry.license()), entry.idempotencyKey(), entry.millis()) != 1) {
                figures.lost(entry.millis() + " ms " + entry.idempotencyKey() + " on "
                        + entry.license().masked());
            }
            sums.merge(entry.license(), entry.millis(), Long::sum);
            if (entry.unknownBefore() && entry.millis() > 0) {
                repeat(entry);
            }
        }
        for (Map.Entry<LicenseKey, Long> sum : sums.entrySet()) {
            long booked = books.sumOfEntries(books.license(sum.getKey()));
            if (booked != sum.getValue()) {
                figures.twice(sum.getKey().masked() + " has entries of " + booked + " ms, acknowledged were "
                        + sum.getValue());
            }
        }
        for (Map.Entry<String, Receipts.Report> report : receipts.reports().entrySet()) {
            boolean closed = !report.getValue().done() || books.closed(report.getKey());
            if (books.usedOfLease(report.getKey()) < report.getValue().usedMillis() || !closed) {
                figures.lost("report of lease " + report.getKey() + ": " + report.getValue());
            }
        }
    }

    /** There are no other licenses than these. */
    void nothingBeside(Receipts everything) throws SQLException {
        long licenses = books.licenses();
        if (licenses > everything.created().size()) {
            figures.twice(licenses + " licenses, acknowledged were "
                    + everything.created().size());
        }
    }

    /** Once more, over HTTP: the first answer, and no second entry. */
    private void repeat(Receipts.Entry entry) {
        boolean repeated = client.addHours(
                        entry.license(),
                        Duration.ofMillis(entry.millis()),
                        entry.idempotencyKey(),
                        LedgerClient.REFERENCE,
                        "")
                .repeated();
        if (!repeated) {
            figures.twice(entry.millis() + " ms " + entry.idempotencyKey());
        }
    }

    /** Billed time against the record of the clients. */
    void bill(LicenseKey key, Verdict verdict, boolean neverRanOut) throws SQLException {
        long license = books.license(key);
        Balance told = client.hoursRemaining(key);
        if (told.usedMillis() != books.used(license) || told.purchasedMillis() != books.purchased(license)) {
            figures.wrong(key.masked() + ": the API tells another balance than the books");
        }
        if (told.usedMillis() > told.purchasedMillis()) {
            figures.wrong(key.masked() + ": more was used than purchased");
        }
        if (verdict.billed() > verdict.most()) {
            figures.wrong(key.masked() + ": billed too much: " + verdict);
        }
        if (neverRanOut) {
            figures.bill().add(verdict);
            if (verdict.billed() < verdict.least()) {
                figures.wrong(key.masked() + ": billed too little: " + verdict);
            }
        }
    }
}
