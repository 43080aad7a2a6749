package io.hourmeter.usage;

import java.time.Duration;

/**
 * A usage session that is open on this node.
 *
 * @param id the session id
 * @param license the license: its key, masked, or the id that it was named by
 * @param inFlight requests running now
 * @param active time active so far in the current lease
 * @param idle time since the last activity, zero while a request runs
 */
public record SessionInfo(String id, String license, int inFlight, Duration active, Duration idle) {}
