package io.hourmeter.server.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The prepared statements of the writer's connection, by their text; used by the writer's thread alone. */
final class SqliteStatements implements AutoCloseable {

    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    SqliteStatements(Connection connection) {
        this.connection = connection;
    }

    /** The statement with its parameters set; valid until the same text is asked for again. */
    PreparedStatement get(String sql, @Nullable Object... parameters) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        bind(statement, parameters);
        return statement;
    }

    /** Runs a statement that must change exactly one row. */
    void changeOne(String sql, @Nullable Object... parameters) throws SQLException {
        int rows = get(sql, parameters).executeUpdate();
        if (rows != 1) {
            throw new IllegalStateException(rows + " rows instead of one were changed by: " + sql.strip());
        }
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

    @Override
    public void close() {
        for (PreparedStatement statement : prepared.values()) {
            try {
                statement.close();
            } catch (SQLException e) {
                // The connection is closed next, and takes it along.
            }
        }
        prepared.clear();
    }
}
