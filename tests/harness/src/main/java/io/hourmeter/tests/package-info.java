/** For tests of whole servers: clients that hold what a server has, while others ask it as customers do. */
@org.jspecify.annotations.NullMarked
package io.hourmeter.tests;
