package io.hourmeter.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.tests.JarProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * One license server on a SQLite file and two applications, as processes of their own, and when which of them was dead.
 * All settings are a few seconds, so that a short test sees many reports, renewals and checkpoints.
 */
final class Cluster implements AutoCloseable {

    /** The first application goes on without the license server for a while, the second refuses. */
    static final int ALLOWING = 0;

    static final int DENYING = 1;
    static final int NODES = 2;

    static final long GAP_MILLIS = 2_000;
    static final long CHECK_MILLIS = 5_000;
    static final long CHECKPOINT_MILLIS = 1_000;
    static final long LEASE_MILLIS = 18_000;
    /** No report that arrives was longer on its way: the node gives up after that time and sends a fresh one. */
    static final long TIMEOUT_MILLIS = 1_000;

    private static final long ENDS_WITHIN_SECONDS = 10;
    private static final long AUDITED_WITHIN_SECONDS = 60;
    private static final Path SERVER_JAR = Path.of("..", "..", "metering-server", "target", "license-server.jar")
            .toAbsolutePath()
            .normalize();
    private static final Path NODE_JAR =
            Path.of("..", "..", "examples", "webapp", "target", "webapp.jar").toAbsolutePath();

    /** A small machine has to run all of them at once. */
    private static final List<String> SMALL = List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    /** Ports below those that a system gives to outgoing connections, so that nobody gets one while its owner is dead. */
    private static final int FIRST_PORT = 20_000;

    private static final int PORTS = 12_000;

    private final Path folder;
    private final Path database;
    private final int serverPort;
    private final int[] nodePorts = new int[NODES];
    private final JarProcess[] nodes = new JarProcess[NODES];
    private final List<JarProcess> all = new CopyOnWriteArrayList<>();
    private final List<Intervals.Span> serverOutages = new CopyOnWriteArrayList<>();
    private final List<List<Long>> nodeKills = new ArrayList<>();
    private final AtomicIntegerArray up = new AtomicIntegerArray(NODES);
    /** The end of the latest; while one is going on, of a time to come. */
    private final AtomicLongArray lastKill = new AtomicLongArray(NODES);

    private JarProcess server;
    private long serverDeadSince;
    private int starts;

    Cluster(Path folder, SplittableRandom random) {
        this.folder = folder;
        this.database = folder.resolve("licenses.db");
        this.serverPort = freePort(random);
        for (int i = 0; i < NODES; i++) {
            nodePorts[i] = freePort(random);
            nodeKills.add(new CopyOnWriteArrayList<>());
        }
    }

