package io.hourmeter.server.ledger;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/** Hears what one class logs. */
public final class LogCapture extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private final Logger logger;
    private final Consumer<String> lines;
    private String level = "";

    private LogCapture(Logger logger, Consumer<String> lines) {
        this.logger = logger;
        this.lines = lines;
    }

    public static LogCapture of(Class<?> logging, Consumer<String> lines) {
        LogCapture capture = new LogCapture((Logger) LoggerFactory.getLogger(logging), lines);
        capture.start();
        capture.logger.addAppender(capture);
        return capture;
    }

    @Override
    protected void append(ILoggingEvent event) {
        level = event.getLevel().toString();
        lines.accept(event.getFormattedMessage());
    }

    /** Of the last line. */
    public String level() {
        return level;
    }

    @Override
    public void close() {
        logger.detachAppender(this);
        stop();
    }
}
