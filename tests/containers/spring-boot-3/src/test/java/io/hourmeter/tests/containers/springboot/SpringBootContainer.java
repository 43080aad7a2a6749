package io.hourmeter.tests.containers.springboot;

import io.hourmeter.tests.containers.Container;
import io.hourmeter.tests.containers.Feature;
import io.hourmeter.tests.containers.WebApplication;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** A Spring Boot application with its embedded Tomcat; filters, servlets and error pages are beans. */
public final class SpringBootContainer implements Container {

    static {
        // The suite looks at the log; Spring Boot would set it up anew at each start.
        System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
    }

    @Override
    public String title() {
        return "Spring Boot " + SpringBootVersion.getVersion();
    }

    @Override
    public Optional<String> lacks(Feature feature) {
        return switch (feature) {
            case WEB_XML -> Optional.of("its embedded Tomcat reads no web.xml and no fragment");
            case REDEPLOY -> Optional.of("the application is the process");
            case THREADS -> Optional.of("its Tomcat is tried by itself");
            case HTTP2, UPGRADE, WEBSOCKET, VIRTUAL_THREADS -> Optional.empty();
        };
    }

    /** What an application that is started by {@code main} has. */
    @EnableAutoConfiguration
    static class Application {}

    @Override
    public Running start(WebApplication application) {
        if (application.folder().isPresent()) {
            throw new UnsupportedOperationException("Spring Boot deploys no folder");
        }
        Map<String, Object> settings = new HashMap<>();
        settings.put("server.address", "127.0.0.1");
        settings.put("server.port", "0");
        settings.put("server.http2.enabled", "true");
        settings.put("server.shutdown", "immediate");
        // Else every hundredth answer of a connection says "Connection: close", and answers can no longer be compared.
        settings.put("server.tomcat.max-keep-alive-requests", "-1");
        // Error answers state the time of day; so that two of them can be compared, as a word.
        settings.put("spring.jackson.date-format", "'now'");
        settings.put("server.servlet.context-path", application.contextPath());
        settings.put("spring.threads.virtual.enabled", application.virtualThreads());
        SpringApplication spring = new SpringApplication(Application.class);
        spring.setBannerMode(Banner.Mode.OFF);
        spring.setLogStartupInfo(false);
        spring.setRegisterShutdownHook(false);
        spring.setDefaultProperties(settings);
        spring.addInitializers(context -> addBeans((GenericApplicationContext) context, application));
        return new Started(spring.run());
    }

    private static void addBeans(GenericApplicationContext context, WebApplication application) {
        RegistrationBeans.of(application.setup()).addTo(context);
        context.registerBean(
                ErrorPages.class, () -> new ErrorPages(application.statusPages(), application.exceptionPages()));
    }

    private record Started(ConfigurableApplicationContext context) implements Running {

        @Override
        public int port() {
            return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        }

        @Override
        public void redeploy() {
            throw new UnsupportedOperationException("the application is the process");
        }

        @Override
        public void close() {
            context.close();
        }
    }
}
