package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The runnable jar as a process of its own, as an operator starts it. */
@Tag("full")
@Timeout(90)
class LicenseServerJarIT {

    private static final Path JAR = Path.of("target", "license-server.jar").toAbsolutePath();
    private static final Pattern ADDRESS = Pattern.compile("listens on http://127\\.0\\.0\\.1:(\\d+)");

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    /** A running process; the lines it has written so far are kept. */
    private record Running(Process process, BufferedReader out, int port) {}

    @Test
    void whatWasAcknowledgedIsThereAfterARestart() throws Exception {
        Running first = serve();
        String created = post(first.port(), "/api/licenses", "{\"email\":\"ann@example.com\",\"hours\":10}");
        Matcher key = Pattern.compile("\"key\":\"([^\"]+)\"").matcher(created);
        assertThat(key.find()).as(created).isTrue();
        post(first.port(), "/api/licenses/" + key.group(1) + "/hours", "{\"hours\":4.5}");
        long start = System.nanoTime();
        first.process().destroy(); // SIGTERM
        assertThat(first.process().waitFor(10, TimeUnit.SECONDS))
                .as("ended within 10 s")
                .isTrue();
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)).isLessThan(10);
        assertThat(rest(first))
                .contains("License server closed")
                .doesNotContain("ERROR")
                .doesNotContain(key.group(1));

        Running second = serve();
        try {
            assertThat(get(second.port(), "/api/licenses/" + key.group(1) + "/hours"))
                    .contains("\"hours_remaining\":14.5,");
        } finally {
            second.process().destroyForcibly().waitFor();
        }
    }

    @Test
    void aBusyPortIsOneLineAndExitCodeTwo() throws Exception {
        Running first = serve();
        try {
            Process second = start(Map.of(
                    "LICENSE_SERVER_PORT",
                    String.valueOf(first.port()),
                    "LICENSE_SERVER_DATABASE",
                    "jdbc:sqlite:" + folder.resolve("other.db")));
            String errors = errorsOf(second);
            assertThat(second.exitValue()).isEqualTo(2);
            assertThat(errors.lines()).hasSize(1);
            assertThat(errors).contains("license.server.port=" + first.port()).contains("in use");
        } finally {
            first.process().destroyForcibly().waitFor();
        }
    }

    @Test
    void aWrongSettingIsOneLineAndExitCodeTwo() throws Exception {
        Process process = start(Map.of("LICENSE_SERVER_HOST", "0.0.0.0"));
        String errors = errorsOf(process);
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(errors.lines()).hasSize(1);
        assertThat(errors).contains("license.server.host=0.0.0.0").contains("license.server.tokens.admin");

        Files.writeString(folder.resolve("metering.properties"), "license.server.prot=5001\n");
        Process misspelt = start(Map.of());
        String line = errorsOf(misspelt);
        assertThat(misspelt.exitValue()).isEqualTo(2);
        assertThat(line.lines()).hasSize(1);
        assertThat(line).contains("license.server.prot").contains("license.server.port");
    }

    @Test
    void theStartTellsTheSettingsWithSecretsMasked() throws Exception {
        Process process = start(Map.of("LICENSE_SERVER_PORT", "0", "LICENSE_SERVER_TOKENS_ADMIN", "very-secret-token"));
        Running running = awaitAddress(process);
        running.process().destroy();
        assertThat(running.process().waitFor(10, TimeUnit.SECONDS)).isTrue();
        String log = Files.readString(folder.resolve("server.out"));
        assertThat(log).contains("license.server.tokens.admin").doesNotContain("very-secret-token");
    }

    @Test
    void anAuditRunsBesideTheServerAndTellsOneMillisecond() throws Exception {
        Running server = serve();
        post(server.port(), "/api/licenses", "{\"email\":\"ann@example.com\",\"hours\":10}");
        try {
            assertThat(audit(Map.of()).exitValue()).isZero();
            assertThat(Files.readString(folder.resolve("audit.out")))
                    .matches("licenses 1, leases 0, entries 1, differences 0, seconds \\d+\\.\\d{3}\\R");
        } finally {
            // Without a chance to tidy up: what is in the write-ahead log alone is audited too.
            server.process().destroyForcibly().waitFor();
        }
        assertThat(audit(Map.of()).exitValue()).isZero();

        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("data/licenses.db"));
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE license SET credited = credited + 1");
        }
        assertThat(audit(Map.of()).exitValue()).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("audit.out")))
                .matches("lic_\\w+ credited, by purchases, grants and adjustments: expected 36000000 ms,"
                        + " found 36000001 ms, difference \\+1 ms\\Rlicenses 1, .* differences 1, .*\\R");
    }

    @Test
    void anAuditThatCannotBeDoneIsOneLineAndExitCodeTwo() throws Exception {
        Process missing = audit(Map.of("LICENSE_SERVER_DATABASE", "jdbc:sqlite:" + folder.resolve("none/l.db")));
        assertThat(missing.exitValue()).isEqualTo(2);
        assertThat(Files.readString(folder.resolve("audit.err")).lines())
                .singleElement()
                .asString()
                .contains("there is no ledger")
                .contains("none/l.db");
        assertThat(folder.resolve("none")).doesNotExist();
        assertThat(audit(Map.of(), "--no-such-option").exitValue()).isEqualTo(2);
    }

    @Test
    void anEmptyLedgerIsToldToBeEmpty() throws Exception {
        serve().process().destroyForcibly().waitFor();
        assertThat(audit(Map.of()).exitValue()).isZero();
        assertThat(Files.readAllLines(folder.resolve("audit.out")).get(0))
                .isEqualTo("the ledger is empty: there is no license in it");
        assertThat(audit(Map.of(), "--json").exitValue()).isZero();
        assertThat(Files.readString(folder.resolve("audit.out")))
                .startsWith("{\"licenses\":0,\"leases\":0,\"entries\":0,\"differences\":[],\"seconds\":0.");
    }

    @Test
    void aBackupIsMadeBesideTheServerAndRestored() throws Exception {
        Running server = serve();
        String created = post(server.port(), "/api/licenses", "{\"email\":\"ann@example.com\",\"hours\":10}");
        Matcher key = Pattern.compile("\"key\":\"([^\"]+)\"").matcher(created);
        assertThat(key.find()).as(created).isTrue();
        Path backup = folder.resolve("licenses.backup");
        Process made = start("backup", Map.of(), List.of("backup", backup.toString(), "--json"));
        assertThat(errorsOf(made, "backup")).isEmpty();
        assertThat(made.exitValue()).isZero();
        assertThat(Files.readString(folder.resolve("backup.out")))
                .isEqualToIgnoringNewLines(
                        "{\"licenses\":1,\"leases\":0,\"entries\":1,\"differences\":[],\"backup\":\"" + backup + "\"}");
        post(server.port(), "/api/licenses/" + key.group(1) + "/hours", "{\"hours\":5}");

        Process busy = start("restore", Map.of(), List.of("restore", backup.toString(), "--keep"));
        assertThat(errorsOf(busy, "restore").lines()).singleElement().asString().contains("in use by another process");
        assertThat(busy.exitValue()).isEqualTo(2);
        server.process().destroyForcibly().waitFor();

        Process restored = start("restore", Map.of(), List.of("restore", backup.toString(), "--keep"));
        assertThat(errorsOf(restored, "restore")).isEmpty();
        assertThat(restored.exitValue()).isZero();
        assertThat(Files.readString(folder.resolve("restore.out")))
                .startsWith("licenses 1, leases 0, entries 1, differences 0, restored " + backup + ", kept "
                        + folder.resolve("data/licenses.db.replaced-"));
        Running again = serve();
        assertThat(get(again.port(), "/api/licenses/" + key.group(1) + "/hours"))
                .contains("\"hours_remaining\":10,");
    }

    private Process audit(Map<String, String> environment, String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("audit"));
        arguments.addAll(List.of(options));
        Process process = start("audit", environment, arguments);
        errorsOf(process, "audit");
        return process;
    }

    @Test
    void helpAndVersionAreToldWithoutServing() throws Exception {
        assertThat(outputOf("--help")).contains("serve").contains("METERING_CONFIG");
        assertThat(outputOf("--version")).startsWith("license-server ").doesNotContain("not built");
    }

    @Test
    void theLibraryJarHasNoCommandsOrLoggingOfOthers() throws Exception {
        try (var jars = Files.newDirectoryStream(Path.of("target"), "metering-server-*.jar")) {
            for (Path jar : jars) {
                try (JarFile file = new JarFile(jar.toFile())) {
                    assertThat(file.stream().map(entry -> entry.getName()))
                            .noneMatch(name -> name.startsWith("picocli/") || name.startsWith("ch/qos/"))
                            .doesNotContain("logback.xml");
                }
            }
        }
    }

    private Running serve() throws Exception {
        return awaitAddress(start(Map.of("LICENSE_SERVER_PORT", "0")));
    }

    private Process start(Map<String, String> environment, String... arguments) throws IOException {
        return start("server", environment, List.of(arguments));
    }

    private Process start(String name, Map<String, String> environment, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx256m");
        command.add("-jar");
        command.add(JAR.toString());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(folder.resolve(name + ".err").toFile());
        builder.environment().keySet().removeIf(key -> key.startsWith("LICENSE_") || key.startsWith("METERING_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private Running awaitAddress(Process process) throws Exception {
        StringBuilder seen = new StringBuilder();
        BufferedReader out = new BufferedReader(
                new InputStreamReader(Files.newInputStream(folder.resolve("server.out")), StandardCharsets.UTF_8));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() < deadline) {
            String line = out.readLine();
            if (line == null) {
                if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
                    break;
                }
                continue;
            }
            seen.append(line).append('\n');
            Matcher address = ADDRESS.matcher(seen);
            if (address.find()) {
                return new Running(process, out, Integer.parseInt(address.group(1)));
            }
        }
        process.destroyForcibly();
        throw new AssertionError("not up: " + seen + Files.readString(folder.resolve("server.err")));
    }

    private static String rest(Running running) throws IOException {
        StringBuilder rest = new StringBuilder();
        for (String line = running.out().readLine();
                line != null;
                line = running.out().readLine()) {
            rest.append(line).append('\n');
        }
        return rest.toString();
    }

    private String errorsOf(Process process) throws Exception {
        return errorsOf(process, "server");
    }

    private String errorsOf(Process process, String name) throws Exception {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running");
        }
        return Files.readString(folder.resolve(name + ".err"));
    }

    private String outputOf(String argument) throws Exception {
        Process process = start(Map.of(), argument);
        errorsOf(process);
        assertThat(process.exitValue()).isZero();
        return Files.readString(folder.resolve("server.out"));
    }

    private String post(int port, String path, String body) throws Exception {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private String get(int port, String path) throws Exception {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build());
    }

    private String send(HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
}
