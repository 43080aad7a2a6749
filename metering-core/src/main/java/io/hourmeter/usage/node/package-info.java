/**
 * What a node decides: the rules of sessions and leases as {@code docs/protocol.md} has them under "The node". Each call is
 * given the present; nothing in here reads a clock, starts a thread, logs, or reads and writes anything outside. So the same
 * code runs in an application and in a simulation with a seed. Not exported.
 *
 * <p>In this order it is read best:
 *
 * <ol>
 *   <li>{@link io.hourmeter.usage.node.NodeCore} is the door: every call a tracker makes under its lock, and what it picks
 *       up afterwards: {@link io.hourmeter.usage.node.PendingLease}, {@link io.hourmeter.usage.node.SyncRequest},
 *       {@link io.hourmeter.usage.node.TrackerEvent}, {@link io.hourmeter.usage.node.LeaseRecord}.
 *   <li>{@link io.hourmeter.usage.node.HotSessions}, {@link io.hourmeter.usage.node.ActiveSession} and
 *       {@link io.hourmeter.usage.node.RunningRequest}: the only things that requests touch without that lock.
 *       {@code ActiveSession} has the table of all fields that both sides touch, and why that is safe.
 *   <li>{@code Scopes}: licenses, sessions, leases, and the table of their states and legal moves.
 *   <li>{@code Arrivals}, {@code AnswerRules}, {@code Housekeeper}: what a request, an answer and time bring about.
 *   <li>{@code PendingLeases}, {@code Dispatch}, {@code ServerContact}: whose turn it is, what is sent when.
 *   <li>{@code Outage}, {@code FallbackLeases}, {@code Refusals}: without the license server, without metering, and what
 *       was refused.
 * </ol>
 */
@NullMarked
package io.hourmeter.usage.node;

import org.jspecify.annotations.NullMarked;
