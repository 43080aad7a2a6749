package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.server.ledger.rules.Coverage;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.store.ClockWatch;
import io.hourmeter.server.ledger.store.HistoryCursor;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads one page of a license's history on one connection, within one snapshot.
 *
 * <p>A line is an entry, or a lease with what it was charged. A lease stands at the moment of its last charge, since
 * that is when the balance moved last; so no line is ever followed by a balance below zero that was not there. What
 * remains after a line is the sum of all lines up to it, whatever the page shows. The work is proportional to the
 * license's lines: of one license, not of the ledger.
 *
 * <p>Lines are ordered by the license's own time and dated by the store's clock as it was, see {@code ClockStep}. A line
 * whose date is in doubt says so, for people, at the end of its description.
 */
final class SqliteHistory {

    private static final String LINES = """
            WITH line AS (
              SELECT at, 0 AS source, id, kind, millis, reference, description, at - clock_offset AS date,
                date_uncertain
              FROM entry WHERE license = ?1
              UNION ALL
              SELECT charged_at, 1, id, 'USAGE', -charged, session, '', charged_at - charged_clock_offset,
                charged_uncertain
              FROM lease WHERE license = ?1 AND charged > 0
            )
            """;

    /** Types that are wanted and instants that bound them; the parameters are bound by {@link #filter}. */
    private static final String WANTED = """
            (?2 = 'ALL' OR (?2 = 'USAGE') = (kind IN ('DEBIT', 'COLLECTION', 'USAGE'))) AND date >= ?3 AND date < ?4
            """;

    /** Zones differ by whole quarters of an hour, so sums by quarter can be put into the days of any zone. */
    private static final long QUARTER_MILLIS = 900_000;

    private static final String DATE_UNCERTAIN = "date uncertain";

    private final Connection connection;
    private final long license;
    private final HistoryQuery query;
    private final ZoneId zone;
    private final long nowMillis;

    SqliteHistory(Connection connection, LicenseRow license, HistoryQuery query, ZoneId zone) {
        this.connection = connection;
        this.license = license.id();
        this.nowMillis = license.storeNowMillis();
        this.query = query;
        this.zone = zone;
    }

    History read(LicenseRow row) throws SQLException {
        HistoryCursor cursor = HistoryCursor.parse(query.cursor());
        List<History.Entry> entries = new ArrayList<>();
        HistoryCursor.Line nextLine = cursor.line() == null ? null : readLines(cursor.line(), entries);
        List<History.Session> sessions = new ArrayList<>();
        boolean wanted = query.type() != HistoryQuery.Type.PAYMENT;
        HistoryCursor.Session nextSession =
                cursor.session() == null || !wanted ? null : readSessions(cursor.session(), sessions);
        return new History(
                List.copyOf(entries),
                List.copyOf(sessions),
                readDays(),
                readTotals(row),
                new HistoryCursor(nextLine, nextSession).text());
    }

