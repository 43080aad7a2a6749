/** The crash journal. */
@NullMarked
package io.hourmeter.usage.journal;

import org.jspecify.annotations.NullMarked;
