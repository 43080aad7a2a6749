/** What this version of Spring Boot calls otherwise than others. */
package io.hourmeter.tests.containers.springboot;
