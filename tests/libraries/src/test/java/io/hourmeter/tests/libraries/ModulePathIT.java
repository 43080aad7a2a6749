package io.hourmeter.tests.libraries;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A named module of an application has the license server inside: compiled and run with the jars on the module path. */
class ModulePathIT {

    private static final String DESCRIPTOR = """
            module com.example.host {
                requires io.hourmeter.server;
                requires static org.jspecify;
            }
            """;

    @Test
    void theLicenseServerRuns(@TempDir Path folder) throws Exception {
        String modules = ClassPath.of("tomcat")
                .without("tomcat-embed-core")
                .without("tomcat-annotations-api")
                .text();
        Path descriptor = Files.writeString(folder.resolve("module-info.java"), DESCRIPTOR);
        String program = LicenseServerHost.class.getName();
        ToolProvider compiler = ToolProvider.findFirst("javac").orElseThrow();
        int compiled = compiler.run(
                System.out,
                System.err,
                "--module-path",
                modules,
                "-d",
                folder.resolve("classes").toString(),
                descriptor.toString(),
                "src/main/java/" + program.replace('.', '/') + ".java");
        assertThat(compiled).isZero();

        try (Child host = Child.start(
                List.of(
                        "--module-path",
                        folder.resolve("classes") + java.io.File.pathSeparator + modules,
                        "--module",
                        "com.example.host/" + program),
                List.of("license.server.port=0"))) {
            assertThat(host.told("left=")).isEqualTo("46800000");
            assertThat(host.exit()).as(host.output()).isZero();
        }
    }
}
