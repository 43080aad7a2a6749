package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.server.ledger.rules.ClockStep;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.store.AuditCase;
import io.hourmeter.server.ledger.store.ClockWatch;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LicenseRecord;
import io.hourmeter.server.ledger.store.LicenseSearch;
import io.hourmeter.server.ledger.store.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Reads on connections of their own; each call sees one snapshot, and never waits for the writer. */
final class SqliteReads implements LedgerStore.Reads {

    private final DataSource source;
    private final InstantSource clock;

    SqliteReads(DataSource source, InstantSource clock) {
        this.source = source;
        this.clock = clock;
    }

    private interface Reading<T> {
        T from(Connection connection) throws SQLException;
    }

    private <T> T read(Reading<T> reading) throws StoreException {
        try (Connection connection = source.getConnection()) {
            return reading.from(connection);
        } catch (SQLException e) {
            throw SqliteFailure.failure(e);
        }
    }

    @Override
    public Optional<LicenseRecord> license(String name) throws StoreException {
        return read(connection -> license(connection, name));
    }

    private Optional<LicenseRecord> license(Connection connection, String name) throws SQLException {
        String byId =
                "SELECT " + SqliteRows.LICENSE_COLUMNS + ", NULL AS key_ends_at FROM license l WHERE l.public_id = ?";
        String byKey = "SELECT " + SqliteRows.LICENSE_COLUMNS + """
                , n.ends_at AS key_ends_at FROM license_key n JOIN license l ON l.id = n.license WHERE n.sha256 = ?""";
        boolean id = LicenseNames.isPublicId(name);
        try (PreparedStatement statement = connection.prepareStatement(id ? byId : byKey)) {
            Object parameter = id ? name : SqliteRows.bytes(name);
            SqliteRows.bind(statement, parameter);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                LicenseRecord license = SqliteRows.license(row);
                LicenseRow now = ClockStep.of(license.row(), clock.millis()).license();
                Long endsAt = SqliteRows.nullableLong(row, "key_ends_at");
                boolean ended = endsAt != null && now.storeNowMillis() >= endsAt;
                return ended ? Optional.empty() : Optional.of(license.with(now));
            }
        }
    }

    @Override
    public List<LicenseRecord> list(LicenseSearch search) throws StoreException {
        return read(connection -> list(connection, search));
    }

    private List<LicenseRecord> list(Connection connection, LicenseSearch search) throws SQLException {
        String sql = "SELECT " + SqliteRows.LICENSE_COLUMNS + """
                 FROM license l
                WHERE l.id < ? AND (? IS NULL OR l.search LIKE ? ESCAPE '\\'
                  OR l.id = (SELECT license FROM license_key WHERE sha256 = ?))
                  AND (? IS NULL OR l.email = ? COLLATE NOCASE) AND (? IS NULL OR l.status = ?)
                ORDER BY l.id DESC LIMIT ?""";
        String text = search.text();
        String status = search.status() == null ? null : search.status().name();
        String pattern = text == null ? null : "%" + escaped(text.toLowerCase(Locale.ROOT)) + "%";
        byte @Nullable [] key = search.keySha256().map(HexFormat.of()::parseHex).orElse(null);
        List<LicenseRecord> licenses = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            SqliteRows.bind(
                    statement,
                    search.belowId(),
                    pattern,
                    pattern,
                    key,
                    search.email(),
                    search.email(),
                    status,
                    status,
                    search.limit());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    LicenseRecord license = SqliteRows.license(row);
                    licenses.add(license.with(
                            ClockStep.of(license.row(), clock.millis()).license()));
                }
            }
        }
        return licenses;
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
    }

    @Override
    public Optional<History> history(String name, HistoryQuery query, ZoneId zone) throws StoreException {
        return read(connection -> {
            Optional<LicenseRecord> license = license(connection, name);
            if (license.isEmpty()) {
                return Optional.empty();
            }
            LicenseRow row = license.get().row();
            return Optional.of(new SqliteHistory(connection, row, query, zone).read(row));
        });
    }

    @Override
    public List<Long> overdue(int limit) throws StoreException {
        return read(connection -> overdue(connection, limit));
    }

    private List<Long> overdue(Connection connection, int limit) throws SQLException {
        String sql = """
                SELECT DISTINCT e.license FROM lease e JOIN license l ON l.id = e.license
                WHERE e.closed = 0 AND e.lapsed = 0
                  AND (e.from_at + e.authorized + ? < MAX(l.last_now, ? + l.clock_offset)
                    OR ? + l.clock_offset + ? < l.last_now)
                LIMIT ?""";
        List<Long> licenses = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            long now = clock.millis();
            SqliteRows.bind(statement, LeaseRow.LAPSE_AFTER_MILLIS, now, now, ClockStep.TOLERATED_MILLIS, limit);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    licenses.add(row.getLong(1));
                }
            }
        }
        return licenses;
    }

    @Override
    public Optional<AuditCase> audit(long aboveId) throws StoreException {
        return read(connection -> {
            List<AuditCase.LicenseTotals> licenses = rows(connection, """
                            SELECT l.id, l.public_id, l.credited, l.reversed, l.charged, l.held, l.uncollected,
                              l.owed, l.collected,
                              COALESCE(c.credited, 0) AS created_with
                            FROM license l LEFT JOIN creation c ON c.license = l.id
                            WHERE l.id > ? ORDER BY l.id LIMIT 1""", aboveId, SqliteRows::licenseTotals);
            if (licenses.isEmpty()) {
                return Optional.empty();
            }
            AuditCase.LicenseTotals license = licenses.get(0);
            long id = license.id();
            return Optional.of(new AuditCase(
                    license,
                    rows(connection, "SELECT * FROM entry WHERE license = ? ORDER BY id", id, SqliteRows::auditEntry),
                    rows(connection, "SELECT * FROM lease WHERE license = ? ORDER BY id", id, SqliteRows::lease),
                    rows(connection, "SELECT * FROM reversal WHERE license = ?", id, SqliteRows::reversal)));
        });
    }

    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private static <T> List<T> rows(Connection connection, String sql, long parameter, RowReader<T> reader)
            throws SQLException {
        List<T> rows = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, parameter);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(reader.read(row));
                }
            }
        }
        return rows;
    }

    @Override
    public String dump() throws StoreException {
        return read(connection -> {
            StringBuilder text = new StringBuilder();
            for (String table : List.of(
                    "license ORDER BY id",
                    "license_key ORDER BY license, created_at, sha256",
                    "entry ORDER BY id",
                    "lease ORDER BY id",
                    "scope_break ORDER BY license, scope",
                    "reversal ORDER BY license, purchase, object",
                    "creation ORDER BY license",
                    "license_event ORDER BY id")) {
                dump(connection, table, text);
            }
            return text.toString();
        });
    }

    private static void dump(Connection connection, String table, StringBuilder text) throws SQLException {
        text.append(table, 0, table.indexOf(' ')).append('\n');
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM " + table)) {
            int columns = row.getMetaData().getColumnCount();
            while (row.next()) {
                for (int i = 1; i <= columns; i++) {
                    Object value = row.getObject(i);
                    text.append(i == 1 ? "  " : ", ")
                            .append(row.getMetaData().getColumnName(i))
                            .append('=')
                            .append(value instanceof byte[] bytes ? SqliteRows.hex(bytes) : value);
                }
                text.append('\n');
            }
        }
    }

    /** What was kept of the clock. */
    static ClockWatch.Seen clock(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT at, ahead, since FROM clock")) {
            row.next();
            return new ClockWatch.Seen(row.getLong("at"), row.getLong("ahead"), row.getLong("since"));
        }
    }

    @Override
    public void ping() throws StoreException {
        boolean answered = read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM (SELECT 1 FROM license LIMIT 1)")) {
                return row.next();
            }
        });
        if (!answered) {
            throw new StoreException("the store answered nothing", false, null);
        }
    }
}
