/** Values that every user of Hourmeter touches, and the port to a license server. */
@NullMarked
package io.hourmeter;

import org.jspecify.annotations.NullMarked;
