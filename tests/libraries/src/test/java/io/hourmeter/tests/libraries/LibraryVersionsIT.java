package io.hourmeter.tests.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The oldest and the newest of each library work; anything older stops the start with one line. */
class LibraryVersionsIT {

    private static final ClassPath OURS = ClassPath.of("tomcat");
    private static final ClassPath LEAST = ClassPath.of("least");
    private static final ClassPath TOO_OLD = ClassPath.of("too-old");

    private static final String[] JACKSON = {"jackson-annotations", "jackson-core", "jackson-databind"};
    private static final String[] SLF4J = {"slf4j-api", "slf4j-jdk14"};
    private static final String[] JETTY = {"jetty-http", "jetty-io", "jetty-server", "jetty-util"};

    /** Applications that can be started. */
    enum Works {
        ALL_OURS(OURS),
        ALL_LEAST(LEAST),
        ALL_NEWEST(ClassPath.of("newest")),
        LEAST_JACKSON(OURS.with(LEAST, JACKSON)),
        LEAST_KOTLIN(OURS.with(LEAST, "kotlin-stdlib")),
        LEAST_CAFFEINE(OURS.with(LEAST, "caffeine")),
        LEAST_SLF4J(OURS.with(LEAST, SLF4J)),
        LEAST_GSON(OURS.with(LEAST, "gson")),
        LEAST_STRIPE(OURS.with(LEAST, "stripe-java")),
        NO_LOGGING_BACK_END(OURS.without("slf4j-jdk14"));

        private final ClassPath classPath;

        Works(ClassPath classPath) {
            this.classPath = classPath;
        }
    }

    @ParameterizedTest
    @EnumSource
    void metersAndSells(Works row, @TempDir Path folder) throws Exception {
        try (Site site = new Site(folder);
                Child host = Child.start(TomcatHost.class, row.classPath, site.settings(), "PAYMENTS")) {
            site.sells(host.port());
            site.meters(host.port());
        }
    }

    @Test
    void theLedgerInsideWorksWithTheLeast() throws Exception {
        try (Child host = Child.start(
                TomcatHost.class, LEAST, List.of("license.server.url=embedded", "usage.journal=none"), "EMBEDDED")) {
            Site.nobodyWithoutAKey(host.port());
            assertThat(Site.hello(host.port(), host.told(Told.KEY)).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void theLicenseServerWorksWithTheLeast() throws Exception {
        // Jetty needs a newer SLF4J than metering does.
        try (Child host =
                Child.start(LicenseServerHost.class, LEAST.with(OURS, SLF4J), List.of("license.server.port=0"))) {
            assertThat(host.told("left=")).isEqualTo("46800000");
            assertThat(host.exit()).as(host.output()).isZero();
        }
    }

    /**
     * A library that is too old.
     *
     * @param named what the line names
     * @param program what is started
     * @param feature what the program has besides, or nothing
     * @param artifacts the jars that are of an older release
     */
    record Refused(String named, Class<?> program, String feature, String... artifacts) {

        @Override
        public String toString() {
            return named + " of " + Arrays.toString(artifacts);
        }
    }

    static Stream<Refused> refused() {
        List<Refused> rows = new ArrayList<>();
        for (String library : List.of(
                "slf4j-api", "jackson-annotations", "jackson-core", "jackson-databind", "caffeine", "kotlin-stdlib")) {
            rows.add(new Refused(library, TomcatHost.class, "", library));
        }
        for (String library : List.of("HikariCP", "sqlite-jdbc")) {
            rows.add(new Refused(library, TomcatHost.class, "EMBEDDED", library));
        }
        rows.add(new Refused("jetty-server", LicenseServerHost.class, "", JETTY));
        return rows.stream();
    }

    @ParameterizedTest
    @MethodSource
    void refused(Refused row) throws Exception {
        ClassPath classPath = OURS.with(TOO_OLD, row.artifacts);
        String[] features = row.feature.isEmpty() ? new String[0] : new String[] {row.feature};
        try (Child host = Child.start(row.program, classPath, List.of("license.server.url=embedded"), features)) {
            assertThat(host.exit()).isNotZero();
            assertThat(host.output()).contains(tooOld(row.named, classPath));
        }
    }

    @ParameterizedTest
    @MethodSource("soldBy")
    void sellsNothingAndStillMeters(String library) throws Exception {
        ClassPath classPath = OURS.with(TOO_OLD, library);
        try (Child host = Child.start(
                TomcatHost.class,
                classPath,
                List.of("license.server.url=http://127.0.0.1:1", "usage.journal=none"),
                "PAYMENTS")) {
            assertThat(Site.get(host.port(), "/payments/packages").statusCode()).isGreaterThanOrEqualTo(400);
            assertThat(host.output()).contains(tooOld(library, classPath));
            Site.nobodyWithoutAKey(host.port());
        }
    }

    static Stream<String> soldBy() {
        return Stream.of("gson", "stripe-java");
    }

    @ParameterizedTest
    @MethodSource("needed")
    void missing(String library) throws Exception {
        try (Child host = Child.start(TomcatHost.class, OURS.without(library), List.of())) {
            assertThat(host.exit()).isNotZero();
            assertThat(host.output())
                    .contains("Hourmeter cannot start: " + library + " is missing on the class path; it needs "
                            + LEAST.version(library) + " or newer");
        }
    }

    static Stream<String> needed() {
        return Stream.of("caffeine", "kotlin-stdlib");
    }

    static String tooOld(String library, ClassPath classPath) {
        return "Hourmeter cannot start: " + library + " " + classPath.version(library) + " in "
                + classPath.jar(library).toUri().toString().replace("file:///", "file:/") + " is too old; it needs "
                + LEAST.version(library) + " or newer\n";
    }
}
