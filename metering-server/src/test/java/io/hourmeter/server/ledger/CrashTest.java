package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.assertConsistent;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.CreatedLicense;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerException;
import io.hourmeter.internal.TimeSource;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed without warning loses nothing that it has acknowledged. */
class CrashTest {

    @TempDir
    Path folder;

    @Test
    void killedProcessLosesNoAcknowledgedCredit() throws Exception {
        crash(new SplittableRandom().nextLong());
    }

    @Test
    @Tag("full")
    void killedOverAndOverLosesNoAcknowledgedCredit() throws Exception {
        for (int round = 0; round < 20; round++) {
            crash(new SplittableRandom().nextLong());
        }
    }

    private void crash(long seed) throws Exception {
        LicenseKey key;
        try (Ledger ledger = TestLedgers.open(folder, TimeSource.get())) {
            CreatedLicense created = create(ledger, Duration.ZERO);
            key = created.key();
        }
        int killAfter = new SplittableRandom(seed).nextInt(200, 1_000);
        Process process = ChildJvm.start(Crediting.class, folder.toString(), key.text());
        Set<String> acknowledged = new HashSet<>();
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // A line cut short by the kill was not acknowledged.
                if (line.endsWith(".")) {
                    acknowledged.add(line.substring(0, line.length() - 1));
                }
                if (acknowledged.size() == killAfter) {
                    // By its handle: the process object would also close the pipe that is still to be drained.
                    assertThat(process.toHandle().destroyForcibly()).isTrue();
                }
            }
        }
        process.destroyForcibly();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(acknowledged).as("seed " + seed).hasSizeGreaterThanOrEqualTo(killAfter);

        try (Ledger ledger = TestLedgers.open(folder, TimeSource.get())) {
            long purchased = ledger.license(key).balance().purchasedMillis();
            assertThat(purchased).as("seed " + seed).isGreaterThanOrEqualTo(acknowledged.size());
            for (String idempotencyKey : acknowledged) {
                assertThat(ledger.credit(key, 1, idempotencyKey, "", "", ACTOR).repeated())
                        .as("acknowledged " + idempotencyKey + ", seed " + seed)
                        .isTrue();
            }
            assertThat(ledger.license(key).balance().purchasedMillis()).isEqualTo(purchased);
            assertConsistent(ledger);
        }
    }

    /** Credits one millisecond after the other from many threads, and says so each time it was acknowledged. */
    static final class Crediting {

        private static final int THREADS = 16;

        public static void main(String[] arguments) throws Exception {
            Ledger ledger = TestLedgers.open(Path.of(arguments[0]), TimeSource.get());
            LicenseKey key = LicenseKey.of(arguments[1]);
            AtomicInteger next = new AtomicInteger();
            for (int i = 0; i < THREADS; i++) {
                new Thread(() -> credit(ledger, key, next)).start();
            }
        }

        private static void credit(Ledger ledger, LicenseKey key, AtomicInteger next) {
            while (true) {
                String idempotencyKey = "key-" + next.incrementAndGet();
                try {
                    ledger.credit(key, 1, idempotencyKey, "", "", ACTOR);
                } catch (LicenseServerException e) {
                    continue;
                }
                synchronized (Crediting.class) {
                    System.out.println(idempotencyKey + ".");
                    System.out.flush();
                }
            }
        }
    }
}