    private static int freePort(SplittableRandom random) {
        while (true) {
            int port = FIRST_PORT + random.nextInt(PORTS);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
                return probe.getLocalPort();
            } catch (IOException e) {
                // Somebody has it: the next one.
            }
        }
    }

    void startServer() throws IOException {
        server = started("server", SERVER_JAR, Map.of());
    }

    void startNode(int node) throws IOException {
        nodes[node] = started(
                "node" + node,
                NODE_JAR,
                Map.of(
                        "LICENSE_SERVER_URL", serverUrl(),
                        "LICENSE_SERVER_TIMEOUT", TIMEOUT_MILLIS + "ms",
                        "USAGE_CHECK_INTERVAL", CHECK_MILLIS + "ms",
                        "USAGE_IDLE_TIMEOUT", GAP_MILLIS + "ms",
                        "USAGE_LEASE", LEASE_MILLIS + "ms",
                        // One folder for both: a restart must take over what the dead one left and leave the living one
                        // alone.
                        "USAGE_JOURNAL", folder.resolve("journal").toString(),
                        "USAGE_JOURNAL_INTERVAL", CHECKPOINT_MILLIS + "ms",
                        "OUTAGE_POLICY", node == ALLOWING ? "allow" : "deny",
                        "WEBAPP_PORT", Integer.toString(nodePorts[node])));
    }

    private JarProcess started(String name, Path jar, Map<String, String> settings) throws IOException {
        Map<String, String> environment = new TreeMap<>(settings);
        environment.put("LICENSE_SERVER_PORT", Integer.toString(serverPort));
        environment.put("LICENSE_SERVER_DATABASE", databaseUrl());
        JarProcess process = JarProcess.start(name + "-" + ++starts, folder, jar, SMALL, environment);
        all.add(process);
        return process;
    }

    void awaitServer() throws IOException {
        server.await("listens on http://127\\.0\\.0\\.1:(\\d+)");
        if (serverDeadSince > 0) {
            serverOutages.add(new Intervals.Span(serverDeadSince, Clock.millis()));
            serverDeadSince = 0;
        }
    }

    void awaitNode(int node) throws IOException {
        nodes[node].await("Page +http://localhost:(\\d+)/");
        up.set(node, 1);
    }

    void killServer() throws InterruptedException {
        serverDeadSince = Clock.millis();
        server.kill();
        assertThat(server.endsWithin(ENDS_WITHIN_SECONDS)).isTrue();
    }

    void killNode(int node) throws InterruptedException {
        up.set(node, 0);
        lastKill.set(node, Long.MAX_VALUE);
        nodes[node].kill();
        assertThat(nodes[node].endsWithin(ENDS_WITHIN_SECONDS)).isTrue();
        // Afterwards: whatever ran until now may have gone on until now.
        long dead = Clock.millis();
        nodeKills.get(node).add(dead);
        lastKill.set(node, dead);
    }

    /** SIGTERM to both at once. */
    void stopNodes() throws InterruptedException {
        for (JarProcess node : nodes) {
            node.terminate();
        }
        for (JarProcess node : nodes) {
            assertThat(node.endsWithin(ENDS_WITHIN_SECONDS))
                    .as("ends within %s s of SIGTERM", ENDS_WITHIN_SECONDS)
                    .isTrue();
        }
    }

    /** Runs {@code license-server audit} beside the server; returns what it printed if it found something. */
    String audit() throws IOException, InterruptedException {
        JarProcess audit = JarProcess.start(
                "audit-" + ++starts,
                folder,
                SERVER_JAR,
                SMALL,
                Map.of("LICENSE_SERVER_DATABASE", databaseUrl()),
                "audit");
        all.add(audit);
        assertThat(audit.endsWithin(AUDITED_WITHIN_SECONDS)).as("audited").isTrue();
        return audit.exitCode() == 0 ? "" : "exit code " + audit.exitCode() + ": " + audit.out() + audit.err();
    }

    String serverUrl() {
        return "http://127.0.0.1:" + serverPort;
    }

    String nodeUrl(int node) {
        return "http://127.0.0.1:" + nodePorts[node];
    }

    String databaseUrl() {
        return "jdbc:sqlite:" + database;
    }

    /** Whether a node was told to be up and has said so. */
    boolean nodeUp(int node) {
        return up.get(node) == 1;
    }

    /** Whether a node was killed at that moment or later. */
    boolean killedSince(int node, long moment) {
        return lastKill.get(node) >= moment;
    }

    /** When the license server was dead, up to its first word after the restart. */
    List<Intervals.Span> serverOutages() {
        return serverOutages;
    }

    /** When a node was killed. */
    List<Long> nodeKills(int node) {
        return nodeKills.get(node);
    }

    int nodeKills() {
        return nodeKills.stream().mapToInt(List::size).sum();
    }

    /** How often a node was killed while the license server was dead too. */
    long killedBoth() {
        return serverOutages.stream()
                .filter(outage -> nodeKills.stream()
                        .flatMap(List::stream)
                        .anyMatch(killed -> outage.from() <= killed && killed <= outage.to()))
                .count();
    }

    /** Everything that any process has written so far. */
    String logs() throws IOException {
        StringBuilder text = new StringBuilder();
        for (JarProcess process : all) {
            text.append(process.out()).append(process.err());
        }
        return text.toString();
    }

    @Override
    public void close() {
        all.forEach(JarProcess::kill);
    }
}
