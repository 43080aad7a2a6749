package io.hourmeter.tests.crash;

import io.hourmeter.LicenseKey;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Properties;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteOpenMode;

/** Reads the license server's database beside it. */
final class Books implements AutoCloseable {

    private final Connection connection;

    Books(String url) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        Properties properties = config.toProperties();
        this.connection = DriverManager.getConnection(url, properties);
    }

    private long number(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : -1;
            }
        }
    }

    private static byte[] hash(LicenseKey key) {
        return HexFormat.of().parseHex(key.sha256());
    }

    /** The license that a key names; -1 for none. */
    long license(LicenseKey key) throws SQLException {
        return number("SELECT license FROM license_key WHERE sha256 = ?", hash(key));
    }

    long licenses() throws SQLException {
        return number("SELECT COUNT(*) FROM license");
    }

    long heldOverAll() throws SQLException {
        return number("SELECT SUM(held) FROM license");
    }

    /** Used time of a license by its leases, paid or not. */
    long billed(long license) throws SQLException {
        return number("SELECT COALESCE(SUM(charged + uncollected), 0) FROM lease WHERE license = ?", license);
    }

    long purchased(long license) throws SQLException {
        return number("SELECT credited - reversed FROM license WHERE id = ?", license);
    }

    long used(long license) throws SQLException {
        return number("SELECT charged FROM license WHERE id = ?", license);
    }

    long leases() throws SQLException {
        return number("SELECT COUNT(*) FROM lease");
    }

    /** Leases with a hold that nobody ended, so that the license server had to. */
    long lapsed() throws SQLException {
        return number("SELECT COUNT(*) FROM lease WHERE lapsed = 1 AND authorized > 0");
    }

    /** How many entries have an idempotency key, and that amount. */
    long entries(long license, String idempotencyKey, long millis) throws SQLException {
        return number(
                "SELECT COUNT(*) FROM entry WHERE license = ? AND idempotency_key = ? AND millis = ?",
                license,
                idempotencyKey,
                millis);
    }

    /** The sum of the entries with an idempotency key: those that the load generator caused. */
    long sumOfEntries(long license) throws SQLException {
        return number(
                "SELECT COALESCE(SUM(millis), 0) FROM entry WHERE license = ? AND idempotency_key IS NOT NULL",
                license);
    }

    /** What a lease has used by the server's account; -1 for none, or no use. */
    long usedOfLease(String lease) throws SQLException {
        return number("SELECT used FROM lease WHERE lease = ?", lease);
    }

    boolean closed(String lease) throws SQLException {
        return number("SELECT closed FROM lease WHERE lease = ?", lease) == 1;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
