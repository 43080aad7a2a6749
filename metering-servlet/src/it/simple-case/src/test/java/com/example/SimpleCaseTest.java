package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The unpacked application in a container, against a license server on a free port. */
class SimpleCaseTest {

    private static final Path APPLICATION = Path.of("target", "simple-case-1");
    private static final Path SETTINGS = APPLICATION.resolve("WEB-INF/classes/metering.properties");
    private static final long USE_MILLIS = 1_500;
    private static final long SLACK_MILLIS = 250;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);
    private OneLicenseServer licenses;

    @BeforeEach
    void start() throws Exception {
        licenses = new OneLicenseServer();
        // The one line as it stands in the README, with a port that is free on this machine.
        assertEquals(
                List.of("license.server.url=http://localhost:5001"),
                Files.readAllLines(Path.of("src/main/resources/metering.properties")));
        Files.writeString(SETTINGS, "license.server.url=http://localhost:" + licenses.port() + "\n");
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        WebAppContext context = new WebAppContext();
        context.setContextPath("/");
        context.setWar(APPLICATION.toAbsolutePath().toString());
        context.setTempDirectory(Files.createDirectories(Path.of("target", "temp")).toFile());
        context.setThrowUnavailableOnStartupException(true);
        server.setHandler(context);
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        licenses.close();
    }

    @Test
    void meteredRequestsAreServedAndDeducted() throws Exception {
        long begun = System.nanoTime();
        HttpResponse<String> first = get(OneLicenseServer.KEY);
        long firstAnswered = System.nanoTime();
        assertEquals(200, first.statusCode(), first.body());
        assertEquals("hello\n", first.body());
        assertTrue(first.headers().firstValue("X-Session-ID").isPresent(), "X-Session-ID");
        BigDecimal remaining = new BigDecimal(first.headers().firstValue("X-Hours-Remaining").orElseThrow());
        assertTrue(remaining.compareTo(BigDecimal.TEN) <= 0, remaining.toString());

        HttpResponse<String> last = first;
        while (millisSince(firstAnswered) < USE_MILLIS) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            last = get(OneLicenseServer.KEY);
            assertEquals(200, last.statusCode(), last.body());
        }
        BigDecimal remainingLater = new BigDecimal(last.headers().firstValue("X-Hours-Remaining").orElseThrow());
        assertTrue(remainingLater.compareTo(remaining) < 0, remaining + " then " + remainingLater);

        long longest = millisSince(begun);
        server.stop();
        long usedMillis = licenses.usedMillis();
        assertTrue(
                usedMillis >= USE_MILLIS - SLACK_MILLIS && usedMillis <= longest + SLACK_MILLIS,
                "deducted " + usedMillis + " ms for use of " + USE_MILLIS + " to " + longest + " ms");
    }

    @Test
    void withoutAKeyARequestIsRefused() throws Exception {
        HttpResponse<String> answer = get(null);

        assertEquals(401, answer.statusCode());
        assertTrue(answer.headers().firstValue("WWW-Authenticate").isPresent(), "WWW-Authenticate");
        assertTrue(answer.body().contains("LICENSE_REQUIRED"), answer.body());
        assertTrue(answer.headers().firstValue("X-Hours-Remaining").isEmpty(), "X-Hours-Remaining");
        server.stop();
        assertEquals(0, licenses.usedMillis(), "nothing is deducted");
    }

    private HttpResponse<String> get(String key) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/api/hello.txt"));
        if (key != null) {
            request.header("X-License-Key", key);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }
}
