/** A web application with everything wired: filter, payments and, where the settings say so, the license server. */
@NullMarked
package io.hourmeter.examples.webapp;

import org.jspecify.annotations.NullMarked;
