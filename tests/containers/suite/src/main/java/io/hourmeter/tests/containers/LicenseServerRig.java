package io.hourmeter.tests.containers;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseRef;
import io.hourmeter.NewLicense;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Program;
import io.hourmeter.config.Setting;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A real license server on loopback with a SQLite file, behind the web applications of the suite. Thread-safe. */
final class LicenseServerRig implements AutoCloseable {

    /** Enough for every session of a run to hold its lease. */
    static final Duration PLENTY = Duration.ofHours(100_000);

    /** Longer than any run takes: sessions are counted, so none may end by itself meanwhile. */
    private static final String IDLE_TIMEOUT = "24h";

    private final Path folder;
    private final LicenseServer server;

    LicenseServerRig() {
        try {
            folder = Files.createTempDirectory("hourmeter-suite");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server = LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .set(Settings.SERVER_TIMEOUT, "20s")
                .build());
    }

    String url() {
        return server.url().toString();
    }

    /** A new license. */
    License license(Duration hours) {
        CreatedLicense made =
                server.client().create(NewLicense.of(new Customer("a@example.com", "Example", "A"), hours), null);
        return new License(made.key().text(), made.license().id());
    }

    /**
     * A customer's license.
     *
     * @param key what a client sends
     * @param id how the ledger calls it
     */
    record License(String key, LicenseRef id) {}

    /** What the ledger says about a license. */
    History history(License license) {
        return server.client()
                .history(
                        license.id(),
                        new HistoryQuery(HistoryQuery.Type.ALL, null, null, HistoryQuery.MAX_LIMIT, null));
    }

    /** The sessions of a license by id, in the ledger. */
    List<History.Session> sessions(License license) {
        return history(license).sessions();
    }

    /** What running sessions hold, in milliseconds. */
    long held(License license) {
        return server.client().hoursRemaining(license.id()).heldMillis();
    }

    /** The settings of an application on this server. Each request without a session id is a session of its own. */
    MeteringConfig config(Map<Setting<?>, String> settings) {
        var builder = MeteringConfig.builder()
                .programs(Set.of(Program.APPLICATION))
                .set(Settings.SERVER_URL, url())
                .set(Settings.SERVER_TIMEOUT, "20s")
                .set(Settings.JOURNAL, "none")
                .set(Settings.IDLE_TIMEOUT, IDLE_TIMEOUT)
                .set(Settings.FILTER_EXCLUDE, Site.EXCLUDED)
                .set(Settings.BILLING, "session");
        settings.forEach(builder::set);
        return builder.build();
    }

    @Override
    public void close() {
        server.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
