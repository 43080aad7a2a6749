package io.hourmeter.usage;

import io.hourmeter.ErrorCode;
import java.time.Duration;
import java.util.Map;

/**
 * What a tracker does at one moment and what has happened since its start; for monitoring. An immutable snapshot.
 *
 * @param sessions sessions open on this node
 * @param requestsInFlight requests that are metered now
 * @param oldestRequest how long the oldest of them has run, zero when there is none
 * @param unacknowledgedReports leases that the license server has not acknowledged as ended, running ones included
 * @param serverLost whether the license server has stopped answering
 * @param refused requests refused since the start, by reason; reasons that did not occur are absent
 * @param unbilled time that requests ran beyond what was authorized, since the start; not charged
 * @param endlessRequests requests that ran into the limit on how long one may bill, since the start
 * @param droppedReports reports that the license server will never accept, since the start; their use is not charged
 */
public record UsageStats(
        int sessions,
        int requestsInFlight,
        Duration oldestRequest,
        int unacknowledgedReports,
        boolean serverLost,
        Map<ErrorCode, Long> refused,
        Duration unbilled,
        long endlessRequests,
        long droppedReports) {

    /** Copies the map. */
    public UsageStats {
        refused = Map.copyOf(refused);
    }
}
