package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.server.ledger.store.InputHash;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The schema of a ledger as numbered scripts. Each runs once, in one transaction together with its row in the table
 * {@code schema_script}. A script that was released never changes, which is why its checksum is kept. The scripts are
 * named here and not searched for, because an application's class path may hold anything.
 */
public final class SchemaScripts {

    /** Those of SQLite in their order; the first one has number 1. */
    static final SchemaScripts SQLITE = new SchemaScripts(List.of(
            text("0001-ledger.sql"), //
            text("0002-credit-kinds.sql"), //
            text("0003-probe.sql"), //
            text("0004-clock.sql"),
            text("0005-debts.sql")));

    /** Ledgers of early versions have this table instead, with script 1 under a checksum of its own. */
    private static final String FLYWAY = "flyway_schema_history";

    private static final String FLYWAY_FIRST = "1 961070331";

    private final List<String> texts;
    private final List<String> checksums;

    SchemaScripts(List<String> texts) {
        this.texts = List.copyOf(texts);
        this.checksums = texts.stream()
                .map(text -> HexFormat.of().formatHex(InputHash.sha256(text)))
                .toList();
    }

    /**
     * Runs the scripts that have not run yet.
     *
     * @param connection without auto-commit; its transactions lock out other writers from their beginning on
     * @throws LicenseServerUnavailableException if the tables are not a ledger's, or a newer version's
     */
    void upgrade(Connection connection) throws SQLException {
        // The state is read anew within each transaction, so two processes that start at once run each script once.
        while (runNext(connection)) {
            connection.commit();
        }
        connection.rollback();
    }

    private boolean runNext(Connection connection) throws SQLException {
        List<String> done = done(connection);
        if (done.size() == texts.size()) {
            return false;
        }
        String record = "INSERT INTO schema_script (number, sha256) VALUES (?, ?) ON CONFLICT (number) DO NOTHING";
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "CREATE TABLE IF NOT EXISTS schema_script (number INTEGER PRIMARY KEY, sha256 TEXT NOT NULL)");
            statement.executeUpdate("DROP TABLE IF EXISTS " + FLYWAY);
            statement.executeUpdate(texts.get(done.size()));
        }
        try (PreparedStatement statement = connection.prepareStatement(record)) {
            for (int number = 1; number <= done.size() + 1; number++) {
                statement.setInt(1, number);
                statement.setString(2, checksums.get(number - 1));
                statement.executeUpdate();
            }
        }
        return true;
    }

    /**
     * Whether nothing is left to be run; changes nothing.
     *
     * @throws LicenseServerUnavailableException if the tables are not a ledger's, or a newer version's
     */
    boolean upToDate(Connection connection) throws SQLException {
        int done = done(connection).size();
        if (done == 0) {
            throw new LicenseServerUnavailableException("it holds no ledger", null);
        }
        return done == texts.size();
    }

    /** The checksums of the scripts that have run. */
    private List<String> done(Connection connection) throws SQLException {
        Set<String> tables = new HashSet<>();
        try (ResultSet row = connection.getMetaData().getTables(null, null, "%", new String[] {"TABLE"})) {
            while (row.next()) {
                tables.add(row.getString("TABLE_NAME"));
            }
        }
        List<String> done = new ArrayList<>();
        if (tables.contains("schema_script")) {
            done = column(connection, "SELECT sha256 FROM schema_script ORDER BY number");
        } else if (tables.contains(FLYWAY)) {
            String sql = "SELECT version || ' ' || checksum FROM " + FLYWAY + " ORDER BY installed_rank";
            done = column(connection, sql);
            done.replaceAll(row -> row.equals(FLYWAY_FIRST) ? checksums.get(0) : row);
        } else if (!tables.isEmpty()) {
            throw new LicenseServerUnavailableException("it holds the tables of another program", null);
        }
        if (done.size() > checksums.size()) {
            throw new LicenseServerUnavailableException("it was made by a newer version of this program", null);
        }
        if (!done.equals(checksums.subList(0, done.size()))) {
            throw new LicenseServerUnavailableException("its tables are not those of this program", null);
        }
        return done;
    }

    private static List<String> column(Connection connection, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                values.add(String.valueOf(row.getString(1)));
            }
        }
        return values;
    }

    private static String text(String file) {
        try (InputStream script = Objects.requireNonNull(SchemaScripts.class.getResourceAsStream(file), file)) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(file, e);
        }
    }
}
