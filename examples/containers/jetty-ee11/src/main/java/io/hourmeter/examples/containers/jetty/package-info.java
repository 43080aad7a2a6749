/** What this environment of Jetty calls otherwise than others. */
package io.hourmeter.examples.containers.jetty;
