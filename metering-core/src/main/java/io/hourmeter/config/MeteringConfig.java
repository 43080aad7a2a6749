package io.hourmeter.config;

import java.util.Map;

/**
 * The settings of one program, read and checked. Immutable.
 */
public final class MeteringConfig {

    private MeteringConfig() {}

    /**
     * Reads the settings: environment over file over default.
     *
     * @return the settings
     * @throws ConfigurationException with one line that names key, value, what is allowed and the nearest known key
     */
    public static MeteringConfig load() {
        return load(Map.of());
    }

    /**
     * Reads the settings with init-params above the environment.
     *
     * @param initParams keys and texts, as in the file
     * @return the settings
     * @throws ConfigurationException if anything is unknown, not allowed or contradictory
     */
    public static MeteringConfig load(Map<String, String> initParams) {
        return new MeteringConfig();
    }

    /**
     * The value of a setting.
     *
     * @param setting which, from {@link Settings}
     * @param <T> its type
     * @return the value in effect
     */
    public <T> T get(Setting<T> setting) {
        return setting.parse(setting.defaultText());
    }
}