    /** Adds a page of lines; answers where the next one begins, or null at the end. */
    private HistoryCursor.@Nullable Line readLines(HistoryCursor.Line below, List<History.Entry> entries)
            throws SQLException {
        String sql = LINES + """
                , running AS (
                  SELECT *, SUM(millis) OVER (ORDER BY at, source, id ROWS UNBOUNDED PRECEDING) AS remaining_after
                  FROM line
                )
                SELECT * FROM running
                WHERE (at, source, id) < (?5, ?6, ?7) AND
                """ + WANTED + "ORDER BY at DESC, source DESC, id DESC LIMIT ?8";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            filter(statement);
            statement.setLong(5, below.at());
            statement.setLong(6, below.source());
            statement.setLong(7, below.id());
            // One more than asked for tells whether there is a next page.
            statement.setInt(8, query.limit() + 1);
            HistoryCursor.Line last = below;
            try (ResultSet line = statement.executeQuery()) {
                while (line.next()) {
                    if (entries.size() == query.limit()) {
                        return last;
                    }
                    last = new HistoryCursor.Line(line.getLong("at"), line.getLong("source"), line.getLong("id"));
                    entries.add(entry(line, last));
                }
            }
            return null;
        }
    }

    private History.Entry entry(ResultSet line, HistoryCursor.Line place) throws SQLException {
        return new History.Entry(
                (place.source() == 0 ? "e" : "u") + place.id(),
                Instant.ofEpochMilli(line.getLong("date")),
                line.getString("kind"),
                line.getLong("millis"),
                line.getLong("remaining_after"),
                line.getString("reference"),
                description(line));
    }

    private String description(ResultSet line) throws SQLException {
        String description = line.getString("description");
        // The clock may have been ahead since the start, when there was nothing to compare it with.
        boolean uncertain =
                line.getBoolean("date_uncertain") || line.getLong("date") > nowMillis + ClockWatch.JUMP_MILLIS;
        if (!uncertain) {
            return description;
        }
        return description.isEmpty() ? DATE_UNCERTAIN : description + " (" + DATE_UNCERTAIN + ")";
    }

    /** Adds a page of sessions; answers where the next one begins, or null at the end. */
    private HistoryCursor.@Nullable Session readSessions(HistoryCursor.Session below, List<History.Session> sessions)
            throws SQLException {
        String sql = """
                SELECT session, MAX(from_at + used) AS ended, SUM(charged + collected) AS charged,
                  SUM(uncollected - collected) AS uncollected, COUNT(DISTINCT node) AS nodes,
                  -- Dates that are in doubt only where there are no others.
                  COALESCE(MIN(CASE from_uncertain WHEN 0 THEN from_at - from_clock_offset END),
                    MIN(from_at - from_clock_offset)) AS first_date,
                  COALESCE(MAX(CASE from_uncertain WHEN 0 THEN from_at + used - from_clock_offset END),
                    MAX(from_at + used - from_clock_offset)) AS last_date
                FROM lease WHERE license = ? AND used >= 0
                GROUP BY session
                HAVING last_date >= ? AND first_date < ? AND (ended, session) < (?, ?)
                ORDER BY ended DESC, session DESC LIMIT ?""";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            SqliteRows.bind(statement, license, from(), to(), below.ended(), below.session(), query.limit() + 1);
            HistoryCursor.Session last = below;
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    if (sessions.size() == query.limit()) {
                        return last;
                    }
                    last = new HistoryCursor.Session(row.getLong("ended"), row.getString("session"));
                    sessions.add(new History.Session(
                            last.session(),
                            Instant.ofEpochMilli(row.getLong("first_date")),
                            Instant.ofEpochMilli(row.getLong("last_date")),
                            active(last.session()),
                            row.getLong("charged"),
                            row.getLong("uncollected"),
                            row.getInt("nodes")));
                }
            }
            return null;
        }
    }

    /** The session's own time, its pauses included as they count, whatever other sessions cover of it. */
    private long active(String session) throws SQLException {
        String sql = "SELECT * FROM lease WHERE license = ? AND session = ? AND used >= 0";
        List<Coverage.Span> spans = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            SqliteRows.bind(statement, license, session);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    LeaseRow lease = SqliteRows.lease(row);
                    spans.add(lease.spanTo(lease.usedEndMillis()));
                }
            }
        }
        return Coverage.of(spans).measureMillis();
    }

    private List<History.Day> readDays() throws SQLException {
        String sql = LINES + """
                SELECT date / ?5 AS quarter,
                  SUM(CASE WHEN kind IN ('DEBIT', 'COLLECTION', 'USAGE') THEN -millis ELSE 0 END) AS used,
                  SUM(CASE WHEN kind IN ('DEBIT', 'COLLECTION', 'USAGE') THEN 0 ELSE millis END) AS purchased
                FROM line WHERE
                """ + WANTED + "GROUP BY quarter";
        Map<LocalDate, History.Day> days = new TreeMap<>(Comparator.reverseOrder());
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            filter(statement);
            statement.setLong(5, QUARTER_MILLIS);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    LocalDate day = Instant.ofEpochMilli(row.getLong("quarter") * QUARTER_MILLIS)
                            .atZone(zone)
                            .toLocalDate();
                    days.merge(
                            day,
                            new History.Day(day, row.getLong("used"), row.getLong("purchased")),
                            (a, b) -> new History.Day(
                                    day, a.usedMillis() + b.usedMillis(), a.purchasedMillis() + b.purchasedMillis()));
                }
            }
        }
        return List.copyOf(days.values());
    }

    private History.Totals readTotals(LicenseRow row) throws SQLException {
        String sql = """
                SELECT (SELECT COUNT(*) FROM entry WHERE license = ?1 AND kind = 'PURCHASE'),
                  (SELECT COUNT(DISTINCT session) FROM lease WHERE license = ?1 AND used >= 0)""";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, license);
            try (ResultSet counts = statement.executeQuery()) {
                counts.next();
                return new History.Totals(
                        row.purchasedMillis(), row.chargedMillis(), counts.getLong(1), counts.getLong(2));
            }
        }
    }

    private void filter(PreparedStatement statement) throws SQLException {
        SqliteRows.bind(statement, license, query.type().name(), from(), to());
    }

    private long from() {
        return query.from() == null ? Long.MIN_VALUE : millis(query.from());
    }

    private long to() {
        return query.to() == null ? Long.MAX_VALUE : millis(query.to());
    }

    /** Instants that no {@code long} of milliseconds holds lie beyond every line. */
    private static long millis(Instant instant) {
        try {
            return instant.toEpochMilli();
        } catch (ArithmeticException e) {
            return instant.isAfter(Instant.EPOCH) ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
    }
}
