package io.hourmeter.spring;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * What stands under {@code hourmeter.} in Spring's environment: the settings of Hourmeter, and a few of the starter's
 * own. Immutable and thread-safe.
 *
 * <p>An unknown name stops the start, because under this prefix nothing else can be meant.
 */
final class StarterSettings {

    static final String PREFIX = "hourmeter";

    /**
     * Behind Spring Security's filter, whose order is -100, so that a {@code LicenseKeyResolver} can ask who has logged in
     * and a refusal gets Security's CORS headers; before the application's own filters, which have the lowest order.
     */
    static final int FILTER_ORDER = -90;

    static final String PAYMENTS_PATH = "/payments/*";

    /** {@code filter.paths[0]}, one element of a YAML list, which Spring also writes as {@code filter.paths.0}. */
    private static final Pattern ELEMENT = Pattern.compile("(.*?)[.\\[](\\d+)]?");

    /** A setting of the starter itself. */
    enum Own {
        ENABLED("enabled", "true", Boolean.class, "Whether Hourmeter does anything in this application."),
        FILTER_ENABLED(
                "filter.enabled",
                "true",
                Boolean.class,
                "Whether the filter is registered; false for an application that uses the tracker alone or registers the"
                        + " filter itself."),
        FILTER_ORDER(
                "filter.order",
                String.valueOf(StarterSettings.FILTER_ORDER),
                Integer.class,
                "Order of the filter among the application's filters; after Spring Security (-100) unless set."),
        PAYMENTS_ENABLED(
                "payments.enabled",
                "true",
                Boolean.class,
                "Whether the payments servlet is registered when metering-stripe is on the class path."),
        HEALTH_STRICT(
                "health.strict",
                "false",
                Boolean.class,
                "Whether health is DOWN while the license server does not answer. It is UNKNOWN otherwise, which takes no"
                        + " instance out of service: running sessions are served on.");

        private final String key;
        private final String defaultText;
        private final Class<?> type;
        private final String description;

        Own(String key, String defaultText, Class<?> type, String description) {
            this.key = key;
            this.defaultText = defaultText;
            this.type = type;
            this.description = description;
        }

        String key() {
            return key;
        }

        String defaultText() {
            return defaultText;
        }

        Class<?> type() {
            return type;
        }

        String description() {
            return description;
        }
    }

    private final Map<Own, String> own = new LinkedHashMap<>();
    private final Map<String, String> core = new TreeMap<>();
    private final List<String> unprefixed;

    private StarterSettings(Map<String, String> given, List<String> unprefixed) {
        given.forEach(this::sort);
        this.unprefixed = List.copyOf(unprefixed);
    }

    private void sort(String name, String text) {
        for (Own setting : Own.values()) {
            if (setting.key().equals(name)) {
                own.put(setting, text.strip());
                return;
            }
        }
        core.put(name, text);
    }

    /**
     * Reads the environment.
     *
     * @param environment Spring's, with profiles and placeholders resolved
     * @throws ConfigurationException if a name or a value is not allowed
     */
    static StarterSettings read(ConfigurableEnvironment environment) {
        Map<String, String> bound = Binder.get(environment)
                .bind(PREFIX, Bindable.mapOf(String.class, String.class))
                .orElse(Map.of());
        StarterSettings settings = new StarterSettings(joined(bound), unprefixed(environment));
        settings.check();
        return settings;
    }

    /** YAML lists are joined to the comma lists that settings are. */
    private static Map<String, String> joined(Map<String, String> bound) {
        Map<String, String> joined = new TreeMap<>();
        Map<String, TreeMap<Integer, String>> lists = new TreeMap<>();
        bound.forEach((name, text) -> {
            Matcher element = ELEMENT.matcher(name);
            if (element.matches()) {
                lists.computeIfAbsent(element.group(1), key -> new TreeMap<>())
                        .put(Integer.valueOf(element.group(2)), text);
            } else {
                joined.put(name, text);
            }
        });
        lists.forEach((name, elements) -> joined.put(name, String.join(", ", elements.values())));
        return joined;
    }

    /** Names of settings without the prefix, outside of the process' environment, where they are read as elsewhere. */
    private static List<String> unprefixed(ConfigurableEnvironment environment) {
        List<String> found = new ArrayList<>();
        for (PropertySource<?> source : environment.getPropertySources()) {
            boolean variables = source.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
            if (!variables && source instanceof EnumerablePropertySource<?> listed) {
                for (Setting<?> setting : Settings.all()) {
                    if (listed.containsProperty(setting.key()) && !found.contains(setting.key())) {
                        found.add(setting.key());
                    }
                }
            }
        }
        return found;
    }

    private void check() {
        for (Own setting : Own.values()) {
            String text = text(setting);
            boolean allowed = setting.type() == Integer.class
                    ? text.matches("[+-]?\\d{1,9}")
                    : text.equals("true") || text.equals("false");
            if (!allowed) {
                throw new ConfigurationException(
                        PREFIX + "." + setting.key() + "=" + text + " is not allowed; allowed is "
                                + (setting.type() == Integer.class ? "a whole number" : "true or false"));
            }
        }
    }

    private String text(Own setting) {
        return own.getOrDefault(setting, setting.defaultText());
    }

    boolean is(Own setting) {
        return text(setting).equals("true");
    }

    int number(Own setting) {
        return Integer.parseInt(text(setting));
    }

    /**
     * The settings of Hourmeter: those under the prefix above the environment and {@code metering.properties}.
     *
     * @throws ConfigurationException if anything is unknown, not allowed or contradictory
     */
    MeteringConfig config() {
        return MeteringConfig.builder()
                .process()
                .settings("Spring property under " + PREFIX + ":", core)
                .build();
    }

    /** Settings that somebody has written without the prefix: they are not read, and others may have meant their own. */
    List<String> withoutPrefix() {
        return unprefixed;
    }
}
