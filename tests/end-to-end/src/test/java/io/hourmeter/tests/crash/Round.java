package io.hourmeter.tests.crash;

import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.tests.crash.ActivityLog.End;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** One round: fresh licenses, load, kills, healing, an orderly end of the nodes, and the reckoning. */
final class Round {

    /** Who is killed in a round. */
    enum Victim {
        SERVER,
        NODE,
        BOTH
    }

    private static final int LICENSES = 12;
    /** Licenses that run out and are topped up by and by. */
    private static final int POOR_LICENSES = 4;

    private static final int MOST_KILLS = 2;
    private static final int MOST_BETWEEN_MILLIS = 4_000;
    private static final int MOST_DEAD_MILLIS = 1_500;
    /** One outage of so many is longer than a lease: then the outage policy decides. */
    private static final int LONG_OUTAGE = 10;

    private static final Duration PLENTY = Duration.ofHours(100);
    private static final Duration LITTLE = Duration.ofSeconds(3);

    /** Remembered refusals (8 s) and the pause after an outage (6 s) are over by then, on a slow machine too. */
    private static final long HEALED_MILLIS = 30_000;
    /** A lease that nobody closes lapses 30 s after its authorization. */
    private static final long QUIET_MILLIS = 60_000;

    private static final long POLL_NANOS = 100_000_000;

    private final Cluster cluster;
    private final Receipts receipts = new Receipts();
    private final Figures figures;
    private final SplittableRandom random;
    private final LicenseClient client;
    private final LedgerClient teller;
    private final Map<LicenseKey, ActivityLog> rich = new LinkedHashMap<>();
    private final Map<LicenseKey, ActivityLog> poor = new LinkedHashMap<>();

    Round(Cluster cluster, LicenseClient client, Figures figures, SplittableRandom random) {
        this.cluster = cluster;
        this.client = client;
        this.figures = figures;
        this.random = random;
        this.teller = new LedgerClient(client, receipts, figures);
    }

    /** Runs it, and returns what was acknowledged. */
    Receipts run(Victim victim) throws Exception {
        for (int node = 0; node < Cluster.NODES; node++) {
            cluster.startNode(node);
        }
        for (int i = 0; i < LICENSES; i++) {
            rich.put(teller.create(PLENTY), new ActivityLog());
        }
        for (int i = 0; i < POOR_LICENSES; i++) {
            poor.put(teller.create(LITTLE), new ActivityLog());
        }
        for (int node = 0; node < Cluster.NODES; node++) {
            cluster.awaitNode(node);
        }
        Load load = new Load(cluster, client, receipts, figures, random.split());
        load.begin(rich, poor);
        try {
            int kills = 1 + random.nextInt(MOST_KILLS);
            for (int i = 0; i < kills; i++) {
                Clock.pause(1_500 + random.nextInt(2_500));
                kill(victim);
            }
            Clock.pause(1_000 + random.nextInt(1_500));
        } finally {
            load.stop();
        }
        load.awaitEnd();
        heal(load);
        cluster.stopNodes();
        settle();
        return receipts;
    }

    private void kill(Victim victim) throws Exception {
        boolean server = victim != Victim.NODE;
        int node = victim == Victim.SERVER ? -1 : random.nextInt(Cluster.NODES);
        if (server) {
            cluster.killServer();
        }
        if (server && node >= 0 && random.nextBoolean()) {
            // Else both at once. In between the node works on what only its journal will know.
            Clock.pause(random.nextInt(MOST_BETWEEN_MILLIS));
        }
        if (node >= 0) {
            cluster.killNode(node);
        }
        boolean longOutage = victim == Victim.SERVER && random.nextInt(LONG_OUTAGE) == 0;
        Clock.pause(random.nextInt(MOST_DEAD_MILLIS) + (longOutage ? Cluster.LEASE_MILLIS : 0));
        if (server) {
            cluster.startServer();
        }
        if (node >= 0) {
            cluster.startNode(node);
        }
        if (server) {
            cluster.awaitServer();
        }
        if (node >= 0) {
            cluster.awaitNode(node);
        }
    }

    /** With everything up and every balance above zero each node serves each license. */
    private void heal(Load load) {
        poor.keySet().forEach(key -> teller.credit(key, PLENTY.toMillis()));
        // So that it is clear that the pause before is no use.
        Clock.pause(Customer.LONG_FROM_MILLIS);
        long begun = Clock.millis();
        rich.forEach((key, diary) -> heal(load.customer(key, diary, false), key, begun));
        poor.forEach((key, diary) -> heal(load.customer(key, diary, true), key, begun));
    }

    private void heal(Customer customer, LicenseKey key, long begun) {
        for (int node = 0; node < Cluster.NODES; node++) {
            while (customer.get(node, Customer.Page.QUICK) != End.SERVED) {
                if (Clock.millis() - begun > HEALED_MILLIS) {
                    figures.wrong("node " + node + " does not serve " + key.masked() + " after healing");
                    return;
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
        figures.count(Figures.Count.HEALED);
    }

    private void settle() throws IOException, InterruptedException, SQLException {
        try (Books books = new Books(cluster.databaseUrl())) {
            long begun = Clock.millis();
            while (books.heldOverAll() != 0) {
                if (Clock.millis() - begun > QUIET_MILLIS) {
                    figures.wrong(books.heldOverAll() + " ms are held although nothing runs");
                    break;
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
            String differences = cluster.audit();
            if (differences.isEmpty()) {
                figures.count(Figures.Count.AUDITED);
            } else {
                figures.wrong("audit: " + differences);
            }
            ExpectedBill reckoning = new ExpectedBill(books, client, figures);
            reckoning.check(receipts);
            bill(rich, true, books, reckoning);
            bill(poor, false, books, reckoning);
        }
    }

    private void bill(Map<LicenseKey, ActivityLog> diaries, boolean neverRanOut, Books books, ExpectedBill reckoning)
            throws SQLException {
        for (Map.Entry<LicenseKey, ActivityLog> license : diaries.entrySet()) {
            long billed = books.billed(books.license(license.getKey()));
            reckoning.bill(license.getKey(), Verdict.of(license.getValue(), billed, cluster), neverRanOut);
        }
    }
}
