package io.hourmeter.server.http;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A license server on a port of its own over a SQLite file of its own, and ways to speak to it. */
final class TestServer implements AutoCloseable {

    static final String JSON = "application/json";
    static final String PROBLEM = "application/problem+json";
    static final String UNKNOWN_KEY = "RL-ZZZZZZZZ-ZZZZZZZZ-ZZZZZZZZ";

    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final LicenseServer server;
    private final Path database;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    private TestServer(LicenseServer server, Path database) {
        this.server = server;
        this.database = database;
    }

    static TestServer start(Path folder) {
        return start(folder, builder -> builder);
    }

    static TestServer withTokens(Path folder) {
        return start(
                folder,
                builder -> builder.set(Settings.ADMIN_TOKENS, "old-admin, the-admin")
                        .set(Settings.CREDIT_TOKENS, "the-credit")
                        .set(Settings.USAGE_TOKENS, "the-usage"));
    }

    static TestServer start(Path folder, UnaryOperator<MeteringConfigBuilder> settings) {
        Path database = folder.resolve("licenses.db");
        MeteringConfig config = settings.apply(MeteringConfig.builder()
                        .set(Settings.LICENSE_SERVER_PORT, "0")
                        .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + database))
                .build();
        return new TestServer(LicenseServer.start(config), database);
    }

    LicenseServer server() {
        return server;
    }

    int port() {
        return server.port();
    }

    /** What came back. */
    record Reply(int status, HttpHeaders headers, String text) {

        JsonNode body() {
            try {
                return MAPPER.readTree(text);
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + text, e);
            }
        }

        String header(String name) {
            return headers.firstValue(name).orElse("");
        }

        String code() {
            return body().path("code").asText();
        }

        String detail() {
            return body().path("detail").asText();
        }
    }

    Reply get(String path, String... headers) {
        return sendBytes("GET", path, null, headers);
    }

    Reply post(String path, String body, String... headers) {
        return send("POST", path, body, headers);
    }

    Reply send(String method, String path, String body, String... headers) {
        return sendBytes(method, path, body == null ? null : body.getBytes(StandardCharsets.UTF_8), headers);
    }

    Reply sendBytes(String method, String path, byte[] body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(PATIENCE)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new AssertionError(method + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** A license as a token-less or admin caller creates it. */
    JsonNode create(String hours, String... headers) {
        Reply reply = post(
                "/api/licenses",
                "{\"email\":\"ann@example.com\",\"company\":\"Example\",\"name\":\"Ann\",\"hours\":" + hours + "}",
                headers);
        if (reply.status() != 201) {
            throw new AssertionError("not created: " + reply);
        }
        return reply.body().path("license");
    }

    String createKey(String hours, String... headers) {
        return create(hours, headers).path("key").asText();
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout((int) PATIENCE.toMillis());
        return socket;
    }

    /** Sends bytes as they are and reads until the server closes; ask for {@code Connection: close}. */
    String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return readAll(socket.getInputStream());
        }
    }

    static String readAll(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            all.write(buffer, 0, n);
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /** Every row of every table: two equal dumps mean that nothing was changed. */
    String dump() {
        StringBuilder dump = new StringBuilder();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database)) {
            for (String table : tables(connection)) {
                dump.append("== ").append(table).append('\n');
                appendRows(connection, table, dump);
            }
        } catch (SQLException e) {
            throw new AssertionError("no dump of the ledger", e);
        }
        return dump.toString();
    }

    private static List<String> tables(Connection connection) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")) {
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
        }
        return tables;
    }

    private static void appendRows(Connection connection, String table, StringBuilder dump) throws SQLException {
        List<String> lines = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT * FROM \"" + table + "\"")) {
            int columns = rows.getMetaData().getColumnCount();
            while (rows.next()) {
                StringBuilder line = new StringBuilder();
                for (int i = 1; i <= columns; i++) {
                    line.append(rows.getString(i)).append('|');
                }
                lines.add(line.toString());
            }
        }
        lines.sort(null);
        lines.forEach(line -> dump.append(line).append('\n'));
    }

    @Override
    public void close() {
        server.close();
    }
}
