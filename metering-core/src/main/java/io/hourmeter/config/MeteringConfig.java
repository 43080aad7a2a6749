package io.hourmeter.config;

import io.hourmeter.internal.UsageBounds;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of one program, read and checked. A setting is looked up in this order, and the first that has it counts:
 * builder, init-param, environment, file, default. Immutable and thread-safe.
 *
 * <p>Whatever is wrong stops the start with a {@link ConfigurationException} of one line: an unknown key in the file or
 * among the init-params, a value that is not allowed, a combination that contradicts itself. The values of settings that
 * only other programs read are left alone, so that programs can share one file.
 */
public final class MeteringConfig {

    /** The journal's own folder inside a container's temporary one, where other things lie too. */
    private static final String JOURNAL_FOLDER = "hourmeter-journal";

    /** The journal's folder of a program that is in no container, in its working folder, where the next start finds it. */
    private static final String JOURNAL_WITHOUT_CONTAINER = "data/hourmeter-journal";

    private final Map<Setting<?>, SettingValue> given;
    private final List<String> remarks;
    private final List<String> warnings;
    private final Map<Setting<?>, Object> values = new ConcurrentHashMap<>();

    MeteringConfig(Map<Setting<?>, SettingValue> given, List<String> remarks, List<String> warnings) {
        this.given = Map.copyOf(given);
        this.remarks = List.copyOf(remarks);
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Reads the settings of this process: environment over file over default.
     *
     * @return the settings
     * @throws ConfigurationException with one line that names key, value, what is allowed and the nearest known key
     */
    public static MeteringConfig load() {
        return load(Map.of());
    }

    /**
     * Reads the settings of this process, with init-params above the environment.
     *
     * @param initParams keys and texts; keys as in a properties file
     * @return the settings
     * @throws ConfigurationException if anything is unknown, not allowed or contradictory
     */
    public static MeteringConfig load(Map<String, String> initParams) {
        return builder().process().initParams(initParams).build();
    }

    /**
     * Begins settings that come from nowhere but the calls on the builder.
     *
     * @return a builder that reads no file and no environment until it is told to
     */
    public static MeteringConfigBuilder builder() {
        return new MeteringConfigBuilder();
    }

    /**
     * Begins settings that are these until something else is set.
     *
     * @return a builder that reads no file and no environment until it is told to
     */
    public MeteringConfigBuilder toBuilder() {
        return new MeteringConfigBuilder().given(given, remarks);
    }

    /**
     * The value of a setting.
     *
     * @param setting which, from {@link Settings}
     * @param <T> its type
     * @return the value in effect
     * @throws ConfigurationException if it is a setting of another program, which was not checked before, and not allowed
     */
    public <T> T get(Setting<T> setting) {
        @SuppressWarnings("unchecked") // stored only here, under the setting whose own parser made it
        T value = (T) values.computeIfAbsent(setting, this::parse);
        return value;
    }

    private Object parse(Setting<?> setting) {
        SettingValue text = given(setting);
        try {
            return setting.parse(text.text());
        } catch (IllegalArgumentException e) {
            throw ConfigError.notAllowed(setting, text, e);
        }
    }

    /**
     * Where the value of a setting came from.
     *
     * @param setting which
     * @return for people: {@code default}, {@code environment variable X}, a file and its line
     */
    public String source(Setting<?> setting) {
        return given(setting).source();
    }

    /**
     * Whether somebody set it, be it to the default.
     *
     * @param setting which
     * @return false if the default of the list is in effect
     */
    public boolean isSet(Setting<?> setting) {
        return given.containsKey(setting);
    }

    SettingValue given(Setting<?> setting) {
        SettingValue set = given.get(setting);
        return set != null ? set : new SettingValue(setting.defaultText(), SettingValue.BY_DEFAULT);
    }

    /**
     * How far ahead a node may serve: {@code usage.lease}, or where that is not set the larger of 15 minutes and 3 check
     * intervals, at most 24 hours.
     *
     * @return from 10 seconds to 24 hours, at least 2 check intervals
     */
    public Duration lease() {
        return get(Settings.LEASE).orElseGet(() -> UsageBounds.usualLease(get(Settings.CHECK_INTERVAL)));
    }

    /**
     * The least hours of a custom purchase: {@code payment.minimum.hours}, or where that is not set its default or what
     * the least amount that can be paid buys, whichever is more.
     *
     * @return decimal hours
     */
    public BigDecimal minimumHours() {
        return PriceRules.minimumHours(this);
    }

    /**
     * The most hours of a custom purchase: {@code payment.maximum.hours}, or where that is not set its default or what the
     * most that can be paid at once buys, whichever is less.
     *
     * @return decimal hours
     */
    public BigDecimal maximumHours() {
        return PriceRules.maximumHours(this);
    }

    /**
     * The token for crediting: {@code payment.server.token}, or where that is not set {@code license.server.token}.
     *
     * @return empty if neither is set
     */
    public String paymentToken() {
        String own = get(Settings.PAYMENT_TOKEN);
        return own.isEmpty() ? get(Settings.SERVER_TOKEN) : own;
    }

    /**
     * The folder of the crash journal.
     *
     * @param temporaryFolder the container's temporary folder, used unless {@code usage.journal} names another; null where
     *     there is no container: {@code data/hourmeter-journal} in the working folder is used then
     * @return null for no journal
     */
    public @Nullable Path journal(@Nullable Path temporaryFolder) {
        String folder = get(Settings.JOURNAL);
        if (folder.equals("none")) {
            return null;
        }
        if (!folder.isEmpty()) {
            return Path.of(folder);
        }
        return temporaryFolder == null ? Path.of(JOURNAL_WITHOUT_CONTAINER) : temporaryFolder.resolve(JOURNAL_FOLDER);
    }

    /**
     * All settings in effect, one line each: key, value, where it came from. Of a secret stands there only whether it is
     * set, and for Stripe's keys the public prefix.
     *
     * @return in the order of the documentation
     */
    public List<String> describe() {
        return Settings.all().stream().map(this::describe).toList();
    }

    private String describe(Setting<?> setting) {
        SettingValue text = given(setting);
        return setting.key() + " = " + Masking.value(setting, text.text()) + " (" + text.source() + ")";
    }

    /**
     * What is allowed, and may yet be a mistake; empty lists are good news.
     *
     * @return one line each
     */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * Logs the settings once, a line for each: what somebody set at INFO, what is at its default at DEBUG and counted at
     * INFO, then the warnings.
     */
    public void log() {
        // Not kept: settings can be read before anybody has checked that there is a logging API.
        Logger log = LoggerFactory.getLogger(MeteringConfig.class);
        remarks.forEach(log::info);
        int defaults = 0;
        for (Setting<?> setting : Settings.all()) {
            if (isSet(setting)) {
                log.info("Setting {}", describe(setting));
            } else {
                log.debug("Setting {}", describe(setting));
                defaults++;
            }
        }
        log.info(
                "The other {} settings are at their defaults, which docs/settings.md and metering.properties.template"
                        + " list, and this logger at DEBUG",
                defaults);
        warnings.forEach(log::warn);
    }
}
