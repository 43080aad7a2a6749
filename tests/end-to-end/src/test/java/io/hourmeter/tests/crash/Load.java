package io.hourmeter.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Everybody who does something in a round: customers, tellers, and a node of the load generator's own. */
final class Load {

    /** Tabs of each license, which makes use on two nodes at once the usual case. */
    private static final int TABS = 2;

    private static final int TELLERS = 3;
    private static final int REPORTERS = 2;
    private static final Duration PLENTY = Duration.ofHours(100);

    private final Cluster cluster;
    private final LicenseClient client;
    private final Receipts receipts;
    private final Figures figures;
    private final SplittableRandom random;
    private final LedgerClient teller;
    private final ExecutorService threads = Executors.newCachedThreadPool(Load::daemon);
    private final List<Future<?>> running = new ArrayList<>();
    private final CountDownLatch stop = new CountDownLatch(1);

    Load(Cluster cluster, LicenseClient client, Receipts receipts, Figures figures, SplittableRandom random) {
        this.cluster = cluster;
        this.client = client;
        this.receipts = receipts;
        this.figures = figures;
        this.random = random;
        this.teller = new LedgerClient(client, receipts, figures);
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "crash-load");
        thread.setDaemon(true);
        return thread;
    }

    void begin(Map<LicenseKey, ActivityLog> rich, Map<LicenseKey, ActivityLog> poor) {
        rich.forEach((key, diary) -> {
            for (int tab = 0; tab < TABS; tab++) {
                running.add(threads.submit(customer(key, diary, false)));
            }
        });
        poor.forEach((key, diary) -> running.add(threads.submit(customer(key, diary, true))));
        List<LicenseKey> toTopUp = List.copyOf(poor.keySet());
        for (int i = 0; i < TELLERS; i++) {
            SplittableRandom own = random.split();
            running.add(threads.submit(() -> sell(toTopUp, own)));
        }
        for (int i = 0; i < REPORTERS; i++) {
            LicenseKey license = teller.create(PLENTY);
            running.add(threads.submit(new Reporter(client, license, receipts, figures, random.split(), stop)));
        }
    }

    /** A customer who has not begun. */
    Customer customer(LicenseKey key, ActivityLog diary, boolean mayRunOut) {
        return new Customer(cluster, key, mayRunOut, diary, figures, random.split(), stop);
    }

    /** Credits and deducts now here, now there, and creates a license now and then. */
    private void sell(List<LicenseKey> toTopUp, SplittableRandom own) {
        LicenseKey account = teller.create(Duration.ZERO);
        while (stop.getCount() > 0) {
            int dice = own.nextInt(100);
            if (dice < 5) {
                account = teller.create(Duration.ofSeconds(own.nextInt(3_600)));
            } else if (dice < 7) {
                teller.credit(toTopUp.get(own.nextInt(toTopUp.size())), 500 + own.nextInt(1_500));
            } else if (dice < 70) {
                teller.credit(account, 1 + own.nextInt(100_000));
            } else {
                // There is something to take now, so this is not refused.
                teller.credit(account, 1_000);
                teller.debit(account, 1 + own.nextInt(1_000));
            }
            Clock.pause(5 + own.nextInt(20));
        }
    }

    /** Everybody finishes what was begun and begins nothing more. */
    void stop() {
        stop.countDown();
        threads.shutdown();
    }

    void awaitEnd() throws InterruptedException, ExecutionException {
        assertThat(threads.awaitTermination(1, TimeUnit.MINUTES))
                .as("the load generator has stopped")
                .isTrue();
        for (Future<?> ended : running) {
            ended.get(); // tells what broke in it
        }
    }
}
