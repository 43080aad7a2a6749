/** Settings: one list of keys, read from file, environment and init-params. */
@NullMarked
package io.hourmeter.config;

import org.jspecify.annotations.NullMarked;
