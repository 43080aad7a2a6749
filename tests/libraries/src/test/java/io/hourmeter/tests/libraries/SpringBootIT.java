package io.hourmeter.tests.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Applications of Spring Boot 3.0 to 4.1, with the libraries that each brings. */
class SpringBootIT {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring-boot-3.0-newer-kotlin",
                "spring-boot-3.1",
                "spring-boot-3.2",
                "spring-boot-3.3",
                "spring-boot-3.5-okhttp-4-first",
                "spring-boot-3.5-okhttp-4-last",
                "spring-boot-4.0-okhttp-5",
                "spring-boot-4.1"
            })
    void meters(String host, @TempDir Path folder) throws Exception {
        ClassPath classPath = ClassPath.of(host);
        List<String> features = new ArrayList<>();
        if (classPath.has("metering-spring-boot-starter")) {
            features.add("STARTER");
        }
        if (classPath.has("metering-stripe")) {
            features.add("PAYMENTS");
        }
        if (host.contains("okhttp")) {
            features.add("OKHTTP");
        }
        try (Site site = new Site(folder);
                Child child = Child.start(
                        SpringBootHost.class, classPath, site.settings(), features.toArray(String[]::new))) {
            if (features.contains("PAYMENTS")) {
                site.sells(child.port());
            }
            if (features.contains("OKHTTP")) {
                site.calls(child.port(), host.contains("okhttp-4") ? "okhttp-4.12.0" : "okhttp-jvm-5.5.1");
            }
            site.meters(child.port());
        }
    }

    @Test
    void refusesTheKotlinOfSpringBoot30() throws Exception {
        ClassPath classPath = ClassPath.of("spring-boot-3.0");
        try (Child child = Child.start(SpringBootHost.class, classPath, List.of())) {
            assertThat(child.exit()).isNotZero();
            assertThat(child.output())
                    .contains(
                            LibraryVersionsIT.tooOld("kotlin-stdlib", classPath).strip());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"spring-boot-3.5-okhttp-4-first", "spring-boot-4.1"})
    void onlyItsOwnScriptsRunInItsOwnDatabase(String host) throws Exception {
        Path ledger;
        try (Child child = Child.start(
                SpringBootHost.class,
                ClassPath.of(host),
                List.of(
                        "license.server.url=embedded",
                        "license.server.database=jdbc:sqlite:ledger.db",
                        "usage.journal=none"),
                "EMBEDDED",
                "DATABASE")) {
            assertThat(Site.get(child.port(), "/tables").body()).isEqualTo("CUSTOMERS flyway_schema_history");
            Site.nobodyWithoutAKey(child.port());
            assertThat(Site.hello(child.port(), child.told(Told.KEY)).statusCode())
                    .isEqualTo(200);
            ledger = child.folder().resolve("ledger.db");
            assertThat(Files.exists(ledger)).isTrue();
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + ledger);
                ResultSet tables = connection
                        .createStatement()
                        .executeQuery("SELECT lower(name) FROM sqlite_master WHERE type = 'table'")) {
            List<String> names = new ArrayList<>();
            while (tables.next()) {
                names.add(tables.getString(1));
            }
            assertThat(names).contains("license").doesNotContain("customers", "flyway_schema_history");
        }
    }
}
