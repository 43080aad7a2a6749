package io.hourmeter.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.config.Settings;
import jakarta.servlet.AsyncContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.slf4j.LoggerFactory;

/**
 * The client of an open stream is gone. Containers differ in whether they tell; where one does not, the limit on how long
 * a request may bill ends it, with one warning. Which of the two it was is measured.
 */
class GoneTest {

    /** Long enough for the request to be seen in flight on a busy machine before it ends. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();
    private Rig rig;

    /**
     * A container for each test: Tomcat uses its objects again while the servlet of a broken connection may still be
     * writing, and the next request then meets the failure of that one.
     */
    @BeforeEach
    void start() throws Exception {
        rig = new Rig(Map.of(Settings.REQUEST_LIMIT, LIMIT.toSeconds() + "s"));
        rig.begin();
        // Other threads log while the test reads.
        warnings.list = new CopyOnWriteArrayList<>();
        warnings.start();
        ((Logger) LoggerFactory.getLogger("io.hourmeter.usage")).addAppender(warnings);
    }

    @AfterEach
    void stop() {
        ((Logger) LoggerFactory.getLogger("io.hourmeter.usage")).detachAppender(warnings);
        rig.close();
    }

    /** Opens a stream, breaks the connection, and tells how its billing ended. */
    private void breakOff(String path, TestReporter reporter) throws Exception {
        String session;
        long gone;
        try (Wire wire = rig.http.wire().head("GET", Site.METERED + path)) {
            String head = wire.readHead();
            session = head.replaceAll("(?is).*X-Session-ID: *(\\S+).*", "$1");
            wire.readUntil("data: ");
            assertThat(rig.inFlight()).isEqualTo(1);
            wire.reset();
            gone = System.nanoTime();
        }
        rig.assertServed(1);
        long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - gone);
        boolean endless = rig.tracker().stats().endlessRequests() > 0;
        if (endless) {
            reporter.publishEntry(
                    MatrixListener.MEASURED, "not told within " + LIMIT.toSeconds() + " s: usage.request.limit");
            assertThat(Patience.await(() -> !limitWarnings().isEmpty())).isTrue();
            assertThat(limitWarnings()).hasSize(1);
        } else {
            reporter.publishEntry(MatrixListener.MEASURED, "told after " + tookMillis + " ms");
            assertThat(limitWarnings()).isEmpty();
        }
        rig.settle(session);
        assertThat(rig.chargedMillis(session)).isLessThanOrEqualTo(LIMIT.toMillis());
    }

    private List<String> limitWarnings() {
        return List.copyOf(warnings.list).stream()
                .filter(event -> event.getLevel() == Level.WARN)
                .map(ILoggingEvent::getFormattedMessage)
                .filter(text -> text.contains("usage.request.limit"))
                .toList();
    }

    /** Ends what the container still holds of a request that it has not told of. */
    private void letGo() {
        AsyncContext async = rig.site.held.poll();
        if (async != null && rig.tracker().stats().endlessRequests() > 0) {
            async.complete();
        }
    }

    @Test
    void clientOfASilentStream(TestReporter reporter) throws Exception {
        breakOff("/stream/silent", reporter);
        letGo();
    }

    @Test
    void clientOfAStreamWhoseServletIgnoresTheFailure(TestReporter reporter) throws Exception {
        breakOff("/stream/chatty?then=nothing", reporter);
    }

    @Test
    void clientOfAStreamWhoseServletCompletes(TestReporter reporter) throws Exception {
        breakOff("/stream/chatty?then=complete", reporter);
        assertThat(rig.tracker().stats().endlessRequests()).isZero();
    }
}
