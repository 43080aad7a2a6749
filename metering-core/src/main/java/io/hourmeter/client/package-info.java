/** Speaks to a license server. */
@NullMarked
package io.hourmeter.client;

import org.jspecify.annotations.NullMarked;
