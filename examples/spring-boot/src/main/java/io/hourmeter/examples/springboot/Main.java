package io.hourmeter.examples.springboot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * Runs the example until SIGINT or SIGTERM. Hourmeter's settings come from where any application has them,
 * {@code metering.properties} and the environment, and may also stand in {@code application.properties} or among the
 * arguments ({@code --usage.idle.timeout=60}).
 */
@EnableScheduling
@SpringBootApplication(proxyBeanMethods = false)
public class Main {

    /** For Spring. */
    Main() {}

    /**
     * Starts the application.
     *
     * @param arguments as Spring Boot takes them
     */
    public static void main(String[] arguments) {
        SpringApplication.run(Main.class, arguments);
    }
}
