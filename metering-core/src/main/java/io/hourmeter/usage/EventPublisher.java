package io.hourmeter.usage;

import io.hourmeter.LicenseRef;
import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.RateLimitedLogger;
import io.hourmeter.usage.node.TrackerEvent;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells events to the log and to the listener of the application, whose exceptions change nothing. */
final class EventPublisher {

    private static final Logger LOG = LoggerFactory.getLogger(UsageTracker.class);

    private final MeteringListener listener;
    private final RateLimitedLogger limitedLog;

    EventPublisher(MeteringListener listener, RateLimitedLogger limitedLog) {
        this.listener = listener;
        this.limitedLog = limitedLog;
    }

    void publish(TrackerEvent event) {
        try {
            log(event);
            tell(event);
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            limitedLog.warn("listener", "The metering listener failed on " + event.kind() + "; metering goes on", e);
        }
    }

    private void log(TrackerEvent event) {
        switch (event.kind()) {
            case EXHAUSTED -> LOG.info("The hours of license {} are used up", event.name());
            case SERVER_LOST ->
                LOG.warn("The license server does not answer; sessions go on within what it has authorized");
            case SERVER_BACK -> LOG.info("The license server answers again");
            case REQUEST_LIMIT ->
                LOG.warn(
                        "A request of license {} has run for longer than {} ms (usage.request.limit); its time is not"
                                + " charged beyond that",
                        event.name(),
                        event.millis());
            case DROPPED ->
                LOG.warn(
                        "The license server does not accept a report of license {}; {} ms are not charged",
                        event.name(),
                        event.millis());
            case SUSPENDED ->
                LOG.warn(
                        "This machine was suspended, or its clock set ahead, by {} ms; sessions begin anew",
                        event.millis());
            case SESSION_STARTED, SESSION_ENDED, HOURS_LOW, CREDITED, OVERRUN ->
                LOG.debug("{} {} {}", event.kind(), event.name(), event.sessionId());
        }
    }

    private void tell(TrackerEvent event) {
        switch (event.kind()) {
            case SERVER_LOST -> listener.serverLost();
            case SERVER_BACK -> listener.serverBack();
            case REQUEST_LIMIT, DROPPED, SUSPENDED -> {}
            case SESSION_STARTED, SESSION_ENDED, HOURS_LOW, EXHAUSTED, CREDITED, OVERRUN -> {
                LicenseRef license = event.license();
                if (license != null) {
                    tell(event, license);
                }
            }
        }
    }

    private void tell(TrackerEvent event, LicenseRef license) {
        Duration amount = Duration.ofMillis(event.millis());
        switch (event.kind()) {
            case SESSION_STARTED -> listener.sessionStarted(license, event.sessionId());
            case SESSION_ENDED -> listener.sessionEnded(license, event.sessionId());
            case HOURS_LOW -> listener.hoursLow(license, amount);
            case EXHAUSTED -> listener.exhausted(license);
            case CREDITED -> listener.credited(license, amount);
            case OVERRUN -> listener.overrun(license, event.sessionId());
            case SERVER_LOST, SERVER_BACK, REQUEST_LIMIT, DROPPED, SUSPENDED ->
                throw new IllegalArgumentException("no event of a license: " + event.kind());
        }
    }
}
