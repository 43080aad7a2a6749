package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.NewLicense;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.usage.Admission;
import io.hourmeter.usage.Granted;
import io.hourmeter.usage.UsageTracker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 150 connections of one address try random keys, each as fast as it can, against a real license server over HTTP. Every
 * customer opens a session meanwhile, at the first try and within two seconds.
 */
@Tag("full")
class FloodOfKeysTest {

    private static final int STRANGERS = 150;
    private static final String STRANGER = "203.0.113.66";
    private static final int CUSTOMERS = 25;
    private static final long SLOWEST_MILLIS = 2_000;
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    @TempDir
    private Path folder;

    private final ExecutorService threads = Executors.newFixedThreadPool(STRANGERS);
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicLong tried = new AtomicLong();
    private LicenseServer server;
    private LicenseClient client;
    private UsageTracker tracker;

    @BeforeEach
    void open() {
        server = LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .build());
        client = LicenseClients.open(MeteringConfig.builder()
                .set(Settings.SERVER_URL, server.url().toString())
                .build());
        tracker = UsageTracker.builder(client).build();
    }

    @AfterEach
    void close() throws Exception {
        done.set(true);
        threads.shutdown();
        assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        tracker.close();
        client.close();
        server.close();
    }

    private List<String> sold() {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < CUSTOMERS; i++) {
            CreatedLicense created = client.create(
                    NewLicense.of(new Customer("ann" + i + "@example.com", "", "Ann"), Duration.ofHours(1)), null);
            keys.add(created.key().text());
        }
        return keys;
    }

    private void flood() throws InterruptedException {
        SplittableRandom random = new SplittableRandom(4711);
        for (int i = 0; i < STRANGERS; i++) {
            SplittableRandom own = random.split();
            threads.execute(() -> {
                while (!done.get()) {
                    assertThat(tracker.admit(key(own), null, STRANGER)).isNotInstanceOf(Granted.class);
                    tried.incrementAndGet();
                }
            });
        }
        while (tried.get() < 10 * STRANGERS) {
            Thread.sleep(10);
        }
    }

    private static String key(SplittableRandom random) {
        StringBuilder key = new StringBuilder("RL");
        for (int i = 0; i < 24; i++) {
            key.append(i % 8 == 0 ? "-" : "").append(ALPHABET.charAt(random.nextInt(32)));
        }
        return key.toString();
    }

    private void assertServed(List<String> keys, String addressPrefix) {
        long slowest = 0;
        for (int i = 0; i < keys.size(); i++) {
            String address = addressPrefix.endsWith(".") ? addressPrefix + i : addressPrefix;
            long start = System.nanoTime();
            Admission admission = tracker.admit(keys.get(i), null, address);
            slowest = Math.max(slowest, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            assertThat(admission).as("customer %d", i).isInstanceOf(Granted.class);
            ((Granted) admission).close();
        }
        System.out.println("slowest of " + keys.size() + " openings from " + addressPrefix + " beside " + STRANGERS
                + " strangers: " + slowest + " ms; " + tried + " keys tried; " + tracker.stats());
        assertThat(slowest).isLessThan(SLOWEST_MILLIS);
    }

    @Test
    void customersOfOtherAddressesAreServed() throws Exception {
        List<String> keys = sold();
        flood();
        assertServed(keys, "192.0.2.");
    }

    @Test
    void customersBehindTheSameAddressAreServedToo() throws Exception {
        List<String> keys = sold();
        flood();
        assertServed(keys, STRANGER);
    }

    @Test
    void licensesSeenGoodAreServedWhateverTheirAddress() throws Exception {
        List<String> keys = sold();
        for (String key : keys) {
            Granted use = (Granted) tracker.admit(key);
            use.close();
            tracker.endSession(use.sessionId());
        }
        flood();
        assertServed(keys, STRANGER);
    }
}
