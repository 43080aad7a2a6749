/** The license server: runnable, embeddable, and its in-process client. */
@NullMarked
package io.hourmeter.server;

import org.jspecify.annotations.NullMarked;
