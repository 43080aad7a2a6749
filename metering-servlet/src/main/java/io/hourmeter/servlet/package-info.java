/**
 * Meters and refuses requests: {@link io.hourmeter.servlet.MeteringFilter} is the entry point, everything else serves it.
 */
@NullMarked
package io.hourmeter.servlet;

import org.jspecify.annotations.NullMarked;
