package io.hourmeter.usage;

import io.hourmeter.LicenseRef;
import io.hourmeter.internal.FatalErrors;
import io.hourmeter.internal.RateLimitedLogger;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells notices to the log and to the listener of the application, whose exceptions change nothing. */
final class Announcer {

    private static final Logger LOG = LoggerFactory.getLogger(UsageTracker.class);

    private final MeteringListener listener;
    private final RateLimitedLogger seldom;

    Announcer(MeteringListener listener, RateLimitedLogger seldom) {
        this.listener = listener;
        this.seldom = seldom;
    }

    void announce(Notice notice) {
        try {
            log(notice);
            tell(notice);
        } catch (Throwable e) {
            FatalErrors.throwIfFatal(e);
            seldom.warn("listener", "The metering listener failed on " + notice.kind() + "; metering goes on", e);
        }
    }

    private void log(Notice notice) {
        switch (notice.kind()) {
            case EXHAUSTED -> LOG.info("The hours of license {} are used up", notice.name());
            case SERVER_LOST ->
                LOG.warn("The license server does not answer; sessions go on within what it has authorized");
            case SERVER_BACK -> LOG.info("The license server answers again");
            case REQUEST_LIMIT ->
                LOG.warn(
                        "A request of license {} has run for longer than {} ms (usage.request.limit); its time is not"
                                + " charged beyond that",
                        notice.name(),
                        notice.millis());
            case DROPPED ->
                LOG.warn(
                        "The license server does not accept a report of license {}; {} ms are not charged",
                        notice.name(),
                        notice.millis());
            case SUSPENDED ->
                LOG.warn(
                        "This machine was suspended, or its clock set ahead, by {} ms; sessions begin anew",
                        notice.millis());
            default -> LOG.debug("{} {} {}", notice.kind(), notice.name(), notice.sessionId());
        }
    }

    private void tell(Notice notice) {
        switch (notice.kind()) {
            case SERVER_LOST -> listener.serverLost();
            case SERVER_BACK -> listener.serverBack();
            case REQUEST_LIMIT, DROPPED, SUSPENDED -> {}
            default -> {
                LicenseRef license = notice.license();
                if (license != null) {
                    tell(notice, license);
                }
            }
        }
    }

    private void tell(Notice notice, LicenseRef license) {
        Duration amount = Duration.ofMillis(notice.millis());
        switch (notice.kind()) {
            case SESSION_STARTED -> listener.sessionStarted(license, notice.sessionId());
            case SESSION_ENDED -> listener.sessionEnded(license, notice.sessionId());
            case HOURS_LOW -> listener.hoursLow(license, amount);
            case EXHAUSTED -> listener.exhausted(license);
            case CREDITED -> listener.credited(license, amount);
            case OVERRUN -> listener.overrun(license, notice.sessionId());
            default -> throw new IllegalArgumentException("no notice about a license: " + notice.kind());
        }
    }
}
