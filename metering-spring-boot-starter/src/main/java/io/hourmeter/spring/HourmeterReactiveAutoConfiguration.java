package io.hourmeter.spring;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.spring.StarterSettings.Own;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;

/** A WebFlux application has no servlet filters: what cannot be metered does not start as if it were. */
@AutoConfiguration(after = HourmeterAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBean(StarterSettings.class)
@ConditionalOnProperty(
        prefix = StarterSettings.PREFIX,
        name = "filter.enabled",
        havingValue = "true",
        matchIfMissing = true)
class HourmeterReactiveAutoConfiguration {

    @Bean
    InitializingBean hourmeterNeedsServlets() {
        return () -> {
            throw new ConfigurationException(
                    "This is a WebFlux application, and Hourmeter meters requests with a servlet"
                            + " filter, so nothing would be metered; set " + StarterSettings.PREFIX + "."
                            + Own.FILTER_ENABLED.key()
                            + "=false and use the UsageTracker, or add spring-boot-starter-web");
        };
    }
}
