package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/** Requests on virtual threads: the filter never holds on to the thread that carries one. */
class VirtualThreadTest {

    /** With those before fewer than the sessions that one license may have open. */
    private static final int REQUESTS = 900;

    /** Fewer than the sessions that may open at one moment; beyond those the filter answers 503. */
    private static final int AT_ONCE = 50;

    private static final String PINNED = "jdk.VirtualThreadPinned";

    @TempDir
    private Path folder;

    @Test
    void isNeverPinned(TestReporter reporter) throws Exception {
        int jdk = Runtime.version().feature();
        assumeTrue(jdk >= 21, "JDK " + jdk + " has no virtual threads");
        ProtocolTest.assumeOffered(Feature.VIRTUAL_THREADS);
        try (LicenseServerRig licenses = new LicenseServerRig()) {
            LicenseServerRig.License license = licenses.license(Duration.ofHours(1_000_000));
            Site site = Pages.addTo(new Site(licenses.config(Map.of())));
            try (Container.Running running =
                    Container.current().start(site.application().onVirtualThreads())) {
                Http http = new Http(running.port(), license.key());
                assertThat(http.metered("/thread").body()).contains("VirtualThread");
                // Classes are initialized by then, which pins on every JDK.
                send(http, AT_ONCE);
                List<RecordedEvent> pinned = record(() -> send(http, REQUESTS));
                Patience.await(() -> site.tracker().stats().requestsInFlight() == 0);
                assertThat(site.tracker().stats().requestsInFlight()).isZero();
                assertThat(site.tracker().sessions()).hasSize(1 + AT_ONCE + REQUESTS);
                reporter.publishEntry(
                        MatrixListener.MEASURED, pinned.size() + " times pinned in " + REQUESTS + " requests");
                assertThat(pinned).noneMatch(VirtualThreadTest::ours);
            }
        }
    }

    private static boolean ours(RecordedEvent event) {
        return event.getStackTrace() != null
                && event.getStackTrace().getFrames().stream()
                        .map(frame -> frame.getMethod().getType().getName())
                        .anyMatch(type -> type.startsWith("io.hourmeter.")
                                && !type.startsWith(VirtualThreadTest.class.getPackageName()));
    }

    /** What a task does. */
    private interface Task {
        void run() throws InterruptedException;
    }

    private List<RecordedEvent> record(Task task) throws Exception {
        Path file = folder.resolve("pinned.jfr");
        try (Recording recording = new Recording()) {
            recording.enable(PINNED).withThreshold(Duration.ZERO).withStackTrace();
            recording.start();
            task.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals(PINNED))
                .toList();
    }

    /** Each is a session of its own: each waits for the license server. */
    private static void send(Http http, int requests) throws InterruptedException {
        Semaphore slots = new Semaphore(AT_ONCE);
        AtomicInteger served = new AtomicInteger();
        for (int i = 0; i < requests; i++) {
            slots.acquire();
            var unused = http.later(http.keyed(Site.METERED + (i % 2 == 0 ? "/plain" : "/async/complete-elsewhere")))
                    .whenComplete((answer, failure) -> {
                        if (answer != null && answer.statusCode() == 200) {
                            served.incrementAndGet();
                        }
                        slots.release();
                    });
        }
        assertThat(slots.tryAcquire(AT_ONCE, Patience.LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(served).hasValue(requests);
    }
}
