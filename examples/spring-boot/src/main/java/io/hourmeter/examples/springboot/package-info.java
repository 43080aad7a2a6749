/** A Spring Boot application with filter, payments and metrics; its time outside requests is metered too. */
@NullMarked
package io.hourmeter.examples.springboot;

import org.jspecify.annotations.NullMarked;
