/** What this version of Spring Boot calls otherwise than others. */
package io.hourmeter.examples.containers.springboot;
