package io.hourmeter.tests.crash;

import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.tests.crash.Figures.Count;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A node of the load generator's own, so that the test knows which reports of use were acknowledged: opens a lease,
 * reports it many times a second, ends it, opens the next.
 */
final class Reporter implements Runnable {

    private static final int REPORTS_OF_LEASE = 20;
    private static final int PAUSE_MILLIS = 60;

    private final LicenseClient client;
    private final LicenseKey license;
    private final Receipts receipts;
    private final Figures figures;
    private final SplittableRandom random;
    private final CountDownLatch stop;
    private final String node = UUID.randomUUID().toString();

    Reporter(
            LicenseClient client,
            LicenseKey license,
            Receipts receipts,
            Figures figures,
            SplittableRandom random,
            CountDownLatch stop) {
        this.client = client;
        this.license = license;
        this.receipts = receipts;
        this.figures = figures;
        this.random = random;
        this.stop = stop;
    }

    @Override
    public void run() {
        try {
            boolean stopped = false;
            while (!stopped) {
                stopped = lease();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean lease() throws InterruptedException {
        String lease = UUID.randomUUID().toString();
        long begun = Clock.millis();
        long authorized = 0;
        boolean stopped = false;
        int reports = 1 + random.nextInt(REPORTS_OF_LEASE);
        for (int seq = 1; seq <= reports; seq++) {
            long elapsed = Clock.millis() - begun;
            boolean done = seq == reports;
            // What was never authorized was never used; nobody has told that it was while no answer has come.
            Long used = authorized == 0 ? null : Long.valueOf(Math.min(elapsed, authorized));
            Answer answer = send(new Item(
                    lease, license.sha256(), license, "", "load-generator", elapsed, used, done, seq, false, true));
            if (answer != null) {
                authorized = Math.max(authorized, answer.authorizedMillis());
                boolean taken = answer.state() == State.OK || answer.state() == State.CLOSED;
                if (taken && (used != null || done)) {
                    receipts.report(lease, used == null ? -1 : used, done);
                    figures.count(Count.REPORTED);
                } else if (!taken) {
                    figures.wrong("a report of the load generator's own was answered " + answer.state());
                }
            }
            if (done && answer == null) {
                reports++; // until it is acknowledged, or the lease would hold its balance until it lapses
            }
            stopped |= stop.await(random.nextInt(PAUSE_MILLIS), TimeUnit.MILLISECONDS);
        }
        return stopped;
    }

    private @Nullable Answer send(Item item) {
        try {
            return client.sync(new UsageBatch(node, Cluster.GAP_MILLIS, Cluster.LEASE_MILLIS, 0, List.of(item)))
                    .items()
                    .get(0);
        } catch (LicenseServerUnavailableException e) {
            // Perhaps it arrived, perhaps not; the next report says more.
            return null;
        }
    }
}
