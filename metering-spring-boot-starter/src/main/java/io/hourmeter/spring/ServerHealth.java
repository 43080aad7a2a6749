package io.hourmeter.spring;

import io.hourmeter.usage.UsageStats;
import io.hourmeter.usage.UsageTracker;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The license server as an application's health tells it. While it does not answer, running sessions are served on, so
 * this is no reason to take an instance out of service unless the application says so.
 *
 * @param tracker asked each time
 * @param strict whether it is one
 */
record ServerHealth(UsageTracker tracker, boolean strict) {

    /**
     * A status by its name in Actuator, and what is known beside it; no license and no key.
     *
     * @param status UP, UNKNOWN or DOWN
     * @param details names and values
     */
    record Reading(String status, Map<String, Object> details) {}

    Reading read() {
        UsageStats stats = tracker.stats();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("licenseServer", stats.serverReachable() ? "answers" : "does not answer");
        details.put("sessions", stats.sessions());
        details.put("sessionsBeyondTheLease", stats.offlineLeases());
        Duration lag = stats.journalLag();
        if (lag != null) {
            details.put("journalLagSeconds", lag.toSeconds());
        }
        String status = stats.serverReachable() ? "UP" : strict ? "DOWN" : "UNKNOWN";
        return new Reading(status, details);
    }
}
