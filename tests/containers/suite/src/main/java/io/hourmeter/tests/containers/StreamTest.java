package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.extension.ExtendWith;

/** Long answers pass as they are written. */
@ExtendWith(RigResolver.class)
class StreamTest {

    private static final int MEBIBYTE = 1 << 20;

    private static final int DOWNLOAD_MEBIBYTES = 128;

    /** Buffers of container, system and client; far less than what a buffering filter would hold back. */
    private static final long HEAP_GROWTH_AT_MOST = 24L * MEBIBYTE;

    private final Rig rig;

    StreamTest(Rig rig) {
        this.rig = rig;
    }

    @Test
    void serverSentEventsArriveOneByOne() throws Exception {
        try (Wire wire = rig.http.wire().head("GET", Site.METERED + "/sse?events=5", "Accept: text/event-stream")) {
            assertThat(wire.readHead()).startsWith("HTTP/1.1 200").containsIgnoringCase("X-Session-ID");
            for (int event = 0; event < 5; event++) {
                // The servlet waits for the test before each event.
                wire.readUntil("data: " + event + "\n\n");
                assertThat(rig.inFlight()).isEqualTo(1);
                StreamPages.NEXT_EVENT.release();
            }
        }
        rig.assertServed(1);
    }

    @Test
    void downloadOf128MebibytesIsNotHeldInMemory(TestReporter reporter) throws Exception {
        long before = usedHeap();
        HttpResponse<InputStream> answer = rig.http.send(
                rig.http.keyed(Site.METERED + "/download?mebibytes=" + DOWNLOAD_MEBIBYTES),
                HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            body.skipNBytes(MEBIBYTE);
            // The client pauses: what the servlet has written until it blocks is somewhere.
            Patience.await(() -> false, Duration.ofMillis(500));
            long growth = usedHeap() - before;
            assertThat(rig.inFlight()).isEqualTo(1);
            assertThat(growth).isLessThan(HEAP_GROWTH_AT_MOST);
            reporter.publishEntry(MatrixListener.MEASURED, "heap grew by " + growth / 1024 + " KiB while paused");
            long rest = 0;
            byte[] buffer = new byte[1 << 16];
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                rest += read;
            }
            assertThat(rest).isEqualTo((DOWNLOAD_MEBIBYTES - 1L) * MEBIBYTE);
        }
        rig.assertServed(1);
    }

    private static long usedHeap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    @Test
    void downloadThatTheClientBreaksOffEnds() throws Exception {
        try (Wire wire = rig.http.wire().head("GET", Site.METERED + "/download?mebibytes=" + DOWNLOAD_MEBIBYTES)) {
            wire.readHead();
            wire.read(MEBIBYTE);
            assertThat(rig.inFlight()).isEqualTo(1);
            wire.reset();
        }
        rig.assertServed(1);
    }
}
