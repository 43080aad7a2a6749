package io.hourmeter.spring;

import io.hourmeter.LicenseClient;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.servlet.LicenseKeyResolver;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.spring.StarterSettings.Own;
import io.hourmeter.stripe.web.PaymentsServlet;
import io.hourmeter.usage.UsageTracker;
import jakarta.servlet.DispatcherType;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** The filter of a servlet application and, where metering-stripe is there, its payments. */
@AutoConfiguration(after = HourmeterAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBean(StarterSettings.class)
class HourmeterWebAutoConfiguration {

    /** Before filters and servlets are made: they find what is here instead of opening it a second time. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    ServletContextInitializer hourmeterServletContext(
            MeteringConfig config, LicenseClient client, UsageTracker tracker) {
        return context -> {
            context.setAttribute(MeteringFilter.CONFIG_ATTRIBUTE, config);
            context.setAttribute(MeteringFilter.CLIENT_ATTRIBUTE, client);
            context.setAttribute(MeteringFilter.TRACKER_ATTRIBUTE, tracker);
        };
    }

    @Bean
    @ConditionalOnMissingBean(value = MeteringFilter.class, parameterizedContainer = FilterRegistrationBean.class)
    @ConditionalOnProperty(
            prefix = StarterSettings.PREFIX,
            name = "filter.enabled",
            havingValue = "true",
            matchIfMissing = true)
    FilterRegistrationBean<MeteringFilter> hourmeterFilter(
            StarterSettings settings,
            MeteringConfig config,
            UsageTracker tracker,
            ObjectProvider<LicenseKeyResolver> resolver) {
        List<String> paths = config.get(Settings.FILTER_PATHS);
        if (paths.isEmpty()) {
            throw new ConfigurationException(StarterSettings.PREFIX + "." + Settings.FILTER_PATHS.key()
                    + " is not set, so nothing would be metered; name the paths that are, for example /api/*, or set "
                    + StarterSettings.PREFIX + "." + Own.FILTER_ENABLED.key()
                    + "=false for an application that uses the"
                    + " tracker alone, or " + StarterSettings.PREFIX + "." + Own.ENABLED.key() + "=false");
        }
        MeteringFilter.Builder filter = MeteringFilter.builder().config(config).tracker(tracker);
        LicenseKeyResolver own = resolver.getIfAvailable();
        if (own != null) {
            filter.resolver(own);
        }
        FilterRegistrationBean<MeteringFilter> registration = new FilterRegistrationBean<>(filter.build());
        registration.setUrlPatterns(paths);
        registration.setDispatcherTypes(
                DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC, DispatcherType.ERROR);
        registration.setAsyncSupported(true);
        registration.setOrder(settings.number(Own.FILTER_ORDER));
        return registration;
    }

    /** The page where customers see their balance and buy hours. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(PaymentsServlet.class)
    @ConditionalOnProperty(
            prefix = StarterSettings.PREFIX,
            name = "payments.enabled",
            havingValue = "true",
            matchIfMissing = true)
    static class PaymentsConfiguration {

        /** Made at the start, so that a wrong setting is seen then and a missed webhook is made up for. */
        @Bean
        @ConditionalOnMissingBean(value = PaymentsServlet.class, parameterizedContainer = ServletRegistrationBean.class)
        ServletRegistrationBean<PaymentsServlet> hourmeterPayments() {
            ServletRegistrationBean<PaymentsServlet> payments =
                    new ServletRegistrationBean<>(new PaymentsServlet(), StarterSettings.PAYMENTS_PATH);
            payments.setLoadOnStartup(1);
            return payments;
        }
    }
}
