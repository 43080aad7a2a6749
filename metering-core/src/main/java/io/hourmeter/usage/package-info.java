/**
 * Meters use. {@link io.hourmeter.usage.UsageTracker} is where users begin: it answers with an
 * {@link io.hourmeter.usage.Admission}, which is {@link io.hourmeter.usage.Granted} or {@link io.hourmeter.usage.Refused},
 * and tells a {@link io.hourmeter.usage.MeteringListener} what happens.
 *
 * <p>For maintainers: {@code UsageTracker} opens the parts, {@code Engine} gives the node the time under one lock and carries
 * its messages to the license server, {@code TrackerThreads} has the threads, {@code Usage} is what {@code Granted} is. What is decided is in
 * {@code io.hourmeter.usage.node}, what survives a crash in {@code io.hourmeter.usage.journal}.
 */
@NullMarked
package io.hourmeter.usage;

import org.jspecify.annotations.NullMarked;
