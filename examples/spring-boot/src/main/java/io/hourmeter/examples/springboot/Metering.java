package io.hourmeter.examples.springboot;

import io.hourmeter.LicenseClient;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.stripe.web.PaymentsServlet;
import io.hourmeter.usage.UsageMetrics;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.DispatcherType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Hourmeter as beans. The filter alone would do to meter requests; settings, client and tracker are beans too because
 * sockets, jobs and metrics use the tracker, and because Spring then closes them in the right order: web server, tracker,
 * client.
 */
@Configuration(proxyBeanMethods = false)
class Metering {

    /** Settings among Spring's properties stand above those of the process, as init-params do. */
    @Bean
    MeteringConfig meteringConfig(ConfigurableEnvironment environment) {
        return MeteringConfig.builder()
                .process()
                .sharedSettings("Spring property", springProperties(environment))
                .build();
    }

    /** All of them, so that a misspelt setting is noticed among what is Spring's and the application's own. */
    private static Map<String, String> springProperties(ConfigurableEnvironment environment) {
        Map<String, String> properties = new LinkedHashMap<>();
        for (PropertySource<?> source : environment.getPropertySources()) {
            // What Spring has from the environment of the process is read there, with its own name in messages.
            boolean variables = source.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
            if (!variables && source instanceof EnumerablePropertySource<?> listed) {
                for (String name : listed.getPropertyNames()) {
                    properties.putIfAbsent(name, String.valueOf(listed.getProperty(name)));
                }
            }
        }
        for (Setting<?> setting : Settings.all()) {
            properties.remove(setting.key());
            String value = environment.getProperty(setting.key());
            if (value != null && !value.equals(System.getenv(setting.environmentKey()))) {
                properties.put(setting.key(), value);
            }
        }
        return properties;
    }

    @Bean
    LicenseClient licenseClient(MeteringConfig config) {
        return LicenseClients.open(config);
    }

    @Bean
    UsageTracker usageTracker(LicenseClient client, MeteringConfig config) {
        return UsageTracker.builder(client, config).build();
    }

    /** After Spring Security's filter, by default, so that a LicenseKeyResolver may ask who has logged in. */
    @Bean
    FilterRegistrationBean<MeteringFilter> meteringFilter(MeteringConfig config, UsageTracker tracker) {
        FilterRegistrationBean<MeteringFilter> filter = new FilterRegistrationBean<>(
                MeteringFilter.builder().config(config).tracker(tracker).build());
        filter.addUrlPatterns("/api/*");
        filter.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC);
        filter.setAsyncSupported(true);
        return filter;
    }

    /** Shares settings and tracker with the filter. Started at once, so that a wrong setting is seen then. */
    @Bean
    ServletRegistrationBean<PaymentsServlet> paymentsServlet() {
        ServletRegistrationBean<PaymentsServlet> payments =
                new ServletRegistrationBean<>(new PaymentsServlet(), "/payments/*");
        payments.setLoadOnStartup(1);
        return payments;
    }

    /** Actuator binds it to its registry. */
    @Bean
    UsageMetrics usageMetrics(UsageTracker tracker) {
        return new UsageMetrics(tracker);
    }
}
