package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.config.MeteringConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a failure inside looks like from outside, and in the log. */
class FailureTest {

    private static final String SECRET = "RL-SECRET00-SECRET00-SECRET00";

    private final Logger log = (Logger) LoggerFactory.getLogger(ApiHandler.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private Server server;
    private int port;

    @BeforeEach
    void start() throws Exception {
        server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        Access access = new Access(Tokens.of(MeteringConfig.builder().build()));
        server.setHandler(new ApiHandler(
                new Router(List.of(
                        new Route("GET", "/broken/{key}", null, call -> {
                            throw new IllegalStateException("column b of table a");
                        }),
                        new Route("GET", "/down/{key}", null, call -> {
                            throw new LicenseServerUnavailableException("disk full on /var/db", null);
                        }))),
                access));
        server.start();
        port = connector.getLocalPort();
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void stop() throws Exception {
        log.detachAppender(lines);
        server.stop();
    }

    @Test
    void anUnforeseenFailureIs500WithoutDetailsAndOneLineInTheLog() throws Exception {
        HttpResponse<String> reply = get("/broken/" + SECRET);
        assertThat(reply.statusCode()).isEqualTo(500);
        assertThat(reply.headers().firstValue("Content-Type")).contains(TestServer.PROBLEM);
        assertThat(reply.body()).contains("INTERNAL_ERROR").doesNotContain("column", "Exception", "SECRET00");
        assertThat(lines.list).hasSize(1);
        assertThat(lines.list.get(0).getFormattedMessage()).isEqualTo("GET /broken/{key} failed");
        assertThat(lines.list.get(0).getThrowableProxy().getMessage()).isEqualTo("column b of table a");
    }

    @Test
    void aStoreThatIsAwayIs503WithRetryAfterAndIsNotLoggedEachTime() throws Exception {
        for (int i = 0; i < 5; i++) {
            HttpResponse<String> reply = get("/down/" + SECRET);
            assertThat(reply.statusCode()).isEqualTo(503);
            assertThat(reply.headers().firstValue("Retry-After")).contains("1");
            assertThat(reply.body()).contains("\"BUSY\"").doesNotContain("disk", "Exception");
        }
        assertThat(lines.list).hasSize(1);
        assertThat(lines.list.get(0).getFormattedMessage())
                .startsWith("GET /down/{key} answered 503")
                .contains("disk full on /var/db")
                .doesNotContain("SECRET00");
    }

    private HttpResponse<String> get(String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
