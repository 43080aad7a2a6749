/** Meters use: the tracker, its node core, renewals and the crash journal. */
@NullMarked
package io.hourmeter.usage;

import org.jspecify.annotations.NullMarked;
