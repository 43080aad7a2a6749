package io.hourmeter.spring;

import io.hourmeter.LicenseClient;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.usage.MeteringListener;
import io.hourmeter.usage.UsageTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Settings, client and tracker, for any application: the filter, sockets, jobs and metrics share them. Spring closes them
 * in the right order, the web server first, then the tracker, which settles what is open, then the client.
 */
@AutoConfiguration
@ConditionalOnProperty(prefix = StarterSettings.PREFIX, name = "enabled", havingValue = "true", matchIfMissing = true)
class HourmeterAutoConfiguration {

    private static final Logger log = LoggerFactory.getLogger(HourmeterAutoConfiguration.class);

    @Bean
    StarterSettings hourmeterStarterSettings(ConfigurableEnvironment environment) {
        StarterSettings settings = StarterSettings.read(environment);
        for (String key : settings.withoutPrefix()) {
            log.warn("The property {} is not read by Hourmeter; here it is {}.{}", key, StarterSettings.PREFIX, key);
        }
        return settings;
    }

    @Bean
    @ConditionalOnMissingBean
    MeteringConfig meteringConfig(StarterSettings settings) {
        MeteringConfig config = settings.config();
        config.log();
        return config;
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    LicenseClient licenseClient(MeteringConfig config) {
        return LicenseClients.open(config);
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    UsageTracker usageTracker(LicenseClient client, MeteringConfig config, ObjectProvider<MeteringListener> listener) {
        return UsageTracker.builder(client, config)
                .listener(listener.getIfAvailable(() -> MeteringListener.NONE))
                .build();
    }
}
