package io.hourmeter.tests.containers;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.hourmeter.servlet.FilterPathsListener;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.UsageTracker;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import kotlin.Unit;
import okhttp3.OkHttpClient;
import okio.Okio;

/** Unpacks {@link WarSite} with the jars that the filter needs, as a WAR would bring them. */
final class WarBuilder {

    /** One class of each jar. The logging API stays the container's, so that one set-up logs everything. */
    private static final List<Class<?>> OF_EACH_JAR = List.of(
            MeteringFilter.class,
            UsageTracker.class,
            Caffeine.class,
            Unit.class,
            ObjectMapper.class,
            JsonFactory.class,
            JsonAutoDetect.class);

    /** Part of the tracker's jar, but not of its classes as they are compiled. */
    private static final List<Class<?>> UNTIL_PACKAGED = List.of(OkHttpClient.class, Okio.class);

    private static final List<String> OWN = List.of(
            "WarSite",
            "WarSite$Page",
            "WarSite$ToIndex",
            "Sockets",
            "Sockets$Echo",
            "Sockets$EchoText",
            "Sockets$Metered",
            "Sockets$Keys");

    private final Path folder;
    private final Path classes;
    private final List<String> listeners = new ArrayList<>(List.of(WarSite.class.getName()));

    WarBuilder(Path folder) throws IOException {
        this.folder = folder;
        classes = folder.resolve("WEB-INF/classes");
        for (String name : OWN) {
            String resource = "io/hourmeter/tests/containers/" + name + ".class";
            Path target = classes.resolve(resource);
            Files.createDirectories(target.getParent());
            try (InputStream in = WarBuilder.class.getClassLoader().getResourceAsStream(resource)) {
                Files.copy(in, target);
            }
        }
        Path lib = Files.createDirectories(folder.resolve("WEB-INF/lib"));
        for (Class<?> type : OF_EACH_JAR) {
            copyJar(type, lib);
        }
        if (Files.isDirectory(source(UsageTracker.class))) {
            for (Class<?> type : UNTIL_PACKAGED) {
                copyJar(type, lib);
            }
        }
        webXml("");
    }

    private static void copyJar(Class<?> type, Path lib) throws IOException {
        Path source = source(type);
        if (Files.isRegularFile(source)) {
            Files.copy(source, lib.resolve(source.getFileName()));
        } else {
            // A module of this build that has not been packaged yet.
            pack(source, lib.resolve(type.getSimpleName() + ".jar"));
        }
    }

    private static Path source(Class<?> type) throws IOException {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    private static void pack(Path source, Path jar) throws IOException {
        try (Stream<Path> files = Files.walk(source);
                OutputStream out = Files.newOutputStream(jar);
                JarOutputStream packed = new JarOutputStream(out)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                packed.putNextEntry(new JarEntry(source.relativize(file).toString()));
                Files.copy(file, packed);
                packed.closeEntry();
            }
        }
    }

    /** Writes the settings file. */
    WarBuilder settings(String... lines) throws IOException {
        Files.write(classes.resolve("metering.properties"), List.of(lines));
        return this;
    }

    /** The application registers the filter by code. */
    WarBuilder filterByCode() throws IOException {
        Files.createFile(classes.resolve(WarSite.BY_CODE));
        return this;
    }

    /** The application has a resolver, which has the filters of web.xml go first. */
    WarBuilder resolver() throws IOException {
        Files.createFile(classes.resolve(WarSite.RESOLVER));
        return this;
    }

    /** The application has {@link Sockets} behind the filter. */
    WarBuilder sockets() throws IOException {
        Files.createFile(classes.resolve(WarSite.SOCKETS));
        return this;
    }

    /** Writes web.xml with the listener and what else there is. */
    WarBuilder webXml(String elements) throws IOException {
        Files.writeString(folder.resolve("WEB-INF/web.xml"), """
                <?xml version="1.0" encoding="UTF-8"?>
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <listener>
                    <listener-class>%s</listener-class>
                  </listener>
                  %s
                </web-app>
                """.formatted(WarSite.class.getName(), elements));
        return this;
    }

    /** Where no fragment is read the application names its listener itself. */
    WarBuilder listenerOfTheFragment() {
        listeners.add(FilterPathsListener.class.getName());
        return this;
    }

    War build() {
        return new War(folder, List.copyOf(listeners));
    }
}
