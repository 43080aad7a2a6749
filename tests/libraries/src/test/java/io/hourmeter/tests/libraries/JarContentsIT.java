package io.hourmeter.tests.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing in the jars can be taken by a host's scanner, or by a library of the host, for something of its own. */
class JarContentsIT {

    private static final Pattern OURS = Pattern.compile("io/hourmeter/.*");

    /** By name, what the owner of the name has specified; everything else would be found by somebody who looks for his own. */
    private static final Pattern SPECIFIED = Pattern.compile(String.join(
            "|",
            // Java: https://docs.oracle.com/en/java/javase/17/docs/specs/jar/jar.html
            "META-INF/MANIFEST\\.MF",
            "META-INF/services/io\\.hourmeter\\..+",
            "module-info\\.class",
            // Jakarta Servlet 8.2
            "META-INF/web-fragment\\.xml",
            // Spring Boot
            "META-INF/spring/org\\.springframework\\.boot\\.autoconfigure\\.AutoConfiguration\\.imports",
            "META-INF/spring\\.factories",
            "META-INF/spring-configuration-metadata\\.json",
            // Maven
            "META-INF/maven/io\\.hourmeter/.+",
            // by our name
            "META-INF/hourmeter-[a-z-]+\\.txt"));

    static Stream<Path> shipped() throws IOException {
        ClassPath all = ClassPath.of("tomcat");
        Path servlet = all.jar("metering-servlet");
        Path bundle = servlet.resolveSibling(servlet.getFileName().toString().replace(".jar", "-bundle.jar"));
        return Stream.of(
                all.jar("metering-core"),
                servlet,
                bundle,
                all.jar("metering-stripe"),
                all.jar("metering-server"),
                ClassPath.of("spring-boot-3.1").jar("metering-spring-boot-starter"));
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void everyEntryIsOursOrSpecified(Path jar) throws IOException {
        assertThat(Files.size(jar)).isPositive();
        List<String> strange = new ArrayList<>();
        try (JarFile entries = new JarFile(jar.toFile())) {
            entries.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(JarEntry::getName)
                    .filter(name -> !OURS.matcher(name).matches()
                            && !SPECIFIED.matcher(name).matches())
                    .forEach(strange::add);
        }
        assertThat(strange).isEmpty();
    }

    /** A relocated library that looked for a resource under its old name would find that of the host. */
    @ParameterizedTest
    @MethodSource("shipped")
    void everyServiceIsImplementedInsideItsJar(Path jar) throws IOException {
        List<String> missing = new ArrayList<>();
        try (JarFile entries = new JarFile(jar.toFile())) {
            for (JarEntry entry : (Iterable<JarEntry>) entries.stream()::iterator) {
                if (!entry.isDirectory() && entry.getName().startsWith("META-INF/services/")) {
                    try (InputStream lines = entries.getInputStream(entry)) {
                        new String(lines.readAllBytes(), StandardCharsets.UTF_8)
                                .lines()
                                .map(line -> line.replaceAll("#.*", "").strip())
                                .filter(name -> !name.isEmpty())
                                .filter(name -> entries.getEntry(name.replace('.', '/') + ".class") == null)
                                .forEach(missing::add);
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    /** What users get from a repository does not name what is inside the jar already. */
    @ParameterizedTest
    @MethodSource("shipped")
    void thePomNamesNoOkHttp(Path jar) throws IOException {
        Path pom = jar.resolveSibling(
                jar.getFileName().toString().replace("-bundle", "").replaceAll("\\.jar$", ".pom"));
        assertThat(Files.readString(pom).replaceAll("(?s)<build>.*</build>", ""))
                .doesNotContain("okhttp", "okio", "flyway");
    }
}
