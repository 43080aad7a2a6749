package io.hourmeter.examples.webapp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runnable jar as a user starts it: a process in a folder of its own. */
class RunnableJarIT {

    private static final Path JAR = Path.of("target", "webapp.jar").toAbsolutePath();
    private static final String HEADER = "X-License-Key";
    private static final Duration START = new Duration(60);
    private static final Duration END = new Duration(10);
    private static final Duration SERVES_AGAIN = new Duration(5);

    private final List<Process> started = new ArrayList<>();

    @TempDir
    Path folder;

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void theDemoServesEndsOnSigtermAndFindsItsLicenseAgain() throws Exception {
        Running first = demo("first");
        assertThat(Files.getPosixFilePermissions(folder.resolve("data/demo-license.txt")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.readString(folder.resolve("data/demo-license.txt"))).isEqualTo(first.key + "\n");
        assertThat(first.browser.get("/api/status", HEADER, first.key).statusCode())
                .isEqualTo(200);
        try (InputStream stream = openStream(first)) {
            assertThat(stream.read()).isEqualTo('i');

            first.process.destroy();

            assertThat(first.process.waitFor(END.seconds, TimeUnit.SECONDS))
                    .as("ended within %s s", END.seconds)
                    .isTrue();
        }

        Running second = demo("second");
        assertThat(second.key).isEqualTo(first.key);
        String balance =
                second.browser.get("/payments/balance", HEADER, second.key).body();
        assertThat(balance)
                .contains("\"purchased_hours\":1,", "\"held_hours\":0,")
                .doesNotContain("\"used_hours\":0,");
    }

    @Test
    void killedInMidUseItServesTheSameLicenseAgain() throws Exception {
        Running first = demo("first");
        assertThat(first.browser.get("/api/slow?seconds=1", HEADER, first.key).statusCode())
                .isEqualTo(200);
        first.process.destroyForcibly();
        assertThat(first.process.waitFor(END.seconds, TimeUnit.SECONDS)).isTrue();

        Running second = demo("second");
        long up = System.nanoTime();
        int status = 0;
        while (status != 200 && System.nanoTime() - up < SERVES_AGAIN.nanos()) {
            status = second.browser.get("/api/status", HEADER, second.key).statusCode();
        }

        assertThat(second.key).isEqualTo(first.key);
        assertThat(status).isEqualTo(200);
    }

    @Test
    void aBusyPortIsOneLineAndNoStackTrace() throws Exception {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Process process = start("busy", Map.of("WEBAPP_PORT", Integer.toString(busy.getLocalPort())));

            assertThat(process.waitFor(START.seconds, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
            assertThat(Files.readAllLines(folder.resolve("busy.err")))
                    .containsExactly("Port " + busy.getLocalPort() + " is in use: stop the program that has it, or set"
                            + " webapp.port (WEBAPP_PORT) to a free one");
        }
    }

    @Test
    void aWrongSettingIsOneLineThatNamesTheRightOne() throws Exception {
        Files.writeString(folder.resolve("metering.properties"), "usage.chek.interval=5s\n");

        Process process = start("wrong", Map.of());

        assertThat(process.waitFor(START.seconds, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(Files.readAllLines(folder.resolve("wrong.err")))
                .singleElement()
                .asString()
                .contains("usage.chek.interval", "usage.check.interval");
    }

    private Running demo(String name) throws IOException {
        Process process = start(name, Map.of("WEBAPP_DEMO", "true"));
        Path out = folder.resolve(name + ".out");
        int port = Integer.parseInt(await(process, out, "Page +http://localhost:(\\d+)/"));
        return new Running(process, new Browser(port), port, await(process, out, "License key +(\\S+)"));
    }

    private Process start(String name, Map<String, String> settings) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", JAR.toString());
        builder.directory(folder.toFile());
        // Settings of whoever runs the tests are not those of the application.
        builder.environment()
                .keySet()
                .removeIf(key -> key.matches("(METERING|LICENSE|USAGE|OUTAGE|PAYMENT|STRIPE|WEBAPP|FILTER)_.*"));
        builder.environment().put("WEBAPP_PORT", "0");
        builder.environment().put("LICENSE_SERVER_PORT", "0");
        builder.environment().putAll(settings);
        builder.redirectOutput(folder.resolve(name + ".out").toFile());
        builder.redirectError(folder.resolve(name + ".err").toFile());
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private String await(Process process, Path out, String pattern) throws IOException {
        Pattern wanted = Pattern.compile(pattern);
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < START.nanos() && process.isAlive()) {
            Matcher matcher = wanted.matcher(Files.readString(out));
            if (matcher.find()) {
                return matcher.group(1);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        throw new AssertionError("no " + pattern + " in:\n" + Files.readString(out) + "\n"
                + Files.readString(Path.of(out.toString().replaceFirst("out$", "err"))));
    }

    private static InputStream openStream(Running app) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + app.port + "/api/stream?seconds=60"))
                                .header(HEADER, app.key)
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream())
                .body();
    }

    private record Running(Process process, Browser browser, int port, String key) {}

    private record Duration(long seconds) {
        long nanos() {
            return TimeUnit.SECONDS.toNanos(seconds);
        }
    }
}
