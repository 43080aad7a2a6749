package io.hourmeter.server;

import io.hourmeter.LicenseClient;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.LibraryVersions;
import io.hourmeter.server.http.LicenseHttpServer;
import io.hourmeter.server.ledger.Ledger;
import java.net.URI;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A running license server: the ledger and its HTTP port. For an application that wants one in its own process;
 * {@link LicenseServerMain} is the same as a program.
 *
 * <p>Opens of one database within one process share one ledger, so an application that uses {@code
 * license.server.url=embedded} and also starts this server has one set of balances. Thread-safe.
 */
public final class LicenseServer implements AutoCloseable {

    /** Two opens of one ledger: the client's calls give up after license.server.timeout, those over HTTP later. */
    private record Ledgers(LicenseClient client, Ledger http) {}

    private final LicenseHttpServer http;
    private final Ledgers ledgers;
    private final String host;
    private final AtomicBoolean closed = new AtomicBoolean();

    private LicenseServer(LicenseHttpServer http, Ledgers ledgers, String host) {
        this.http = http;
        this.ledgers = ledgers;
        this.host = host;
    }

    /**
     * Opens the ledger and the port.
     *
     * @param config the settings {@code license.server.*} and {@code license.*}
     * @return the running server, which the caller closes
     * @throws ConfigurationException if a setting is not allowed or the port is not free
     * @throws IllegalStateException if a library is missing or too old
     * @throws io.hourmeter.LicenseServerUnavailableException if the database cannot be opened, or another process has it
     */
    public static LicenseServer start(MeteringConfig config) {
        LibraryVersions.requireLicenseServer(LicenseServer.class);
        LicenseHttpServer http = LicenseHttpServer.bind(config);
        LicenseServer server;
        try {
            server = new LicenseServer(http, openLedger(config), config.get(Settings.LICENSE_SERVER_HOST));
        } catch (RuntimeException | Error e) {
            http.close();
            throw e;
        }
        try {
            http.serve(server.ledgers.http());
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
        return server;
    }

    private static Ledgers openLedger(MeteringConfig config) {
        LicenseClient client = EmbeddedLicenseClient.open(config);
        try {
            return new Ledgers(client, Ledger.open(config));
        } catch (RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    /**
     * The port in use.
     *
     * @return 1 to 65535, also when {@code license.server.port} is 0
     */
    public int port() {
        return http.port();
    }

    /**
     * Where the server is reached from this machine.
     *
     * @return for example {@code http://127.0.0.1:5001}
     */
    public URI url() {
        boolean literalV6 = host.indexOf(':') >= 0 && !host.startsWith("[");
        return URI.create("http://" + (literalV6 ? "[" + host + "]" : host.toLowerCase(Locale.ROOT)) + ":" + port());
    }

    /**
     * A client on the same ledger, without HTTP.
     *
     * @return one client for as long as this server runs; closing it is not needed
     */
    public LicenseClient client() {
        return ledgers.client();
    }

    /** Lets running requests end, closes the port, then the ledger; takes a few seconds at most. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            http.close();
            ledgers.client().close();
            ledgers.http().close();
        }
    }
}
