package io.hourmeter.config;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Gathers the sources of a {@link MeteringConfig}. Each source reads nothing until {@link #build()}. Not thread-safe. */
public final class MeteringConfigBuilder {

    /** Environment variable that names the settings file. */
    static final String FILE_VARIABLE = "METERING_CONFIG";

    /** The settings file in the working folder and on the class path. */
    static final String FILE_NAME = "metering.properties";

    /** A settings file has a few kilobytes; whatever is larger was named by mistake. */
    private static final int LARGEST_FILE = 1 << 20;

    /** More names of other programs in one file are counted only. */
    private static final int MOST_NAMES = 20;

    private final Map<Setting<?>, SettingValue> set = new LinkedHashMap<>();
    private final Map<Setting<?>, SettingValue> ownDefaults = new LinkedHashMap<>();
    private final List<String> inherited = new ArrayList<>();
    private final List<Handed> handed = new ArrayList<>();
    private Map<String, String> environment = Map.of();
    private Set<Program> programs = EnumSet.allOf(Program.class);
    private @Nullable Path file;
    private @Nullable Path workingFolder;
    private @Nullable ClassLoader classLoader;

    /**
     * Settings that the program has from a place of its own.
     *
     * @param source what one of them is called
     * @param texts keys and texts
     * @param shared whether other programs have keys there too
     */
    private record Handed(String source, Map<String, String> texts, boolean shared) {}

    MeteringConfigBuilder() {}

    /**
     * Sets a value above all other sources.
     *
     * @param setting which, from {@link Settings}
     * @param text as it would stand in a file, without comment or quotes
     * @return this
     * @throws ConfigurationException if the value is not allowed
     */
    public MeteringConfigBuilder set(Setting<?> setting, String text) {
        set.put(setting, checked(setting, text, "builder"));
        return this;
    }

    /**
     * Sets a value below all other sources: the default of this program, where it differs from that of the list.
     *
     * @param setting which, from {@link Settings}
     * @param text as it would stand in a file, without comment or quotes
     * @return this
     * @throws ConfigurationException if the value is not allowed
     */
    public MeteringConfigBuilder byDefault(Setting<?> setting, String text) {
        ownDefaults.put(setting, checked(setting, text, "default of this program"));
        return this;
    }

    /** What other settings had, with the sources they had it from and what was to be said of these. */
    MeteringConfigBuilder given(Map<Setting<?>, SettingValue> others, List<String> remarks) {
        ownDefaults.putAll(others);
        inherited.addAll(remarks);
        return this;
    }

    private static SettingValue checked(Setting<?> setting, String text, String source) {
        SettingValue given = new SettingValue(text.strip(), source);
        try {
            setting.parse(given.text());
        } catch (IllegalArgumentException e) {
            throw ConfigError.notAllowed(setting, given, e);
        }
        return given;
    }

    /**
     * The init-params of a filter or servlet.
     *
     * @param params keys as in a properties file; an unknown one stops {@link #build()}
     * @return this
     */
    public MeteringConfigBuilder initParams(Map<String, String> params) {
        return settings("init-param", params);
    }

    /**
     * Settings that a program has from a place of its own, such as its command line. They stand where init-params stand,
     * above environment and file.
     *
     * @param source what one of them is called in messages, for example {@code argument}
     * @param texts keys as in a properties file; an unknown one stops {@link #build()}
     * @return this
     */
    public MeteringConfigBuilder settings(String source, Map<String, String> texts) {
        handed.add(new Handed(source, Map.copyOf(texts), false));
        return this;
    }

    /**
     * The same from a place that other programs share, such as the properties of a framework: keys that are none of ours
     * are left alone.
     *
     * @param source what one of them is called in messages, for example {@code Spring property}
     * @param texts keys as in a properties file, and any others; one that is nearly ours stops {@link #build()}
     * @return this
     */
    public MeteringConfigBuilder sharedSettings(String source, Map<String, String> texts) {
        handed.add(new Handed(source, Map.copyOf(texts), true));
        return this;
    }

    /**
     * Environment variables. Those that are no settings are ignored; {@code METERING_CONFIG} names the file.
     *
     * @param variables names and texts
     * @return this
     */
    public MeteringConfigBuilder environment(Map<String, String> variables) {
        environment = Map.copyOf(variables);
        return this;
    }

    /**
     * The settings file, instead of the one that would be looked for.
     *
     * @param path a properties file, or one whose name says that it is a {@code .env} file, which may have lines of other
     *     programs
     * @return this
     */
    public MeteringConfigBuilder file(Path path) {
        file = path;
        return this;
    }

    /**
     * Looks for {@code metering.properties} in this folder; a relative {@code METERING_CONFIG} is resolved against it.
     *
     * @param folder usually the working folder of the process
     * @return this
     */
    public MeteringConfigBuilder workingFolder(Path folder) {
        workingFolder = folder;
        return this;
    }

    /**
     * Looks for {@code metering.properties} on this class path, when there is no file in the working folder.
     *
     * @param loader usually the application's
     * @return this
     */
    public MeteringConfigBuilder classLoader(ClassLoader loader) {
        classLoader = loader;
        return this;
    }

    /**
     * Reads what a program of its own reads: the environment of this process, its working folder and its class path, and
     * checks the settings of an {@link Program#APPLICATION} unless told otherwise.
     *
     * @return this
     */
    public MeteringConfigBuilder process() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return environment(System.getenv())
                .workingFolder(Path.of(""))
                .classLoader(context != null ? context : MeteringConfig.class.getClassLoader())
                .programs(Set.of(Program.APPLICATION));
    }

    /**
     * Whose settings are checked by {@link #build()}; all programs' unless told otherwise. An application with
     * {@code license.server.url=embedded} is a license server too.
     *
     * @param whose one or more
     * @return this
     */
    public MeteringConfigBuilder programs(Set<Program> whose) {
        programs = EnumSet.copyOf(whose);
        return this;
    }

    /**
     * Reads all sources and checks them.
     *
     * @return the settings
     * @throws ConfigurationException if anything is unknown, not allowed or contradictory
     */
    public MeteringConfig build() {
        Map<Setting<?>, SettingValue> given = new LinkedHashMap<>(ownDefaults);
        List<String> remarks = new ArrayList<>(inherited);
        List<String> warnings = new ArrayList<>();
        given.putAll(fromFile(remarks));
        given.putAll(fromEnvironment(warnings));
        handed.forEach(place -> given.putAll(from(place)));
        given.putAll(set);
        MeteringConfig config = new MeteringConfig(given, remarks, warnings);
        Set<Program> checked = EnumSet.copyOf(programs);
        if (checked.contains(Program.APPLICATION)
                && config.get(Settings.SERVER_URL).equals("embedded")) {
            checked.add(Program.LICENSE_SERVER);
        }
        for (Setting<?> setting : Settings.all()) {
            if (!Collections.disjoint(checked, setting.programs())) {
                config.get(setting);
            }
        }
        if (checked.contains(Program.APPLICATION)) {
            CrossFieldRules.check(config);
            remarks.addAll(PriceRules.remarks(config));
            remarks.addAll(CrossFieldRules.remarks(config));
            warnings.addAll(CrossFieldRules.warnings(config));
        }
        return new MeteringConfig(given, remarks.stream().distinct().toList(), warnings);
    }

    private static Map<Setting<?>, SettingValue> from(Handed place) {
        Map<Setting<?>, SettingValue> given = new LinkedHashMap<>();
        place.texts().forEach((name, raw) -> {
            SettingValue text = new SettingValue(SettingsFile.looseValue(raw), place.source() + " " + name);
            Setting<?> setting = Settings.byKey(name);
            if (setting != null) {
                given.put(setting, text);
            } else if (!place.shared() || NearestKey.isNearly(name)) {
                throw ConfigError.unknown(name, text, false);
            }
        });
        return given;
    }

    private Map<Setting<?>, SettingValue> fromEnvironment(List<String> warnings) {
        Map<Setting<?>, SettingValue> given = new LinkedHashMap<>();
        for (Setting<?> setting : Settings.all()) {
            String raw = environment.get(setting.environmentKey());
            if (raw == null) {
                continue;
            }
            String source = "environment variable " + setting.environmentKey();
            if (isServiceLink(setting, raw)) {
                warnings.add(source + " is ignored: a cluster set it to the address of a service of the same name");
            } else {
                given.put(setting, new SettingValue(SettingsFile.looseValue(raw), source));
            }
        }
        return given;
    }

    /** Clusters announce a service named license-server to every container as LICENSE_SERVER_PORT=tcp://10.0.0.1:5001. */
    private static boolean isServiceLink(Setting<?> setting, String raw) {
        return setting == Settings.LICENSE_SERVER_PORT && raw.startsWith("tcp://");
    }

    private Map<Setting<?>, SettingValue> fromFile(List<String> remarks) {
        String named = SettingsFile.looseValue(environment.getOrDefault(FILE_VARIABLE, ""));
        if (file != null) {
            return read(file, file.toString(), remarks);
        }
        if (!named.isEmpty()) {
            Path path = workingFolder == null ? Path.of(named) : workingFolder.resolve(named);
            return read(path, named + " (named by " + FILE_VARIABLE + ")", remarks);
        }
        if (workingFolder != null && Files.exists(workingFolder.resolve(FILE_NAME))) {
            Path path = workingFolder.resolve(FILE_NAME);
            return read(path, path.toString(), remarks);
        }
        URL resource = classLoader == null ? null : classLoader.getResource(FILE_NAME);
        if (resource != null) {
            return read(resource, remarks);
        }
        if (workingFolder != null || classLoader != null) {
            remarks.add("No settings file: neither " + FILE_VARIABLE + " nor " + FILE_NAME
                    + " in the working folder or on the class path; environment and defaults are in effect");
        }
        return Map.of();
    }

    private static Map<Setting<?>, SettingValue> read(Path path, String name, List<String> remarks) {
        try (InputStream in = Files.newInputStream(path)) {
            return parse(in, String.valueOf(path.getFileName()), name, remarks);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private static Map<Setting<?>, SettingValue> read(URL resource, List<String> remarks) {
        try (InputStream in = resource.openStream()) {
            return parse(in, FILE_NAME, FILE_NAME + " on the class path", remarks);
        } catch (IOException e) {
            throw unreadable(FILE_NAME + " on the class path", e);
        }
    }

    private static ConfigurationException unreadable(String name, IOException cause) {
        String why = cause instanceof NoSuchFileException
                ? "there is no such file"
                : cause instanceof AccessDeniedException ? "no permission" : Masking.plain(cause.toString());
        return new ConfigurationException("Settings file " + name + " cannot be read: " + why, cause);
    }

    private static Map<Setting<?>, SettingValue> parse(
            InputStream in, String fileName, String name, List<String> remarks) throws IOException {
        byte[] bytes = in.readNBytes(LARGEST_FILE + 1);
        if (bytes.length > LARGEST_FILE) {
            throw new ConfigurationException("Settings file " + name + " is larger than 1 MiB");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ConfigurationException("Settings file " + name + " is not UTF-8", e);
        }
        Map<Setting<?>, SettingValue> given = new LinkedHashMap<>();
        SettingsFile file = SettingsFile.read(text, SettingsFile.formOf(fileName), name);
        if (!file.leftAlone().isEmpty()) {
            remarks.add("Settings file " + name + ": left to other programs are " + shown(file.leftAlone()));
        }
        for (SettingsFile.Entry entry : file.entries()) {
            SettingValue line = new SettingValue(entry.value(), name + " line " + entry.line());
            Setting<?> setting = Settings.byEitherName(entry.name());
            if (setting == null) {
                throw ConfigError.unknown(entry.name(), line, true);
            }
            SettingValue earlier = given.put(setting, line);
            if (earlier != null) {
                throw ConfigError.twice(setting, earlier, line);
            }
        }
        return given;
    }

    /** Names, so that a setting among them is found whose key nobody recognised. */
    private static String shown(List<String> names) {
        String shown = names.stream().limit(MOST_NAMES).map(Masking::plain).collect(Collectors.joining(", "));
        return names.size() <= MOST_NAMES ? shown : shown + " and " + (names.size() - MOST_NAMES) + " more";
    }
}
