package io.hourmeter.usage;

import io.hourmeter.ErrorCode;
import io.hourmeter.OutagePolicy;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a tracker does at one moment and what has happened since its start; for monitoring. An immutable snapshot.
 *
 * @param sessions sessions open on this node
 * @param leases leases that serve now
 * @param offlineLeases those of them that serve longer than the license server has authorized, by the outage policy
 * @param unacknowledgedReports leases that the license server has not acknowledged as ended, running ones included
 * @param requestsInFlight requests that are metered now
 * @param oldestRequest how long ago the oldest of them began, or {@link Granted#keepAlive() said} that it still runs;
 *     zero when there is none
 * @param granted requests admitted and metered since the start
 * @param unmetered requests let in since the start although metering itself failed, by the rules of
 *     {@link OutagePolicy#ALLOW}; they are reported and charged like use in an outage
 * @param refused requests refused since the start, by reason; reasons that did not occur are absent
 * @param renewals messages with reports and renewals that the license server has answered, since the start
 * @param failedRenewals messages that it has not, or not in a usable way
 * @param serverReachable whether the license server answers; false from the second failure in a row on
 * @param journalLag how old the last complete checkpoint of the crash journal is; null without a journal
 * @param unbilled time that requests ran beyond what was authorized, since the start; not charged
 * @param endlessRequests requests that ran into the limit on how long one may bill, since the start
 * @param droppedReports reports that the license server will never accept, since the start; their use is not charged
 * @param openings questions under way by which requests ask the license server for a lease
 * @param openingsWaiting those that wait for their turn, because as many are under way as may be at once
 * @param openingsRefused those that were not asked for want of room, since the start
 */
public record UsageStats(
        int sessions,
        int leases,
        int offlineLeases,
        int unacknowledgedReports,
        int requestsInFlight,
        Duration oldestRequest,
        long granted,
        long unmetered,
        Map<ErrorCode, Long> refused,
        long renewals,
        long failedRenewals,
        boolean serverReachable,
        @Nullable Duration journalLag,
        Duration unbilled,
        long endlessRequests,
        long droppedReports,
        int openings,
        int openingsWaiting,
        long openingsRefused) {

    /** Copies the map. */
    public UsageStats {
        refused = Map.copyOf(refused);
    }
}
