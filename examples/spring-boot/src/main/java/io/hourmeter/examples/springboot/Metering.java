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
import org.springframework.core.env.Environment;

/**
 * Hourmeter as beans. The filter alone would do to meter requests; settings, client and tracker are beans too because
 * sockets, jobs and metrics use the tracker, and because Spring then closes them in the right order: web server, tracker,
 * client.
 */
@Configuration(proxyBeanMethods = false)
class Metering {

    /** Crashes must not cost the journal, and an embedded web server has a new temporary folder at each start. */
    private static final String JOURNAL = "data/journal";

    /** Settings in Spring's environment stand above those of the process, as init-params do. */
    @Bean
    MeteringConfig meteringConfig(Environment environment) {
        Map<String, String> fromSpring = new LinkedHashMap<>();
        for (Setting<?> setting : Settings.all()) {
            String value = environment.getProperty(setting.key());
            // What Spring has from the environment of the process is read there, with its own name in messages.
            if (value != null && !value.equals(System.getenv(setting.environmentKey()))) {
                fromSpring.put(setting.key(), value);
            }
        }
        return MeteringConfig.builder()
                .process()
                .byDefault(Settings.JOURNAL, JOURNAL)
                .initParams(fromSpring)
                .build();
    }

    @Bean
    LicenseClient licenseClient(MeteringConfig config) {
        return LicenseClients.open(config);
    }

    @Bean
    UsageTracker usageTracker(LicenseClient client, MeteringConfig config) {
        return config.trackerBuilder(client, null).build();
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
