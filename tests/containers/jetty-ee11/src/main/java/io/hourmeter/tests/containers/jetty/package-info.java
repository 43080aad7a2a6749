/** What this environment of Jetty calls otherwise than others. */
package io.hourmeter.tests.containers.jetty;
