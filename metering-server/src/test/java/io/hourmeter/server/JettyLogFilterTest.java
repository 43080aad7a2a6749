package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What comes over the wire is not logged by the program, whatever its levels are. */
class JettyLogFilterTest {

    private static final String EVERYTHING = """
            <configuration>
              <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
                <encoder><pattern>%level %logger - %msg %mdc%n</pattern></encoder>
              </appender>
              <logger name="org.eclipse.jetty.server" level="TRACE"/>
              <root level="TRACE"><appender-ref ref="console"/></root>
            </configuration>
            """;

    private static void setFinest(LoggerContext context) {
        context.getLogger("ROOT").setLevel(Level.TRACE);
        context.getLogger("org.eclipse.jetty.server").setLevel(Level.TRACE);
    }

    @Test
    void jettyIsHeldAtInfoAndItsParserAtErrorAlsoWhenTheConfigurationIsReadAgain() {
        LoggerContext context = new LoggerContext();
        JettyLogFilter.install(context);
        for (int round = 0; round < 2; round++) {
            setFinest(context);
            assertThat(context.getLogger("org.eclipse.jetty.server.Server").isDebugEnabled())
                    .isFalse();
            assertThat(context.getLogger("org.eclipse.jetty.server.Server").isInfoEnabled())
                    .isTrue();
            assertThat(context.getLogger("org.eclipse.jetty.http.HttpParser").isWarnEnabled())
                    .isFalse();
            assertThat(context.getLogger("org.eclipse.jetty.http.HttpParser").isErrorEnabled())
                    .isTrue();
            assertThat(context.getLogger("io.hourmeter.server").isTraceEnabled())
                    .isTrue();
            context.reset();
        }
    }

    @Test
    @Tag("full")
    @Timeout(90)
    void atTheFinestLevelOfTheRootTheProgramLogsNoTokenAndNoKey(@TempDir Path folder) throws Exception {
        Path logging = Files.writeString(folder.resolve("logging.xml"), EVERYTHING);
        List<String> secrets = new ArrayList<>(List.of(ServerProcess.ADMIN, ServerProcess.USAGE, "no-such-token"));
        String log;
        try (ServerProcess server = ServerProcess.in(folder)
                .options("-Dlogback.configurationFile=" + logging)
                .start()) {
            String key = server.createKey("10");
            secrets.add(key);
            for (String token : secrets) {
                everything(server, key, token);
            }
            secrets.add("RL-SECRET00-SECRET00-SECRET00");
            everything(server, "RL-SECRET00-SECRET00-SECRET00", ServerProcess.ADMIN);
            secrets.add(server.post("/api/licenses/" + key + "/rotate", "{}")
                    .body()
                    .findValue("key")
                    .asText());
            server.close();
            server.exitCode(Duration.ofSeconds(20));
            log = server.output();
        }
        assertThat(log).contains("DEBUG com.zaxxer.hikari", "io.hourmeter");
        for (String secret : secrets) {
            assertThat(bare(log).contains(bare(secret)))
                    .as("a secret in the log")
                    .isFalse();
        }
    }

    /** Letters and digits only, so that neither case nor separators hide it. */
    private static String bare(String text) {
        return text.toUpperCase(Locale.ROOT).replaceAll("[^0-9A-Z]", "");
    }

    private static void everything(ServerProcess server, String key, String token) throws Exception {
        String license = "/api/licenses/" + key;
        for (String path : List.of(license, license + "/hours", license + "/history", "/api/" + key, "/metrics")) {
            server.send("GET", path, null, token);
        }
        String body = "{\"license_key\":\"" + key + "\"}";
        for (String path : List.of(
                "/api/licenses/lookup",
                license + "/validate",
                license + "/usage",
                license + "/hours",
                "/api/usage",
                "/api/licenses")) {
            server.send("POST", path, body, token);
            server.send("POST", path, "{\"hours\":1}", token);
            server.send("POST", path, "{" + key, token);
        }
        String head = "Host: localhost\r\nAuthorization: Bearer " + token + "\r\n";
        for (String malformed : List.of(
                "GET " + license + " HTTP/9.9\r\n" + head + "\r\n",
                "GET " + license + "%zz HTTP/1.1\r\n" + head + "\r\n",
                "G@T " + license + " HTTP/1.1\r\n" + head + "\r\n",
                "GET / HTTP/1.1\r\nHost: " + key + ":99999999\r\n\r\n",
                "GET / HTTP/1.1\r\n" + head + token + "\u0001:" + key + "\r\n\r\n",
                "GET " + "x".repeat(9_000) + key + " HTTP/1.1\r\n" + head + "\r\n",
                "POST /api/usage HTTP/1.1\r\n" + head + "Content-Length: " + key + "\r\n\r\n",
                "POST /api/usage HTTP/1.1\r\n" + head + "Transfer-Encoding: chunked\r\n\r\n" + key + "\r\n",
                "POST " + license + "/hours HTTP/1.1\r\n" + head + "Content-Length: 100\r\n\r\n" + key)) {
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                socket.getOutputStream().write(malformed.getBytes(StandardCharsets.ISO_8859_1));
                socket.shutdownOutput();
                try (InputStream in = socket.getInputStream()) {
                    assertThat(in.readAllBytes()).isNotEmpty();
                }
            }
        }
    }
}
