package io.hourmeter.tests.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What an embedding application takes on: bytes, other jars, and types that are promises. Whoever makes one larger on
 * purpose says so here.
 */
class JarBudgetIT {

    private static final String HOST = "tomcat";

    /** What the host has for itself, or what the container brings. */
    private static final List<String> OF_THE_HOST =
            List.of("tomcat-embed-core", "tomcat-annotations-api", "slf4j-jdk14", "slf4j-api");

    private static final List<String> OURS =
            List.of("metering-core", "metering-servlet", "metering-stripe", "metering-server");

    /** Of the core, the payments and the license server, in this order. A web jar would be served by the host as its own. */
    private static final List<String> BROUGHT = List.of(
            "jackson-databind",
            "jackson-annotations",
            "jackson-core",
            "caffeine",
            "kotlin-stdlib",
            "annotations",
            "jspecify",
            "stripe-java",
            "gson",
            "error_prone_annotations",
            "HikariCP",
            "sqlite-jdbc",
            "jetty-server",
            "jetty-http",
            "jetty-util",
            "jetty-io");

    @ParameterizedTest
    @CsvSource({
        // OkHttp and Okio are inside.
        "metering-core, '', 1900000",
        "metering-servlet, '', 100000",
        // Everything is inside.
        "metering-servlet, -bundle, 7600000",
        // The chart library is inside.
        "metering-stripe, '', 300000",
        "metering-server, '', 400000",
    })
    void noJarIsLargerThanAllowed(String module, String classifier, long bytes) throws IOException {
        Path jar = ClassPath.of(HOST).jar(module);
        Path shipped = jar.resolveSibling(jar.getFileName().toString().replace(".jar", classifier + ".jar"));

        assertThat(Files.size(shipped)).isBetween(bytes / 2, bytes);
    }

    @Test
    void theStarterIsSmall() throws IOException {
        assertThat(Files.size(ClassPath.of("spring-boot-3.1").jar("metering-spring-boot-starter")))
                .isBetween(20_000L, 40_000L);
    }

    @Test
    void noOtherJarsAreBroughtAlong() {
        assertThat(ClassPath.of(HOST).artifacts())
                .filteredOn(artifact -> !OF_THE_HOST.contains(artifact) && !OURS.contains(artifact))
                .containsExactlyInAnyOrderElementsOf(BROUGHT);
    }

    @ParameterizedTest
    @CsvSource({"metering-core, 60", "metering-servlet, 5", "metering-stripe, 20", "metering-server, 5"})
    void noMoreTypesArePublicThanAllowed(String module, long types) throws IOException {
        Path list = Path.of("..", "..", module, "src/test/resources/public-api.txt");
        try (Stream<String> lines = Files.lines(list)) {
            assertThat(lines.filter(line -> !line.isBlank() && !line.startsWith(" ")))
                    .isNotEmpty()
                    .hasSizeLessThanOrEqualTo((int) types);
        }
    }
}
