package io.hourmeter.config;

import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * One key of the configuration: its name, its default, what is allowed and how a text becomes a value.
 *
 * <p>Immutable. All settings are listed in {@link Settings}.
 *
 * @param <T> type of the value
 */
public final class Setting<T> {

    private final Set<Program> programs;
    private final String key;
    private final String defaultText;
    private final String allowed;
    private final boolean secret;
    private final String description;
    private final Function<String, T> parser;

    Setting(
            Set<Program> programs,
            String key,
            String defaultText,
            String allowed,
            boolean secret,
            String description,
            Function<String, T> parser) {
        this.programs = Set.copyOf(programs);
        this.key = key;
        this.defaultText = defaultText;
        this.allowed = allowed;
        this.secret = secret;
        this.description = description;
        this.parser = parser;
    }

    /**
     * Who reads it.
     *
     * @return the programs for which its value is checked
     */
    public Set<Program> programs() {
        return programs;
    }

    /**
     * The key as it stands in a properties file, for example {@code usage.check.interval}.
     *
     * @return lower case, dots between words
     */
    public String key() {
        return key;
    }

    /**
     * The same key as an environment variable, for example {@code USAGE_CHECK_INTERVAL}.
     *
     * @return upper case, underscores between words
     */
    public String environmentKey() {
        return key.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    /**
     * The default as it would stand in a file; empty where there is none.
     *
     * @return a text that {@link #parse} accepts
     */
    public String defaultText() {
        return defaultText;
    }

    /**
     * What is allowed, for an error message.
     *
     * @return for example {@code a duration of at least 1s}
     */
    public String allowed() {
        return allowed;
    }

    /**
     * Whether the value must not be shown.
     *
     * @return true for tokens and Stripe secrets
     */
    public boolean secret() {
        return secret;
    }

    /**
     * What the setting means, one sentence for the documentation.
     *
     * @return plain text
     */
    public String description() {
        return description;
    }

    /** Reads a value. Throws IllegalArgumentException when it is not allowed. */
    T parse(String text) {
        return parser.apply(text);
    }

    @Override
    public String toString() {
        return key;
    }
}
