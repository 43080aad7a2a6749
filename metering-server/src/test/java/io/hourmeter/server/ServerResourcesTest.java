package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.LicenseKey;
import io.hourmeter.tests.Probe;
import io.hourmeter.tests.ResourceHarness;
import io.hourmeter.tests.ResourceHarness.Resource;
import io.hourmeter.tests.ResourceHarness.Row;
import io.hourmeter.tests.SlowClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever strangers hold of a license server, its customers are served: each line of the printed table is one way to hold
 * it, while an application reports use, another asks for a balance, and somebody watches the health. The server is a process
 * of its own with as much memory as the documentation gives it.
 */
@Tag("full")
@Timeout(180)
class ServerResourcesTest {

    /** More than have room in a server that reads each body as a whole: 377 of a million bytes, in a heap of 256 MiB. */
    private static final int BODIES = 377;

    private static final int BODY_BYTES = 1_000_000;

    /** What is read of somebody without a token; so many of them are more than there is room for. */
    private static final int STRANGERS_BYTES = 60_000;

    private static final String LONG_BODY = "Content-Length: 1048000";

    /** More than a license server keeps. */
    private static final int CONNECTIONS = 2_051;

    private static final int CLIENTS = 300;

    /** Heap, code, stacks and buffers of a server with {@code -Xmx256m}. */
    private static final long MOST_RESIDENT_MIB = 512;

    /** Classes that are loaded later, and the buffers of connections that Jetty keeps for the next ones. */
    private static final long HEAP_SLACK_KIB = 8 * 1024;

    /** Of Jetty, beside those of the Java machine. They end when they have been idle for a while, not after each row. */
    private static final int MOST_THREADS = 200;

    private static final String UNKNOWN_KEY = "RL-ZZZZZZZZ-ZZZZZZZZ-ZZZZZZZZ";
    private static final String TOKEN = "Authorization: Bearer " + ServerProcess.USAGE;

