package io.hourmeter.server.ledger;

import static io.hourmeter.server.ledger.TestLedgers.ACTOR;
import static io.hourmeter.server.ledger.TestLedgers.HOUR;
import static io.hourmeter.server.ledger.TestLedgers.create;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.CreatedLicense;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.internal.TimeSource;
import io.hourmeter.server.ledger.store.LedgerStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerProbeTest {

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong(TimeUnit.DAYS.toNanos(-1));

    @Test
    void oneTransactionASecondIsWrittenHoweverOftenItIsAsked() throws Exception {
        try (CountingStore store = new CountingStore(TestLedgers.store(folder));
                GroupCommit writer = new GroupCommit(store, 100)) {
            LedgerProbe probe = new LedgerProbe(store, writer, nanos::get);
            for (int second = 1; second <= 3; second++) {
                List<Thread> callers = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    Thread caller = new Thread(() -> {
                        for (int j = 0; j < 100; j++) {
                            probe.ask();
                        }
                    });
                    caller.start();
                    callers.add(caller);
                }
                for (Thread caller : callers) {
                    caller.join();
                }
                assertThat(probe.ask()).isEmpty();
                assertThat(store.commits.get()).isEqualTo(second);
                nanos.addAndGet(LedgerProbe.FRESH_NANOS);
            }
        }
    }

    @Test
    void aFailedCommitIsToldForASecondAndThenForgotten() throws Exception {
        try (CountingStore store = new CountingStore(TestLedgers.store(folder));
                GroupCommit writer = new GroupCommit(store, 100)) {
            LedgerProbe probe = new LedgerProbe(store, writer, nanos::get);
            store.failNextCommit = true;
            assertThat(probe.ask()).contains("the disk is gone, for a test");
            nanos.addAndGet(LedgerProbe.FRESH_NANOS - 1);
            assertThat(probe.ask()).contains("the disk is gone, for a test");
            nanos.addAndGet(1);
            assertThat(probe.ask()).isEmpty();
        }
    }

    @Test
    void aWriterThatHasEndedIsTold() throws Exception {
        try (CountingStore store = new CountingStore(TestLedgers.store(folder))) {
            GroupCommit writer = new GroupCommit(store, 100);
            writer.close();
            assertThat(new LedgerProbe(store, writer, nanos::get).ask())
                    .contains("the ledger is closed; nothing was done");
        }
    }

    @Test
    void theProbeLeavesNoTrace() {
        try (Ledger ledger = TestLedgers.open(folder, TimeSource.get())) {
            create(ledger, HOUR);
            String before = ledger.dump();
            assertThat(ledger.probe()).isEmpty();
            assertThat(ledger.dump()).isEqualTo(before);
        }
    }

    @Test
    void aFullDiskIsToldUntilThereIsRoomAgain() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"));
                LedgerStore store = TestLedgers.store(disk.path());
                GroupCommit writer = new GroupCommit(store, 100)) {
            LedgerProbe probe = new LedgerProbe(store, writer, nanos::get);
            assertThat(probe.ask()).isEmpty();
            disk.fill();
            // What the write-ahead log has of room in its last block is used up first.
            Optional<String> trouble = Optional.empty();
            for (int i = 0; i < 100 && trouble.isEmpty(); i++) {
                nanos.addAndGet(LedgerProbe.FRESH_NANOS);
                trouble = probe.ask();
            }
            assertThat(trouble).contains("the disk is full");
            disk.free();
            nanos.addAndGet(LedgerProbe.FRESH_NANOS);
            assertThat(probe.ask()).isEmpty();
        }
    }

    @Test
    void aFullDiskRefusesCallsWithTheReasonAndLosesNothing() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"))) {
            CreatedLicense created;
            int credited = 0;
            try (Ledger ledger = TestLedgers.open(disk.path(), TimeSource.get())) {
                created = create(ledger, HOUR);
                disk.fill();
                while (ledger.probe().isEmpty()) {
                    try {
                        ledger.credit(created.key(), 1, "key-" + credited, "", "", ACTOR);
                        credited++;
                    } catch (LicenseServerUnavailableException e) {
                        break;
                    }
                }
                int next = credited;
                assertThatThrownBy(() -> ledger.credit(created.key(), 1, "key-" + next, "", "", ACTOR))
                        .isInstanceOf(LicenseServerUnavailableException.class)
                        .hasMessageContaining("the disk is full");
                assertThat(ledger.license(created.key()).balance().purchasedMillis())
                        .isEqualTo(HOUR.toMillis() + credited);
                disk.free();
                ledger.credit(created.key(), 1, "key-" + credited, "", "", ACTOR);
                TestLedgers.assertConsistent(ledger);
            }
            assertThat(Files.exists(disk.path().resolve("licenses.db"))).isTrue();
        }
    }
}
