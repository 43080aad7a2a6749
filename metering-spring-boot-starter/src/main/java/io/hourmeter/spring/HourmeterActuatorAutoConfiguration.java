package io.hourmeter.spring;

import io.hourmeter.spring.StarterSettings.Own;
import io.hourmeter.usage.UsageMetrics;
import io.hourmeter.usage.UsageTracker;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What an operator sees: meters, health, and the live sessions at {@code /actuator/hourmeter}. */
@AutoConfiguration(after = HourmeterAutoConfiguration.class)
@ConditionalOnBean({StarterSettings.class, UsageTracker.class})
class HourmeterActuatorAutoConfiguration {

    private static final String HEALTH = "management.health.hourmeter";

    /** Actuator binds it to its registry. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "io.micrometer.core.instrument.binder.MeterBinder")
    static class MetersConfiguration {

        @Bean
        @ConditionalOnMissingBean
        UsageMetrics hourmeterMetrics(UsageTracker tracker) {
            return new UsageMetrics(tracker);
        }
    }

    /** The endpoint is not exposed over HTTP unless the application says so. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(Endpoint.class)
    static class EndpointConfiguration {

        @Bean
        @ConditionalOnMissingBean
        HourmeterEndpoint hourmeterEndpoint(UsageTracker tracker) {
            return new HourmeterEndpoint(tracker);
        }
    }

    /** Spring Boot 3. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
    @ConditionalOnProperty(prefix = HEALTH, name = "enabled", havingValue = "true", matchIfMissing = true)
    static class HealthOfBoot3Configuration {

        @Bean
        @ConditionalOnMissingBean(name = "hourmeterHealthIndicator")
        org.springframework.boot.actuate.health.HealthIndicator hourmeterHealthIndicator(
                UsageTracker tracker, StarterSettings settings) {
            ServerHealth health = new ServerHealth(tracker, settings.is(Own.HEALTH_STRICT));
            return () -> {
                ServerHealth.Reading now = health.read();
                return org.springframework.boot.actuate.health.Health.status(now.status())
                        .withDetails(now.details())
                        .build();
            };
        }
    }

    /** Spring Boot 4, where the same has another name. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
    @ConditionalOnProperty(prefix = HEALTH, name = "enabled", havingValue = "true", matchIfMissing = true)
    static class HealthOfBoot4Configuration {

        @Bean
        @ConditionalOnMissingBean(name = "hourmeterHealthIndicator")
        org.springframework.boot.health.contributor.HealthIndicator hourmeterHealthIndicator(
                UsageTracker tracker, StarterSettings settings) {
            ServerHealth health = new ServerHealth(tracker, settings.is(Own.HEALTH_STRICT));
            return () -> {
                ServerHealth.Reading now = health.read();
                return org.springframework.boot.health.contributor.Health.status(now.status())
                        .withDetails(now.details())
                        .build();
            };
        }
    }
}
