/** The clocks of a test, found by the service loader. */
@NullMarked
package io.hourmeter.test.internal;

import org.jspecify.annotations.NullMarked;
