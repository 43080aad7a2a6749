package io.hourmeter.usage.node;

/**
 * What a node does at one moment and what has happened since its start. An immutable snapshot.
 *
 * @param sessions sessions open
 * @param leases leases that serve now
 * @param offlineLeases those of them that serve longer than the license server has authorized
 * @param unacknowledged leases that the license server has not acknowledged as ended, running ones included
 * @param requests requests in flight
 * @param oldestRequestNanos how long ago the oldest of them began, or said that it still runs; 0 when there is none
 * @param granted requests that were ever counted in
 * @param answered messages that the license server has answered
 * @param failed messages that it has not
 * @param serverReachable whether the license server answers
 * @param unbilledMillis time that requests ran beyond what was authorized
 * @param endlessRequests requests that ran into the limit on how long one may bill
 * @param dropped leases that the license server will never accept
 * @param pendingUnderWay pending leases that the license server was asked for
 * @param pendingWaiting pending leases that wait for their turn
 * @param pendingRefused pending leases that were not asked for, for want of room
 */
public record NodeFigures(
        int sessions,
        int leases,
        int offlineLeases,
        int unacknowledged,
        int requests,
        long oldestRequestNanos,
        long granted,
        long answered,
        long failed,
        boolean serverReachable,
        long unbilledMillis,
        long endlessRequests,
        long dropped,
        int pendingUnderWay,
        int pendingWaiting,
        long pendingRefused) {}
