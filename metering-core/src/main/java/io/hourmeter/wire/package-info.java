/**
 * What goes between Hourmeter's programs: for now the limits of what may be sent and of the JSON that it is sent in. For the modules of Hourmeter; may change
 * with any version.
 */
@NullMarked
package io.hourmeter.wire;

import org.jspecify.annotations.NullMarked;
