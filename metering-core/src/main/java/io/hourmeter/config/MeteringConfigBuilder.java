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
import org.jspecify.annotations.Nullable;

/** Gathers the sources of a {@link MeteringConfig}. Each source reads nothing until {@link #build()}. Not thread-safe. */
public final class MeteringConfigBuilder {

    /** Environment variable that names the settings file. */
    static final String FILE_VARIABLE = "METERING_CONFIG";

    /** The settings file in the working folder and on the class path. */
    static final String FILE_NAME = "metering.properties";

    /** A settings file has a few kilobytes; whatever is larger was named by mistake. */
    private static final int LARGEST_FILE = 1 << 20;

    private final Map<Setting<?>, Given> set = new LinkedHashMap<>();
    private final Map<Setting<?>, Given> ownDefaults = new LinkedHashMap<>();
    private Map<String, String> initParams = Map.of();
    private Map<String, String> environment = Map.of();
    private Set<Program> programs = EnumSet.allOf(Program.class);
    private @Nullable Path file;
    private @Nullable Path workingFolder;
    private @Nullable ClassLoader classLoader;

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

    /** What other settings had, with the sources they had it from. */
    MeteringConfigBuilder given(Map<Setting<?>, Given> others) {
        ownDefaults.putAll(others);
        return this;
    }

    private static Given checked(Setting<?> setting, String text, String source) {
        Given given = new Given(text.strip(), source);
        try {
            setting.parse(given.text());
        } catch (IllegalArgumentException e) {
            throw Complaint.notAllowed(setting, given, e);
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
        initParams = Map.copyOf(params);
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
     * @param path a properties file, or one whose name says that it is a {@code .env} file
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
        Map<Setting<?>, Given> given = new LinkedHashMap<>(ownDefaults);
        List<String> notes = new ArrayList<>();
        given.putAll(fromFile(notes));
        given.putAll(fromEnvironment(notes));
        given.putAll(fromInitParams());
        given.putAll(set);
        MeteringConfig config = new MeteringConfig(given, notes);
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
            Combinations.check(config);
            notes.addAll(Combinations.warnings(config));
        }
        return new MeteringConfig(given, notes);
    }

    private Map<Setting<?>, Given> fromInitParams() {
        Map<Setting<?>, Given> given = new LinkedHashMap<>();
        initParams.forEach((name, raw) -> {
            Given text = new Given(SettingsFile.looseValue(raw), "init-param " + name);
            Setting<?> setting = Settings.byKey(name);
            if (setting == null) {
                throw Complaint.unknown(name, text, false);
            }
            given.put(setting, text);
        });
        return given;
    }

    private Map<Setting<?>, Given> fromEnvironment(List<String> notes) {
        Map<Setting<?>, Given> given = new LinkedHashMap<>();
        for (Setting<?> setting : Settings.all()) {
            String raw = environment.get(setting.environmentKey());
            if (raw == null) {
                continue;
            }
            String source = "environment variable " + setting.environmentKey();
            if (isServiceLink(setting, raw)) {
                notes.add(source + " is ignored: a cluster set it to the address of a service of the same name");
            } else {
                given.put(setting, new Given(SettingsFile.looseValue(raw), source));
            }
        }
        return given;
    }

    /** Clusters announce a service named license-server to every container as LICENSE_SERVER_PORT=tcp://10.0.0.1:5001. */
    private static boolean isServiceLink(Setting<?> setting, String raw) {
        return setting == Settings.LICENSE_SERVER_PORT && raw.startsWith("tcp://");
    }

    private Map<Setting<?>, Given> fromFile(List<String> notes) {
        String named = SettingsFile.looseValue(environment.getOrDefault(FILE_VARIABLE, ""));
        if (file != null) {
            return read(file, file.toString());
        }
        if (!named.isEmpty()) {
            Path path = workingFolder == null ? Path.of(named) : workingFolder.resolve(named);
            return read(path, named + " (named by " + FILE_VARIABLE + ")");
        }
        if (workingFolder != null && Files.exists(workingFolder.resolve(FILE_NAME))) {
            Path path = workingFolder.resolve(FILE_NAME);
            return read(path, path.toString());
        }
        URL resource = classLoader == null ? null : classLoader.getResource(FILE_NAME);
        if (resource != null) {
            return read(resource);
        }
        if (workingFolder != null || classLoader != null) {
            notes.add("No settings file: neither " + FILE_VARIABLE + " nor " + FILE_NAME
                    + " in the working folder or on the class path; environment and defaults are in effect");
        }
        return Map.of();
    }

    private static Map<Setting<?>, Given> read(Path path, String name) {
        try (InputStream in = Files.newInputStream(path)) {
            return parse(in, String.valueOf(path.getFileName()), name);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private static Map<Setting<?>, Given> read(URL resource) {
        try (InputStream in = resource.openStream()) {
            return parse(in, FILE_NAME, FILE_NAME + " on the class path");
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

    private static Map<Setting<?>, Given> parse(InputStream in, String fileName, String name) throws IOException {
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
        Map<Setting<?>, Given> given = new LinkedHashMap<>();
        for (SettingsFile.Entry entry : SettingsFile.parse(text, SettingsFile.formOf(fileName), name)) {
            Given line = new Given(entry.value(), name + " line " + entry.line());
            Setting<?> setting = Settings.byEitherName(entry.name());
            if (setting == null) {
                throw Complaint.unknown(entry.name(), line, true);
            }
            Given earlier = given.put(setting, line);
            if (earlier != null) {
                throw Complaint.twice(setting, earlier, line);
            }
        }
        return given;
    }
}
