/** Applications of someone else, which bring the libraries that they like. Each runs in a JVM of its own. */
@NullMarked
package io.hourmeter.tests.libraries;

import org.jspecify.annotations.NullMarked;
