package io.hourmeter.tests.e2e;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hourmeter.Hours;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.server.LicenseServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/**
 * Real license servers and real web applications over loopback, as many as a test wants, all closed at the end in the
 * reverse order of their start.
 */
final class Rig implements AutoCloseable {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Path folder;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private int apps;

    Rig(Path folder) {
        this.folder = folder;
    }

    LicenseServer licenseServer(int port) {
        LicenseServer server = LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, Integer.toString(port))
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .build());
        opened.push(server);
        return server;
    }

    /** A web application against a license server, with settings for a test that lasts seconds. */
    WebApp webApp(int licenseServerPort, Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>();
        all.put("license.server.url", "http://127.0.0.1:" + licenseServerPort);
        all.put("usage.check.interval", "2s");
        all.put("usage.idle.timeout", "2s");
        all.put("usage.journal", folder.resolve("journal-" + apps++).toString());
        all.put("webapp.port", "0");
        all.putAll(settings);
        WebApp app = WebApp.start(MeteringConfig.builder().initParams(all).build());
        opened.push(app);
        return app;
    }

    /** Creates a license through the license server's HTTP side, as a seller would, and returns its key. */
    String license(int licenseServerPort, String hours) {
        return post(
                        licenseServerPort,
                        "/api/licenses",
                        "{\"email\":\"ada@example.com\",\"company\":\"Analytical\",\"name\":\"Ada\",\"hours\":" + hours
                                + "}")
                .at("/license/key")
                .asText();
    }

    void addHours(int licenseServerPort, String key, String hours) {
        post(licenseServerPort, "/api/licenses/" + key + "/hours", "{\"hours\":" + hours + "}");
    }

    long usedMillis(int licenseServerPort, String key) {
        return Hours.toMillis(balance(licenseServerPort, key).get("used_hours").decimalValue());
    }

    JsonNode balance(int licenseServerPort, String key) {
        return json(get(licenseServerPort, "/api/licenses/" + key + "/hours"));
    }

    JsonNode post(int port, String path, String body) {
        HttpResponse<String> answer = send(request(port, path).POST(HttpRequest.BodyPublishers.ofString(body)));
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError("POST answered " + answer.statusCode() + ": " + answer.body());
        }
        return json(answer);
    }

    /** Calls the application with a key, as a customer would. */
    HttpResponse<String> use(WebApp app, String path, String key, String... headers) {
        HttpRequest.Builder request = request(app.port(), path).header("X-License-Key", key);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    HttpResponse<String> get(int port, String path) {
        return send(request(port, path));
    }

    HttpRequest.Builder request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    static JsonNode json(HttpResponse<String> answer) {
        return json(answer.body());
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    /** Closes one of the programs now. */
    void close(AutoCloseable program) throws Exception {
        opened.remove(program);
        program.close();
    }

    @Override
    public void close() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    /** Paces a loop: real time is the subject of these tests. */
    static void pause(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    static long millisSince(long startNanos) {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }
}
