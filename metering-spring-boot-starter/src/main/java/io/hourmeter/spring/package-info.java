/**
 * The auto-configuration of Hourmeter for Spring Boot. An application writes settings under {@code hourmeter.} and may
 * replace any bean; nothing here is called by it.
 */
@NullMarked
package io.hourmeter.spring;

import org.jspecify.annotations.NullMarked;
