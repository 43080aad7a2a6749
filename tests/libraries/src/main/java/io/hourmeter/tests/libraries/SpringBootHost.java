package io.hourmeter.tests.libraries;

import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.stripe.web.PaymentsServlet;
import jakarta.servlet.DispatcherType;
import java.util.LinkedHashSet;
import java.util.Set;
import javax.sql.DataSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A Spring Boot application, from 3.0 to 4.1 the same classes. */
public final class SpringBootHost {

    private SpringBootHost() {}

    /**
     * Starts it, tells its port, and serves until the process is ended.
     *
     * @param arguments names of {@link Feature}
     */
    public static void main(String[] arguments) {
        Set<Feature> features = Feature.of(arguments);
        if (features.contains(Feature.EMBEDDED)) {
            Told.key(FirstLicense.made());
        }
        Set<Class<?>> parts = new LinkedHashSet<>();
        parts.add(Serving.class);
        if (!features.contains(Feature.STARTER)) {
            parts.add(Metered.class);
        }
        if (features.contains(Feature.OKHTTP)) {
            parts.add(Calling.class);
        }
        if (features.contains(Feature.PAYMENTS)) {
            parts.add(Selling.class);
        }
        if (features.contains(Feature.DATABASE)) {
            parts.add(Storing.class);
        }
        ConfigurableApplicationContext context = new SpringApplication(parts.toArray(Class<?>[]::new))
                .run("--server.address=127.0.0.1", "--server.port=0", "--hourmeter.filter.paths=/api/*");
        Told.port(context.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
    }

    /** Every application has this. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Serving {

        @Bean
        ServletRegistrationBean<HelloServlet> hello() {
            return new ServletRegistrationBean<>(new HelloServlet(), "/api/hello");
        }
    }

    /** The filter as a bean, where no starter has made it one. */
    @Configuration(proxyBeanMethods = false)
    static class Metered {

        @Bean
        FilterRegistrationBean<MeteringFilter> metering() {
            var metering = new FilterRegistrationBean<>(new MeteringFilter());
            metering.addUrlPatterns("/api/*");
            metering.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC);
            return metering;
        }
    }

    /** Calls of its own. */
    @Configuration(proxyBeanMethods = false)
    static class Calling {

        @Bean
        ServletRegistrationBean<OkHttpServlet> okHttp() {
            return new ServletRegistrationBean<>(new OkHttpServlet(), "/okhttp");
        }
    }

    /** Payments. */
    @Configuration(proxyBeanMethods = false)
    static class Selling {

        @Bean
        ServletRegistrationBean<PaymentsServlet> payments() {
            var payments = new ServletRegistrationBean<>(new PaymentsServlet(), "/payments/*");
            payments.setLoadOnStartup(1);
            return payments;
        }
    }

    /** A database of its own. */
    @Configuration(proxyBeanMethods = false)
    static class Storing {

        @Bean
        ServletRegistrationBean<TablesServlet> tables(DataSource database) {
            return new ServletRegistrationBean<>(new TablesServlet(database), "/tables");
        }
    }
}
