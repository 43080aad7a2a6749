package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.server.LicenseServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/**
 * A license from its creation to the end of the application, with everything that a customer, a stranger and a seller do,
 * logged at the finest level. The key stands in the answer to the creation, and nowhere else: in no log, no answer, no
 * redirect, not in the database, not in the crash journal.
 */
@Tag("full")
@Isolated
class NoKeyAnywhereTest {

    /** What the web server itself logs at its finest level is what comes over the wire, headers included. */
    private static final List<String> OF_THE_WEB_SERVER =
            List.of("org.eclipse.jetty", "jdk.internal.httpclient", "sun.");

    private final Queue<String> log = new ConcurrentLinkedQueue<>();
    private final List<String> answers = new ArrayList<>();

    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (OF_THE_WEB_SERVER.stream().noneMatch(event.getLoggerName()::startsWith)) {
                StringBuilder text = new StringBuilder(event.getFormattedMessage());
                for (IThrowableProxy cause = event.getThrowableProxy(); cause != null; cause = cause.getCause()) {
                    text.append(" | ").append(cause.getMessage());
                }
                log.add(text.toString());
            }
        }
    };

    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            if (OF_THE_WEB_SERVER.stream().noneMatch(String.valueOf(record.getLoggerName())::startsWith)) {
                log.add(record.getMessage() + " "
                        + List.of(record.getParameters() == null ? new Object[0] : record.getParameters()) + " "
                        + record.getThrown());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    /** Letters and digits only, so that neither case nor separators hide it. */
    private static String bare(String text) {
        return text.toUpperCase(Locale.ROOT).replaceAll("[^0-9A-Z]", "");
    }

    @Test
    void theKeyIsInTheAnswerToItsCreationAndNowhereElse(@TempDir Path folder) throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        java.util.logging.Logger julRoot = java.util.logging.Logger.getLogger("");
        Level before = root.getLevel();
        java.util.logging.Level julBefore = julRoot.getLevel();
        List<String> keys = new ArrayList<>();
        // Else the console would show what the web server logs.
        List.of("org.eclipse.jetty").forEach(name -> ((Logger) LoggerFactory.getLogger(name)).setLevel(Level.WARN));
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
        root.setLevel(Level.TRACE);
        handler.setLevel(java.util.logging.Level.ALL);
        julRoot.addHandler(handler);
        julRoot.setLevel(java.util.logging.Level.ALL);
        // What is written to both kinds of log is seen here.
        LoggerFactory.getLogger("io.hourmeter.control").trace("control one");
        java.util.logging.Logger.getLogger("okhttp3.control").finest("control two");
        try (Rig rig = new Rig(folder)) {
            LicenseServer server = rig.licenseServer(0);
            WebApp app = rig.webApp(
                    server.port(),
                    Map.of(
                            "webapp.stripe", "stand-in",
                            "usage.billing", "session",
                            "usage.journal.interval", "1s",
                            "license.server.timeout", "1s",
                            "license.cookie", "license",
                            "payment.signup", "on"));
            keys.add(rig.license(server.port(), "1"));
            keys.add(rig.license(server.port(), "0.0003"));
            String key = keys.get(0);
            everything(rig, server.port(), app, key);
            everything(rig, server.port(), app, keys.get(1));
            everything(rig, server.port(), app, "RL-SECRET00-SECRET00-SECRET00");
            keys.add("RL-SECRET00-SECRET00-SECRET00");
            JsonNode rotated = rig.post(server.port(), "/api/licenses/" + key + "/rotate", "{}");
            keys.add(find(rotated, "key"));
            rig.use(app, "/api/status", keys.get(keys.size() - 1));
            Rig.pause(Duration.ofMillis(1_500));
            rig.close(server);
            // Without its license server, the application has something to complain about.
            everything(rig, 0, app, key);
            assertFilesAreClean(folder, keys);
        } finally {
            root.detachAppender(appender);
            root.setLevel(before);
            julRoot.removeHandler(handler);
            julRoot.setLevel(julBefore);
        }
        assertThat(log).hasSizeGreaterThan(100).anyMatch(line -> line.contains("control one"));
        assertThat(log).anyMatch(line -> line.contains("control two"));
        assertThat(answers).as("some were served").anyMatch(answer -> answer.contains("x-session-id"));
        for (String key : keys) {
            String secret = bare(key).substring(2);
            assertThat(log).noneMatch(line -> bare(line).contains(secret));
            assertThat(answers).noneMatch(answer -> bare(answer).contains(secret));
        }
        assertFilesAreClean(folder, keys);
    }

    private static String find(JsonNode node, String name) {
        JsonNode found = node.findValue(name);
        assertThat(found).as(name).isNotNull();
        return found.asText();
    }

    /** All ways in which a key comes in; every answer is kept. Port 0: there is no license server. */
    private void everything(Rig rig, int serverPort, WebApp app, String key) {
        int port = app.port();
        for (String accept : List.of("application/json", "text/html")) {
            keep(
                    rig,
                    rig.request(port, "/api/status")
                            .header("X-License-Key", key)
                            .header("Accept", accept));
            keep(
                    rig,
                    rig.request(port, "/api/status")
                            .header("Authorization", "Bearer " + key)
                            .header("Accept", accept));
            keep(
                    rig,
                    rig.request(port, "/api/status")
                            .header("Cookie", "license=" + key)
                            .header("Accept", accept));
            keep(
                    rig,
                    rig.request(port, "/api/status?license_key=" + key.toLowerCase(Locale.ROOT))
                            .header("Accept", accept));
            keep(
                    rig,
                    rig.request(port, "/api/nothing-here/" + key)
                            .header("X-License-Key", key)
                            .header("Accept", accept));
        }
        keep(rig, rig.request(port, "/api/status").header("X-License-Key", key + "," + keyLike(key)));
        keep(rig, rig.request(port, "/api/status").header("X-License-Key", key).header("X-Session-ID", key));
        keep(rig, body(rig, port, "/api/upload", "application/json", "{\"license_key\":\"" + key + "\"}"));
        keep(rig, body(rig, port, "/api/upload", "application/json", "{\"license_key\":\"" + key + "\""));
        keep(rig, body(rig, port, "/api/upload", "application/x-www-form-urlencoded", "license_key=" + key));
        keep(rig, rig.request(port, "/payments/").header("X-License-Key", key));
        keep(rig, rig.request(port, "/payments/balance?license_key=" + key));
        keep(rig, rig.request(port, "/payments/history").header("X-License-Key", key));
        keep(rig, rig.request(port, "/payments/success?session_id=" + key));
        keep(rig, body(rig, port, "/payments/create-checkout", "application/json", order(key)));
        keep(rig, body(rig, port, "/payments/create-checkout", "application/json", order(key) + "}"));
        keep(rig, body(rig, port, "/payments/webhook", "application/json", "{\"key\":\"" + key + "\"}"));
        if (serverPort > 0) {
            keep(rig, rig.request(serverPort, "/api/licenses/" + key));
            keep(rig, rig.request(serverPort, "/api/licenses/" + key + "/hours"));
            keep(rig, rig.request(serverPort, "/api/licenses/" + key + "/history"));
            keep(rig, rig.request(serverPort, "/api/licenses/" + key + "/nonsense"));
            keep(rig, rig.request(serverPort, "/api/licenses?query=" + key));
            keep(rig, body(rig, serverPort, "/api/licenses/" + key + "/validate", "application/json", ""));
            keep(rig, body(rig, serverPort, "/api/licenses/lookup", "application/json", lookup(key)));
            keep(rig, body(rig, serverPort, "/api/licenses/lookup", "application/json", lookup(key + "x")));
            keep(
                    rig,
                    body(
                            rig,
                            serverPort,
                            "/api/licenses/" + key + "/hours",
                            "application/json",
                            "{\"hours\":\"" + key + "\"}"));
        }
    }

    private static String order(String key) {
        return "{\"license_key\":\"" + key + "\",\"package_id\":\"small\"}";
    }

    private static String lookup(String key) {
        return "{\"license_key\":\"" + key + "\"}";
    }

    /** Another key of the same shape. */
    private static String keyLike(String key) {
        return key.substring(0, key.length() - 1) + (key.endsWith("0") ? '1' : '0');
    }

    private static HttpRequest.Builder body(Rig rig, int port, String path, String type, String body) {
        return rig.request(port, path).header("Content-Type", type).POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private void keep(Rig rig, HttpRequest.Builder request) {
        HttpResponse<String> answer = rig.send(request);
        answers.add(answer.headers().map() + " " + answer.body());
        answer.headers()
                .firstValue("Location")
                .ifPresent(there -> assertThat(
                                URI.create(there).getRawQuery() == null
                                        ? ""
                                        : URI.create(there).getRawQuery())
                        .doesNotContain("license"));
    }

    private static void assertFilesAreClean(Path folder, List<String> keys) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        assertThat(files).extracting(file -> file.getFileName().toString()).contains("licenses.db");
        for (Path file : files) {
            String content = bare(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            for (String key : keys) {
                assertThat(content.contains(bare(key).substring(2)))
                        .as("a key in " + file.getFileName())
                        .isFalse();
            }
        }
    }
}
