package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RateLimitedLoggerTest {

    private final Logger log = (Logger) LoggerFactory.getLogger("rate-limited");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private long now;
    private final RateLimitedLogger limited = new RateLimitedLogger(log, Duration.ofMinutes(1), () -> now);

    @BeforeEach
    void listen() {
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        log.detachAppender(lines);
    }

    @Test
    void oneLineOfAKindInAPeriodAndTheNextCountsTheRest() {
        limited.warn("a", "first", null);
        limited.warn("a", "second", null);
        limited.error("a", "third", null);
        now += Duration.ofMinutes(1).toNanos();
        limited.warn("a", "fourth", null);

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("first", "fourth (2 more since the last such line)");
    }

    @Test
    void kindsDoNotHoldEachOtherBack() {
        limited.warn("a", "one", null);
        limited.error("b", "other", new IllegalStateException());

        assertThat(lines.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly("one", "other");
    }

    @Test
    void aClockThatRunsOverGoesOnAndTextsAreMadeForTheLinesThatGoOut() {
        log.setLevel(Level.INFO);
        now = Long.MAX_VALUE - 5;
        AtomicInteger made = new AtomicInteger();
        for (long pause : new long[] {0, 0, Duration.ofMinutes(1).toNanos() - 1, 1, 0}) {
            now += pause;
            limited.info("a", () -> "line " + made.incrementAndGet());
        }

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly("line 1", "line 2 (2 more since the last such line)");
    }

    @Test
    void aClockThatBeginsBelowZeroLogsAtOnce() {
        now = Long.MIN_VALUE + 5;
        limited.warn("a", "first", null);
        limited.warn("a", "second", null);

        assertThat(lines.list).hasSize(1);
    }
}
