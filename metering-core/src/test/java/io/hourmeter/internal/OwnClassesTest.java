package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody writes over the jar of a process that runs. */
class OwnClassesTest {

    private static final Path CLASSES = Path.of("target", "classes");
    private static final String FIRST = "io.hourmeter.usage.UsageTracker";

    /** Needed for the first time when something ends or fails. */
    private static final List<String> LATE = List.of(
            "io.hourmeter.usage.node.Scopes$After", "io.hourmeter.internal.FatalErrors", "io.hourmeter.usage.Usage");

    @TempDir
    Path folder;

    /** Finds the product's classes in one place only, and everything else where the test finds it. */
    private static final class Deployed extends URLClassLoader {

        Deployed(URL place) {
            super(new URL[] {place}, OwnClassesTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith("io.hourmeter.")) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }

        @Override
        public URL getResource(String name) {
            return name.startsWith("io/hourmeter/") ? findResource(name) : super.getResource(name);
        }
    }

    private static List<Path> classFiles() throws IOException {
        try (Stream<Path> all = Files.walk(CLASSES)) {
            return all.filter(file -> file.toString().endsWith(".class")
                            && !file.toString().contains("module-info"))
                    .toList();
        }
    }

    private Path deploy(boolean asJar) throws IOException {
        Path place = asJar ? folder.resolve("core.jar") : Files.createDirectory(folder.resolve("classes"));
        if (asJar) {
            try (OutputStream out = Files.newOutputStream(place);
                    JarOutputStream jar = new JarOutputStream(out)) {
                for (Path file : classFiles()) {
                    jar.putNextEntry(
                            new JarEntry(CLASSES.relativize(file).toString().replace('\\', '/')));
                    Files.copy(file, jar);
                }
            }
        } else {
            for (Path file : classFiles()) {
                Path copy = place.resolve(CLASSES.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        return place;
    }

    private static void takeAway(Path place) throws IOException {
        if (Files.isDirectory(place)) {
            try (Stream<Path> all = Files.walk(place)) {
                for (Path file : all.filter(Files::isRegularFile).toList()) {
                    Files.delete(file);
                }
            }
        } else {
            Files.write(place, new byte[(int) Files.size(place)]);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void trackerHasAllItsClassesBeforeTheJarIsWrittenOver(boolean asJar) throws Exception {
        Path place = deploy(asJar);
        try (Deployed deployed = new Deployed(place.toUri().toURL())) {
            Class.forName(FIRST, true, deployed);
            takeAway(place);

            for (String late : LATE) {
                assertThat(Class.forName(late, true, deployed).getClassLoader()).isSameAs(deployed);
            }
        }
    }

    @Test
    void withoutThatWhatIsNeededLateIsMissing() throws Exception {
        Path place = deploy(false);
        try (Deployed deployed = new Deployed(place.toUri().toURL())) {
            Class.forName("io.hourmeter.LicenseKey", true, deployed);
            takeAway(place);

            assertThatThrownBy(() -> Class.forName(LATE.get(0), true, deployed))
                    .isInstanceOf(ClassNotFoundException.class);
        }
    }

    @Test
    void everyClassOfTheModuleIsLoaded() throws Exception {
        Path place = deploy(true);
        try (Deployed deployed = new Deployed(place.toUri().toURL())) {
            int loaded = OwnClasses.load(Class.forName("io.hourmeter.LicenseKey", false, deployed));

            assertThat(loaded).isEqualTo(classFiles().size());
        }
    }
}
