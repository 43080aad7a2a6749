/** What the filter does in a servlet container, whichever it is: applications, clients and tests without a container. */
package io.hourmeter.tests.containers;
