package io.hourmeter.usage.node;

/**
 * A usage session as a node has it at one moment.
 *
 * @param id the session id
 * @param license the license: its key, masked, or the id that it was named by
 * @param running requests in flight
 * @param activeMillis time active so far in the current lease
 * @param idleMillis time since the last activity, 0 while a request runs
 */
public record SessionFigures(String id, String license, int running, long activeMillis, long idleMillis) {}
