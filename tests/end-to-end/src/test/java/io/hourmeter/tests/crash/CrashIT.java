package io.hourmeter.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseClient;
import io.hourmeter.client.HttpLicenseClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of the license server, of an application and of both, over and over, under load, as processes. How
 * many rounds of each kind is set by {@code crash.rounds}; {@code crash.seed} repeats what was drawn, though not what the
 * machine makes of it.
 */
@Tag("full")
class CrashIT {

    /** Longer than a node's own, so that a call rather ends with an answer than with an unknown outcome. */
    private static final Duration CALL = Duration.ofSeconds(5);

    @TempDir
    Path folder;

    @Test
    void nothingIsLostAndNothingIsBilledTwiceWhateverIsKilled() throws Exception {
        int rounds = Integer.parseInt(System.getProperty("crash.rounds", "1"));
        String given = System.getProperty("crash.seed", "");
        long seed = given.isEmpty() ? new SplittableRandom().nextLong() : Long.parseLong(given);
        System.out.println("CrashIT: crash.rounds=" + rounds + " crash.seed=" + seed);

        long begun = Clock.millis();
        SplittableRandom random = new SplittableRandom(seed);
        Figures figures = new Figures();
        try (Cluster cluster = new Cluster(folder, random.split())) {
            cluster.startServer();
            cluster.awaitServer();
            try (LicenseClient client =
                    HttpLicenseClient.builder(cluster.serverUrl()).timeout(CALL).build()) {
                Receipts everything = new Receipts();
                for (int i = 0; i < rounds; i++) {
                    for (Round.Victim victim : Round.Victim.values()) {
                        everything.addAll(new Round(cluster, client, figures, random.split()).run(victim));
                        System.out.println("CrashIT: round " + (i * Round.Victim.values().length + victim.ordinal() + 1)
                                + ", " + victim + ", " + (Clock.millis() - begun) / 1_000 + " s");
                        assertThat(figures.allWrong()).as("seed " + seed).isEmpty();
                    }
                }
                try (Books books = new Books(cluster.databaseUrl())) {
                    ExpectedBill reckoning = new ExpectedBill(books, client, figures);
                    reckoning.check(everything);
                    reckoning.nothingBeside(everything);
                    figures.add(Figures.Count.LEASES, books.leases());
                    figures.add(Figures.Count.LAPSED, books.lapsed());
                }
                assertThat(figures.allWrong()).as("seed " + seed).isEmpty();
                Bill bill = figures.bill();
                assertThat(bill.billed()).as("seed " + seed).isBetween(bill.least(), bill.most());
                // Else the load would not show it if two nodes at once were billed twice.
                assertThat(bill.summedOverNodes()).as("seed " + seed).isGreaterThan(bill.most());
                // A kill in the moment between a grant and its first note in the journal; all others are ended by the
                // restart.
                assertThat(figures.counted(Figures.Count.LAPSED))
                        .as("seed " + seed)
                        .isLessThanOrEqualTo(cluster.nodeKills());
                assertThat(cluster.logs())
                        .as("seed " + seed)
                        .doesNotContain(" ERROR ")
                        .doesNotContain(everything.created().get(0).text());
            } finally {
                System.out.println("Crash test, seed " + seed + ", rounds " + rounds * Round.Victim.values().length
                        + "\n" + figures.text(cluster, (Clock.millis() - begun) / 1_000));
            }
        }
    }
}
