package io.hourmeter.server.http;

import static io.hourmeter.server.http.MetricsResource.Kind.COUNTER;
import static io.hourmeter.server.http.MetricsResource.Kind.GAUGE;

import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.TrustedProxies;
import io.hourmeter.server.http.MetricsResource.Metric;
import io.hourmeter.server.ledger.Ledger;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The license server's HTTP port over a ledger that somebody else opens and closes. Thread-safe.
 */
public final class LicenseHttpServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LicenseHttpServer.class);

    /** Bound of request line and headers: a key, a token and an idempotency key have a tenth of it. */
    static final int MAX_HEADER_BYTES = 8 * 1024;

    /** Bounds memory and the queue before the threads: one connection has one request at a time. */
    private static final int MAX_CONNECTIONS = 2_000;

    /** Connections that wait for the server to take them. */
    private static final int ACCEPT_QUEUE = 1_000;

    /** A peer that is silent for this long between two requests is given up. */
    private static final int IDLE_MILLIS = 30_000;

    /** One that has sent no request yet. */
    private static final int FIRST_REQUEST_MILLIS = 10_000;

    /** At a stop, connections between two requests are closed after this. */
    private static final int STOP_IDLE_MILLIS = 100;

    /** How long running requests may take to end at a stop; the process has to be gone within ten seconds. */
    private static final int STOP_MILLIS = 3_000;

    private final Server server;
    private final Workers workers;
    private final ServerConnector connector;
    private final Access access;
    private final ConnectionRoom connections;
    private final BodyBudget bodies = new BodyBudget();

    private LicenseHttpServer(
            Server server, Workers workers, ServerConnector connector, Access access, ConnectionRoom connections) {
        this.server = server;
        this.workers = workers;
        this.connector = connector;
        this.access = access;
        this.connections = connections;
    }

    /**
     * Takes the port, so that a port that is not free is known before anything else is opened. Who connects already waits
     * until {@link #serve}.
     *
     * @param config host, port and tokens
     * @return a server that does not answer yet
     * @throws ConfigurationException if the host is not of this machine, the port is not free, a token stands in two lists,
     *     or others can reach the host while no token is set
     */
    public static LicenseHttpServer bind(MeteringConfig config) {
        Tokens tokens = Tokens.of(config);
        requireLoopbackOrTokens(config, tokens);
        Scheduler scheduler = new ScheduledExecutorScheduler("license-server-scheduler", false);
        Workers workers = new Workers(scheduler);
        Server server = new Server(workers, scheduler, null);
        ServerConnector connector = new ReportingConnector(server, new HttpConnectionFactory(http()));
        connector.setHost(config.get(Settings.LICENSE_SERVER_HOST));
        connector.setPort(config.get(Settings.LICENSE_SERVER_PORT));
        connector.setIdleTimeout(FIRST_REQUEST_MILLIS);
        connector.setAcceptQueueSize(ACCEPT_QUEUE);
        connector.setShutdownIdleTimeout(STOP_IDLE_MILLIS);
        try {
            connector.open();
        } catch (IOException e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            throw new ConfigurationException(
                    named(config, Settings.LICENSE_SERVER_PORT) + " cannot be opened on "
                            + config.get(Settings.LICENSE_SERVER_HOST) + ": " + reason.getMessage()
                            + "; allowed is a free port, or 0 for any",
                    e);
        }
        server.addConnector(connector);
        ConnectionRoom connections = new ConnectionRoom(mostConnections(FileHandles.most()), System::nanoTime);
        connector.addBean(connections);
        server.setErrorHandler(new ProblemErrorHandler());
        server.setStopTimeout(STOP_MILLIS);
        return new LicenseHttpServer(
                server,
                workers,
                connector,
                new Access(tokens, TrustedProxies.of(config.get(Settings.PROXY_TRUSTED))),
                connections);
    }

    /** The other half is for the database, and for what an application around this server has open. */
    private static int mostConnections(long fileHandles) {
        int most = (int) Math.min(MAX_CONNECTIONS, fileHandles / 2);
        if (most < MAX_CONNECTIONS) {
            LOG.warn(
                    "This process may have {} files open (ulimit -n), so the license server keeps at most {} connections",
                    fileHandles,
                    most);
        }
        return most;
    }

    private static void requireLoopbackOrTokens(MeteringConfig config, Tokens tokens) {
        if (!address(config).isLoopbackAddress() && tokens.none()) {
            throw new ConfigurationException(named(config, Settings.LICENSE_SERVER_HOST)
                    + " needs tokens: others can reach it; allowed without them is a loopback address like 127.0.0.1,"
                    + " else set license.server.tokens.admin, license.server.tokens.credit or"
                    + " license.server.tokens.usage");
        }
    }

    /**
     * Begins to answer.
     *
     * @param ledger what the calls work on; not closed by this server
     */
    public void serve(Ledger ledger) {
        if (access.trustsThisMachine()) {
            LOG.info(
                    "No token is set: every caller on this machine may do everything. Behind a reverse proxy that is not"
                            + " named in proxy.trusted that is everyone; set license.server.tokens.admin first");
        }
        serve(routes(ledger, metrics(ledger)));
    }

    void serve(List<Route> routes) {
        server.setHandler(new GracefulHandler(
                new ApiHandler(new Router(routes), access, connections, bodies, workers, IDLE_MILLIS)));
        try {
            server.start();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the license server's port was opening", e);
        } catch (Exception e) {
            throw new IllegalStateException("the license server's port did not open", e);
        }
    }

    /**
     * The port in use.
     *
     * @return 1 to 65535, also when the settings said 0
     */
    public int port() {
        return connector.getLocalPort();
    }

    /** Stops listening and lets running requests end within a bound. Idempotent. */
    @Override
    public void close() {
        try {
            server.stop();
            // A server that was never started has only this to give back.
            connector.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.warn("interrupted while the license server's port was closing");
        } catch (Exception e) {
            LOG.warn("the license server's port did not close cleanly: {}", e.toString());
        }
    }

    private static HttpConfiguration http() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
        // Jetty would take a value for the one that the same connection sent before when only the case of letters
        // differs:
        // another token, another idempotency key.
        http.setHeaderCacheCaseSensitive(true);
        return http;
    }

    private List<Metric> metrics(Ledger ledger) {
        return List.of(
                new Metric("hourmeter_server_connections", GAUGE, "Connections that are open.", connections::open),
                new Metric(
                        "hourmeter_server_connections_closed_total",
                        COUNTER,
                        "Connections that were closed to make room for others.",
                        connections::closed),
                new Metric("hourmeter_server_bodies", GAUGE, "Bodies that are on their way.", bodies::arriving),
                new Metric(
                        "hourmeter_server_bodies_bytes",
                        GAUGE,
                        "What bodies take until they are answered.",
                        bodies::bytes),
                new Metric(
                        "hourmeter_server_bodies_refused_total",
                        COUNTER,
                        "Bodies for which there was no room.",
                        bodies::refused),
                new Metric(
                        "hourmeter_server_bodies_abandoned_total",
                        COUNTER,
                        "Bodies that did not come in time.",
                        bodies::abandoned),
                new Metric(
                        "hourmeter_server_ledger_waiting", GAUGE, "Calls that wait for the ledger.", ledger::waiting));
    }

    /** Every call that a license server answers. */
    static List<Route> routes(Ledger ledger, List<Metric> metrics) {
        return Stream.of(
                        new LicenseResource(ledger).routes(),
                        new BalanceResource(ledger).routes(),
                        new UsageResource(ledger).routes(),
                        new HealthResource(ledger::probe, Clock.systemUTC()).routes(),
                        new MetricsResource(metrics).routes())
                .flatMap(List::stream)
                .toList();
    }

    private static InetAddress address(MeteringConfig config) {
        try {
            return InetAddress.getByName(config.get(Settings.LICENSE_SERVER_HOST));
        } catch (UnknownHostException e) {
            throw new ConfigurationException(
                    named(config, Settings.LICENSE_SERVER_HOST)
                            + " is unknown; allowed is a host name or address of this machine",
                    e);
        }
    }

    private static String named(MeteringConfig config, Setting<?> setting) {
        return setting.key() + "=" + config.get(setting) + " (" + config.source(setting) + ")";
    }
}
