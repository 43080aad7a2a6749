package io.hourmeter.spring;

import io.hourmeter.usage.SessionInfo;
import io.hourmeter.usage.UsageStats;
import io.hourmeter.usage.UsageTracker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** {@code /actuator/hourmeter}: who uses the application now; licenses are masked. */
@Endpoint(id = "hourmeter")
class HourmeterEndpoint {

    /** More than a person reads; the count beside them is of all. */
    private static final int MOST_SESSIONS = 1_000;

    private final UsageTracker tracker;

    HourmeterEndpoint(UsageTracker tracker) {
        this.tracker = tracker;
    }

    @ReadOperation
    Map<String, Object> sessions() {
        UsageStats stats = tracker.stats();
        List<Map<String, Object>> sessions = tracker.sessions().stream()
                .limit(MOST_SESSIONS)
                .map(HourmeterEndpoint::told)
                .toList();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("licenseServerAnswers", stats.serverReachable());
        told.put("sessionCount", stats.sessions());
        told.put("requestsInFlight", stats.requestsInFlight());
        told.put("sessions", sessions);
        return told;
    }

    private static Map<String, Object> told(SessionInfo session) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("session", session.id());
        told.put("license", session.license());
        told.put("requestsInFlight", session.inFlight());
        told.put("activeMillis", session.active().toMillis());
        told.put("idleMillis", session.idle().toMillis());
        return told;
    }
}
