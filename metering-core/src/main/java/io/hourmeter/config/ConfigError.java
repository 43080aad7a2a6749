package io.hourmeter.config;

import java.util.Locale;

/** The one line that a wrong setting stops the start with. */
final class ConfigError {

    private ConfigError() {}

    /** A known key with a value that its parser refused. */
    static ConfigurationException notAllowed(Setting<?> setting, SettingValue given, IllegalArgumentException why) {
        return new ConfigurationException(
                what(setting, given) + " is not allowed (" + why.getMessage() + "); allowed is " + setting.allowed(),
                why);
    }

    /** A key that no program of Hourmeter has. */
    static ConfigurationException unknown(String name, SettingValue given, boolean environmentNames) {
        Setting<?> nearest = NearestKey.to(name);
        boolean upper = environmentNames && name.equals(name.toUpperCase(Locale.ROOT));
        return new ConfigurationException("Unknown setting " + Masking.plain(name) + "="
                + Masking.unknown(name, nearest, given.text()) + " (" + given.source()
                + "); allowed are the keys of the settings page; the nearest known key is "
                + (upper ? nearest.environmentKey() : nearest.key()));
    }

    /** The same key a second time in one file. */
    static ConfigurationException twice(Setting<?> setting, SettingValue first, SettingValue second) {
        return new ConfigurationException(what(setting, second) + " stands there a second time, after " + first.source()
                + "; allowed is one line for " + setting.key() + " or " + setting.environmentKey());
    }

    /** Two settings that contradict each other. */
    static ConfigurationException contradiction(
            Setting<?> setting, SettingValue given, Setting<?> other, SettingValue otherGiven, String allowed) {
        return new ConfigurationException(
                what(setting, given) + " does not go with " + what(other, otherGiven) + "; allowed is " + allowed);
    }

    private static String what(Setting<?> setting, SettingValue given) {
        return setting.key() + "=" + Masking.value(setting, given.text()) + " (" + given.source() + ")";
    }
}
