package io.hourmeter.server.ledger.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The connection that writes, with its prepared statements by their text; used by the writer's thread alone. */
final class SqliteWriter implements AutoCloseable {

    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new HashMap<>();

    SqliteWriter(Connection connection) {
        this.connection = connection;
    }

    /** The statement with its parameters set; valid until the same text is asked for again. */
    PreparedStatement get(String sql, @Nullable Object... parameters) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        SqliteRows.bind(statement, parameters);
        return statement;
    }

    /** Runs a statement that must change exactly one row. */
    void changeOne(String sql, @Nullable Object... parameters) throws SQLException {
        int rows = get(sql, parameters).executeUpdate();
        if (rows != 1) {
            throw new IllegalStateException(rows + " rows instead of one were changed by: " + sql.strip());
        }
    }

    void commit() throws SQLException {
        connection.commit();
    }

    void rollback() throws SQLException {
        connection.rollback();
    }

    @Override
    public void close() {
        try {
            // Takes the statements along.
            connection.close();
        } catch (SQLException e) {
            // Everything acknowledged was committed before.
        }
        prepared.clear();
    }
}
