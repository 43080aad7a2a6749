package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hourmeter.server.ServerProcess.Reply;
import io.hourmeter.server.ledger.SmallDisk;
import io.hourmeter.tests.Probe;
import io.hourmeter.tests.ResourceHarness;
import io.hourmeter.tests.SlowClient;
import io.hourmeter.tests.SlowClients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program does when memory, threads, file handles or the disk are used up. */
@Tag("full")
@Timeout(120)
class ServerLimitsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ANSWER_MILLIS = 10_000;

    /** Nobody's, so that its threads are those of the license server alone. */
    private static final String USER = "54321";

    /** The superuser's threads are not limited, so it runs as somebody else who may read the class path. */
    private static final String[] AS_SOMEBODY_ELSE = {
        "setpriv",
        "--reuid=" + USER,
        "--regid=" + USER,
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override"
    };

    private static final String[] AS_MYSELF = {};

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"-XX:+ExitOnOutOfMemoryError", "-XX:-ExitOnOutOfMemoryError"})
    void withoutMemoryTheProcessEndsWithExitCodeThree(String option) throws Exception {
        try (ServerProcess server = ServerProcess.in(folder)
                .options("-Xmx48m", option)
                .main(HeapEater.class)
                .start()) {
            String hours = "/api/licenses/" + server.createKey("10") + "/hours";
            assertThat(server.get(hours).status()).isEqualTo(200);
            server.write("\n");
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (server.isAlive() && System.nanoTime() < deadline) {
                try {
                    server.ask("POST", hours, "{\"hours\":1}", ServerProcess.ADMIN);
                } catch (IOException e) {
                    // It has ended, or is about to.
                }
            }
            assertThat(server.exitCode(Duration.ofSeconds(10)))
                    .as(server.output())
                    .isEqualTo(ExitCodes.BROKEN);
        }
        assertAuditIsClean();
    }

    @Test
    void withoutMoreThreadsTheServerGoesOnWithThoseThatItHas() throws Exception {
        assumeRuns("threads cannot be limited here (not root, or no setpriv)", AS_SOMEBODY_ELSE, "true");
        try (ServerProcess server = ServerProcess.in(folder)
                .by(AS_SOMEBODY_ELSE)
                .options("-Xmx256m")
                .start()) {
            String key = server.createKey("10");
            Probe health = Probe.get("health", server.port(), "/api/health");
            Probe balance = Probe.get(
                    "balance",
                    server.port(),
                    "/api/licenses/" + key + "/hours",
                    "Authorization: Bearer " + ServerProcess.USAGE);
            ask(server, health);
            limit(AS_SOMEBODY_ELSE, server, "--nproc=" + server.threads() + ":");
            String request = SlowClient.head("GET", "/api/licenses/" + key);
            try (SlowClients crowd = SlowClients.open(server.port(), 100, SlowClient.pipelining(request))) {
                crowd.awaitBegun(PATIENCE);
                awaitOutput(server, "no more threads can be made");
                for (int i = 0; i < ResourceHarness.QUESTIONS; i++) {
                    ask(server, health);
                    ask(server, balance);
                }
            }
            limit(AS_SOMEBODY_ELSE, server, "--nproc=1000:");
            long few = server.threads();
            try (SlowClients crowd = SlowClients.open(server.port(), 100, SlowClient.pipelining(request))) {
                await(() -> server.threads() > few + 20);
                ask(server, health);
            }
            assertThat(server.isAlive()).isTrue();
        }
        assertAuditIsClean();
    }

    @Test
    void withoutFileHandlesThoseWhoAreConnectedAreServedAndOthersWhenThereAreSomeAgain() throws Exception {
        try (ServerProcess server = ServerProcess.in(folder).options("-Xmx256m").start()) {
            String request = SlowClient.head(
                    "GET",
                    "/api/licenses/" + server.createKey("10") + "/hours",
                    "Authorization: Bearer " + ServerProcess.USAGE);
            List<Socket> others = new ArrayList<>();
            try (Socket connected = connect(server)) {
                assertThat(askOn(connected, request)).startsWith("HTTP/1.1 200");
                assumeRuns("file handles cannot be limited here", new String[] {"prlimit"}, "--version");
                limit(AS_MYSELF, server, "--nofile=" + server.files() + ":");
                for (int i = 0; i < 5; i++) {
                    Socket other = connect(server);
                    others.add(other);
                    other.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                }
                awaitOutput(server, "Too many open files");
                for (int i = 0; i < ResourceHarness.QUESTIONS; i++) {
                    assertThat(askOn(connected, request)).startsWith("HTTP/1.1 200");
                }
                limit(AS_MYSELF, server, "--nofile=1000:");
                for (Socket other : others) {
                    assertThat(readHead(other)).startsWith("HTTP/1.1 200");
                }
            } finally {
                for (Socket other : others) {
                    other.close();
                }
            }
            assertThat(server.get("/api/health").status()).isEqualTo(200);
        }
        assertAuditIsClean();
    }

    @Test
    void onAFullDiskNothingIsAcknowledgedAndNothingAcknowledgedIsLost() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"))) {
            folder = disk.path();
            int credited = 0;
            String hours;
            try (ServerProcess server =
                    ServerProcess.in(folder).options("-Xmx256m").start()) {
                hours = "/api/licenses/" + server.createKey("1") + "/hours";
                disk.fill();
                // What the write-ahead log has of room is used up first.
                Reply reply = server.post(hours, "{\"hours\":1}");
                while (reply.status() == 200) {
                    credited++;
                    reply = server.post(hours, "{\"hours\":1}");
                }
                assertThat(reply.status()).isEqualTo(503);
                await(() -> server.get("/api/health").status() == 503);
                assertThat(server.get("/api/health").text()).contains("the disk is full");
                assertThat(server.get(hours).text()).contains("\"hours_remaining\":" + (1 + credited) + ",");
                disk.free();
                await(() -> server.get("/api/health").status() == 200);
                assertThat(server.post(hours, "{\"hours\":1}").status()).isEqualTo(200);
                credited++;
            }
            // It was killed, without a chance to tidy up.
            assertAuditIsClean();
            try (ServerProcess again =
                    ServerProcess.in(folder).options("-Xmx256m").start()) {
                assertThat(again.get(hours).text()).contains("\"hours_remaining\":" + (1 + credited) + ",");
            }
        }
    }

    private void assertAuditIsClean() throws Exception {
        try (ServerProcess audit = ServerProcess.in(folder).run("audit")) {
            assertThat(audit.exitCode(PATIENCE)).as(audit.output()).isEqualTo(ExitCodes.DONE);
            assertThat(audit.output()).contains("licenses 1,", "differences 0,");
        }
    }

    private static void assumeRuns(String otherwise, String[] command, String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of(more));
        boolean runs = runs(all);
        if (!runs) {
            System.err.println("SKIPPED: " + otherwise);
        }
        assumeTrue(runs, otherwise);
    }

    private static boolean runs(List<String> command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Sets a limit of the running process; only whoever it runs as may do that. */
    private static void limit(String[] as, ServerProcess server, String limit) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(as));
        command.addAll(List.of("prlimit", "--pid", String.valueOf(server.pid()), limit));
        assertThat(runs(command)).as(limit).isTrue();
    }

    private static void ask(ServerProcess server, Probe probe) {
        try {
            probe.ask(ANSWER_MILLIS);
        } catch (IOException e) {
            throw new AssertionError("not answered: " + server.output(), e);
        }
    }

    private static Socket connect(ServerProcess server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(2 * ANSWER_MILLIS);
        return socket;
    }

    private static String askOn(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return readHead(socket);
    }

    /** Head and body of one answer. */
    private static String readHead(Socket socket) throws IOException {
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("ended after: " + answer);
            }
            answer.append((char) next);
        }
        String head = answer.toString();
        socket.getInputStream().readNBytes(Integer.parseInt(head.replaceAll("(?is).*content-length: (\\d+).*", "$1")));
        return head;
    }

    private static void awaitOutput(ServerProcess server, String text) throws InterruptedException {
        await(() -> server.output().contains(text));
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.sleep(50);
        }
    }
}
