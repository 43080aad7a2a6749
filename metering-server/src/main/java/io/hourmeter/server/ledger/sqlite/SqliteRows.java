package io.hourmeter.server.ledger.sqlite;

import io.hourmeter.Customer;
import io.hourmeter.LicenseStatus;
import io.hourmeter.server.ledger.rules.EntryKind;
import io.hourmeter.server.ledger.rules.LeaseRow;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.rules.ReversalRecord;
import io.hourmeter.server.ledger.rules.Unpaid;
import io.hourmeter.server.ledger.store.AuditCase;
import io.hourmeter.server.ledger.store.EntryRecord;
import io.hourmeter.server.ledger.store.LicenseRecord;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Rows as records. */
final class SqliteRows {

    /** The columns that {@link #license} reads; {@code l} is the license table. */
    static final String LICENSE_COLUMNS = """
            l.id, l.public_id, l.email, l.company, l.name, l.type, l.status, l.created_at, l.expires_at,
            l.clock_offset, l.last_now, l.max_gap, l.credited, l.reversed, l.charged, l.held, l.uncollected,
            l.owed, l.collected,
            (SELECT k.masked FROM license_key k WHERE k.license = l.id
              ORDER BY k.ends_at IS NULL DESC, k.created_at DESC, k.sha256 LIMIT 1) AS newest_masked""";

    private SqliteRows() {}

    static LicenseRecord license(ResultSet row) throws SQLException {
        Long expires = nullableLong(row, "expires_at");
        return new LicenseRecord(
                new LicenseRow(
                        row.getLong("id"),
                        row.getString("public_id"),
                        new LicenseRow.Terms(
                                LicenseStatus.valueOf(row.getString("status")),
                                expires == null ? LicenseRow.NEVER : expires),
                        totals(row),
                        new LicenseRow.Timing(
                                row.getLong("last_now"), row.getLong("clock_offset"), row.getLong("max_gap"))),
                row.getString("newest_masked"),
                new Customer(row.getString("email"), row.getString("company"), row.getString("name")),
                row.getString("type"),
                row.getLong("created_at"));
    }

    /** The running totals of a license, as they are. */
    private static LicenseRow.Totals totals(ResultSet row) throws SQLException {
        return new LicenseRow.Totals(
                row.getLong("credited"),
                row.getLong("reversed"),
                row.getLong("charged"),
                row.getLong("held"),
                unpaid(row));
    }

    private static Unpaid unpaid(ResultSet row) throws SQLException {
        return new Unpaid(row.getLong("uncollected"), row.getLong("owed"), row.getLong("collected"));
    }

    static LeaseRow lease(ResultSet row) throws SQLException {
        return new LeaseRow(
                new LeaseRow.Origin(
                        row.getString("lease"),
                        row.getString("scope"),
                        row.getString("session"),
                        row.getString("node")),
                new LeaseRow.Terms(
                        row.getLong("from_at"),
                        row.getLong("gap"),
                        row.getLong("ahead"),
                        row.getLong("grace"),
                        row.getLong("break_at")),
                new LeaseRow.Progress(
                        row.getLong("used"), row.getLong("authorized"), row.getBoolean("offline"), row.getLong("seq")),
                new LeaseRow.End(row.getBoolean("closed"), row.getBoolean("lapsed")),
                new LeaseRow.Bill(row.getLong("charged"), unpaid(row)));
    }

    static EntryRecord entry(ResultSet row) throws SQLException {
        return new EntryRecord(
                EntryKind.valueOf(row.getString("kind")),
                row.getLong("millis"),
                new EntryRecord.After(
                        row.getLong("purchased_after"), row.getLong("used_after"), row.getLong("held_after")),
                new EntryRecord.Cause(
                        row.getString("idempotency_key"),
                        hex(row.getBytes("input_hash")),
                        row.getString("reference"),
                        row.getString("description"),
                        row.getString("actor")),
                new EntryRecord.Moment(row.getLong("at"), row.getLong("clock_offset")));
    }

    static AuditCase.LicenseTotals licenseTotals(ResultSet row) throws SQLException {
        return new AuditCase.LicenseTotals(
                row.getLong("id"), row.getString("public_id"), totals(row), row.getLong("created_with"));
    }

    static AuditCase.Entry auditEntry(ResultSet row) throws SQLException {
        return new AuditCase.Entry(
                row.getLong("id"),
                EntryKind.valueOf(row.getString("kind")),
                row.getLong("millis"),
                new AuditCase.After(
                        row.getLong("remaining_after"),
                        row.getLong("purchased_after"),
                        row.getLong("used_after"),
                        row.getLong("held_after")),
                row.getString("idempotency_key"));
    }

    static ReversalRecord reversal(ResultSet row) throws SQLException {
        return new ReversalRecord(
                row.getString("purchase"),
                row.getString("object"),
                row.getLong("version"),
                row.getLong("part"),
                row.getLong("whole"));
    }

    static @Nullable Long nullableLong(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : Long.valueOf(value);
    }

    /** The column of an expiry. */
    static @Nullable Long expires(long expiresMillis) {
        return expiresMillis == LicenseRow.NEVER ? null : Long.valueOf(expiresMillis);
    }

    static void bind(PreparedStatement statement, @Nullable Object... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
    }

    /** Hashes are hexadecimal in Java and bytes in the store. */
    static byte @Nullable [] bytes(@Nullable String hex) {
        return hex == null ? null : HexFormat.of().parseHex(hex);
    }

    static @Nullable String hex(byte @Nullable [] bytes) {
        return bytes == null ? null : HexFormat.of().formatHex(bytes);
    }
}
