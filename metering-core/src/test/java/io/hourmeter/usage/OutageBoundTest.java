package io.hourmeter.usage;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.Billing;
import io.hourmeter.OutagePolicy;
import io.hourmeter.usage.node.ModelServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** What the start of a tracker says about outages and crashes. */
class OutageBoundTest {

    private static final String HELD =
            "When the license server is away, sessions go on for up to 15 min on time that they hold already; ";

    /** What a tracker with these settings logs at INFO until it is closed. */
    private static List<String> startLines(UnaryOperator<UsageTracker.Builder> settings) {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(UsageTracker.class);
        Level before = logger.getLevel();
        logger.setLevel(Level.INFO);
        log.start();
        logger.addAppender(log);
        try {
            settings.apply(UsageTracker.builder(new ModelServer(System::currentTimeMillis)))
                    .build()
                    .close();
        } finally {
            logger.detachAppender(log);
            logger.setLevel(before);
        }
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void allowSaysOnceWhatStaysUnpaid() {
        assertThat(startLines(builder -> builder))
                .containsOnlyOnce(HELD + "then each license is served for at most 10 min more. At most so much stays"
                        + " unpaid: 10 min per license and node");
    }

    @Test
    void whereEachSessionCountsSeveralCostMore() {
        assertThat(startLines(builder -> builder.billing(Billing.SESSION).outageGrace(Duration.ofSeconds(90))))
                .containsOnlyOnce(HELD + "then each license is served for at most 90 s more. At most so much stays"
                        + " unpaid: 90 s per license and node, times its sessions that run at once (at most 1000)");
    }

    @Test
    void denyAndNoGraceCostNothing() {
        String sentence = HELD + "then requests are refused, and nothing is served unpaid";
        assertThat(startLines(builder -> builder.outagePolicy(OutagePolicy.DENY)))
                .containsOnlyOnce(sentence);
        assertThat(startLines(builder -> builder.outageGrace(Duration.ZERO))).containsOnlyOnce(sentence);
    }

    @Test
    void theStartSaysWhatACrashLoses(@TempDir Path folder) {
        assertThat(startLines(builder -> builder))
                .contains("No crash journal: a crash loses the use since the last report");
        assertThat(startLines(builder -> builder.journal(folder).journalInterval(Duration.ofSeconds(7))))
                .containsOnlyOnce("The crash journal is in " + folder
                        + "; a crash loses at most 14 s of use, which is not charged");
    }

    @ParameterizedTest
    @CsvSource({"0,0 s", "1,1 ms", "1500,1500 ms", "10000,10 s", "60000,1 min", "90000,90 s", "7200000,120 min"})
    void durationsAreInPlainUnits(long millis, String words) {
        assertThat(OutageBound.words(millis)).isEqualTo(words);
    }
}
