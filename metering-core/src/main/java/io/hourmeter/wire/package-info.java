/**
 * What goes between Hourmeter's programs: for now the limits of what may be sent. For the modules of Hourmeter; may change
 * with any version.
 */
@NullMarked
package io.hourmeter.wire;

import org.jspecify.annotations.NullMarked;