    private static ServerProcess server;
    private static ResourceHarness harness;
    private static Resource connections;
    private static Resource bodies;
    private static long heapBefore;
    private static long threadsBefore;
    private static final List<String> heaps = new ArrayList<>();

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        server = ServerProcess.in(folder)
                .options("-Xmx256m", "-XX:+ExitOnOutOfMemoryError")
                .start();
        String key = server.createKey("10");
        String report = "{\"node\":\"node-1\",\"gap_ms\":300000,\"lease_ms\":900000,\"grace_ms\":600000,\"items\":["
                + "{\"lease\":\"" + UUID.randomUUID() + "\",\"key_sha256\":\""
                + LicenseKey.of(key).sha256()
                + "\",\"scope\":\"\",\"session\":\"s-1\",\"age_ms\":1000,\"used_ms\":500,\"done\":false,\"seq\":1,"
                + "\"offline\":false,\"bridge\":true}]}";
        Probe reports = Probe.http(
                "report",
                server.port(),
                SlowClient.head("POST", "/api/usage", TOKEN, "Content-Length: " + report.length(), "Connection: close")
                        + report,
                200);
        Probe balances = Probe.get("balance", server.port(), "/api/licenses/" + key + "/hours", TOKEN);
        Probe health = Probe.get("health", server.port(), "/api/health");
        // Classes are loaded and threads are there: what is compared later has its size.
        for (int i = 0; i < ResourceHarness.QUESTIONS; i++) {
            reports.ask(10_000);
            balances.ask(10_000);
            health.ask(10_000);
        }
        harness = new ResourceHarness("license server", "-Xmx256m", server.port(), reports, balances, health)
                .watching(
                        new Resource("threads", server::threads, MOST_THREADS),
                        new Resource("files", server::files, 20),
                        new Resource("resident MiB", server::residentMib, MOST_RESIDENT_MIB));
        connections = new Resource("connections", () -> server.metric("connections"), 2);
        bodies = new Resource("bytes of bodies", () -> server.metric("bodies_bytes"), 0);
        heapBefore = server.liveHeapKib();
        threadsBefore = server.threads();
    }

    @AfterAll
    static void end() throws Exception {
        if (server != null) {
            try {
                harness.print();
                System.out.println("live heap in KiB: " + heapBefore + " before" + String.join("", heaps));
                threadsEnd();
            } finally {
                server.close();
            }
        }
    }

    /** What came for a burst goes when it is over. */
    private static void threadsEnd() throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (server.threads() > threadsBefore + 12) {
            assertThat(System.nanoTime())
                    .as("%s threads are left", server.threads())
                    .isLessThan(deadline);
            Thread.sleep(100);
        }
    }

    private static Row hold(Resource resource, int count, SlowClient client) throws Exception {
        Row row = harness.run(resource, count, client);
        row.check();
        long heap = server.liveHeapKib();
        heaps.add(", " + heap);
        assertThat(heap).as("KiB in use after %s", row).isLessThan(heapBefore + HEAP_SLACK_KIB);
        assertThat(row.watched().get(2).peak()).as("MiB of %s", row).isLessThan(MOST_RESIDENT_MIB);
        return row;
    }

    private static String post(String path, String... headers) {
        return SlowClient.head("POST", path, headers);
    }

    /** One connection, byte by byte from the first on. */
    private static SlowClient drippingAHead() {
        String head = "POST /api/usage HTTP/1.1\r\nHost: localhost\r\n" + TOKEN + "\r\nX-Long: ";
        return SlowClient.repeating(
                "a byte of head every 100 ms",
                Duration.ofMillis(100),
                i -> i < head.length() ? head.substring(i, i + 1) : "x");
    }

    @Test
    void bodiesOfStrangersAreNotKept() throws Exception {
        Row row = hold(
                bodies,
                BODIES,
                SlowClient.stoppingInABody(post("/api/usage", LONG_BODY), BODY_BYTES)
                        .named("no token, "));
        // The report itself has some.
        assertThat(row.peak()).isLessThan(1_000);
    }

    @Test
    void bodiesThatAStrangerMaySendHaveSoMuchRoomAndNoMore() throws Exception {
        String head = post("/api/licenses/lookup", "Content-Length: " + (STRANGERS_BYTES + 1));
        Row row = hold(
                bodies,
                BODIES,
                SlowClient.stoppingInABody(head, STRANGERS_BYTES).comingBack().named("lookup, "));
        assertThat(row.peak()).isBetween(1_000_000L, 16L * 1024 * 1024);
        hold(
                bodies,
                BODIES,
                SlowClient.stoppingInABody(post("/api/licenses/lookup", LONG_BODY), BODY_BYTES)
                        .named("lookup, "));
    }

    @Test
    void bodiesOfACustomerHaveSoMuchRoomAndNoMore() throws Exception {
        Row row = hold(
                bodies,
                BODIES,
                SlowClient.stoppingInABody(post("/api/usage", TOKEN, LONG_BODY), BODY_BYTES)
                        .named("usage token, "));
        assertThat(row.peak()).isBetween(1_000_000L, 16L * 1024 * 1024);
    }

    @Test
    void moreConnectionsThanAreKeptKeepNobodyOut() throws Exception {
        Row row = hold(connections, CONNECTIONS, SlowClient.silent().comingBack());
        assertThat(row.peak()).isBetween(1_900L, 2_000L);
    }

    @Test
    void headsThatDripHoldNoThread() throws Exception {
        hold(connections, CLIENTS, drippingAHead());
        hold(connections, CLIENTS, SlowClient.drippingHeaders(Duration.ofMillis(200)));
    }

    @Test
    void bodiesThatDripHoldNoThread() throws Exception {
        hold(
                bodies,
                CLIENTS,
                SlowClient.drippingABody(post("/api/licenses/lookup", "Content-Length: 60000"), Duration.ofMillis(200))
                        .named("lookup, "));
        hold(
                bodies,
                CLIENTS,
                SlowClient.drippingABody(post("/api/usage", TOKEN, LONG_BODY), Duration.ofMillis(200))
                        .named("usage token, "));
    }

    @Test
    void pipelinedRequestsLeaveTurnsForOthers() throws Exception {
        hold(
                connections,
                CLIENTS,
                SlowClient.pipelining(SlowClient.head("GET", "/api/health")).named("health, "));
        hold(
                connections,
                CLIENTS,
                SlowClient.pipelining(SlowClient.head("GET", "/api/health"))
                        .readingNothing()
                        .named("health, "));
    }

    @Test
    void wrongTokensLeaveTurnsForOthers() throws Exception {
        hold(
                connections,
                CLIENTS,
                SlowClient.pipelining(post("/api/usage", "Authorization: Bearer wrong", "Content-Length: 0"))
                        .named("wrong tokens, "));
    }

    @Test
    void unknownKeysLeaveTurnsForOthers() throws Exception {
        String body = "{\"license_key\":\"" + UNKNOWN_KEY + "\"}";
        hold(
                connections,
                CLIENTS,
                SlowClient.pipelining(post("/api/licenses/lookup", "Content-Length: " + body.length()) + body)
                        .named("lookup of an unknown key, "));
        hold(
                connections,
                CLIENTS,
                SlowClient.pipelining(SlowClient.head("GET", "/api/licenses/" + UNKNOWN_KEY + "/history"))
                        .named("history of an unknown key, "));
    }

    @Test
    void whoAsksToContinueAndDoesNotHoldsNoThread() throws Exception {
        for (String head : List.of(
                post("/api/usage", LONG_BODY, "Expect: 100-continue"),
                post("/api/licenses/lookup", "Content-Length: 60000", "Expect: 100-continue"),
                post("/api/usage", TOKEN, LONG_BODY, "Expect: 100-continue"))) {
            String who = head.contains("lookup") ? "lookup, " : head.contains(TOKEN) ? "usage token, " : "no token, ";
            hold(connections, CLIENTS, SlowClient.sending(who + "silent after Expect: 100-continue", head));
        }
    }
}
