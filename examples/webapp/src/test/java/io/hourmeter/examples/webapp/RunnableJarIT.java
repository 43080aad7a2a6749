package io.hourmeter.examples.webapp;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.tests.JarProcess;
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
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The runnable jar as a user starts it: a process in a folder of its own. */
@Tag("full")
class RunnableJarIT {

    private static final Path JAR = Path.of("target", "webapp.jar").toAbsolutePath();
    private static final String HEADER = "X-License-Key";
    private static final Duration START = new Duration(60);
    private static final Duration END = new Duration(10);
    private static final Duration SERVES_AGAIN = new Duration(5);

    private final List<JarProcess> started = new ArrayList<>();

    @TempDir
    Path folder;

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(JarProcess::kill);
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

            first.process.terminate();

            assertThat(first.process.endsWithin(END.seconds))
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
        first.process.kill();
        assertThat(first.process.endsWithin(END.seconds)).isTrue();

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
            JarProcess process = start("busy", Map.of("WEBAPP_PORT", Integer.toString(busy.getLocalPort())));

            assertThat(process.endsWithin(START.seconds)).isTrue();
            assertThat(process.exitCode()).isEqualTo(1);
            assertThat(process.err().lines())
                    .containsExactly("Port " + busy.getLocalPort() + " is in use: stop the program that has it, or set"
                            + " webapp.port (WEBAPP_PORT) to a free one");
        }
    }

    @Test
    void aWrongSettingIsOneLineThatNamesTheRightOne() throws Exception {
        Files.writeString(folder.resolve("metering.properties"), "usage.chek.interval=5s\n");

        JarProcess process = start("wrong", Map.of());

        assertThat(process.endsWithin(START.seconds)).isTrue();
        assertThat(process.exitCode()).isEqualTo(1);
        assertThat(process.err().lines())
                .singleElement()
                .asString()
                .contains("usage.chek.interval", "usage.check.interval");
    }

    private Running demo(String name) throws IOException {
        JarProcess process = start(name, Map.of("WEBAPP_DEMO", "true"));
        int port = Integer.parseInt(process.await("Page +http://localhost:(\\d+)/"));
        return new Running(process, new Browser(port), port, process.await("License key +(\\S+)"));
    }

    private JarProcess start(String name, Map<String, String> settings) throws IOException {
        Map<String, String> all = new TreeMap<>(Map.of("WEBAPP_PORT", "0", "LICENSE_SERVER_PORT", "0"));
        all.putAll(settings);
        JarProcess process = JarProcess.start(name, folder, JAR, List.of(), all);
        started.add(process);
        return process;
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

    private record Running(JarProcess process, Browser browser, int port, String key) {}

    private record Duration(long seconds) {
        long nanos() {
            return TimeUnit.SECONDS.toNanos(seconds);
        }
    }
}
