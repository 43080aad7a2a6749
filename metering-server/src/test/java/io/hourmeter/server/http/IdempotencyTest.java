package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.server.http.TestServer.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code Idempotency-Key} over HTTP: done once, answered as often as asked. */
class IdempotencyTest {

    @AutoClose
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.start(folder);
    }

    @Test
    void aRepeatedCreditAnswersTheFirstAnswer() {
        String path = "/api/licenses/" + server.createKey("1") + "/hours";
        String body = "{\"hours\":2,\"reference\":\"cs_1\"}";
        Reply first = server.post(path, body, "Idempotency-Key", "stripe:cs_1");
        assertThat(first.header("Idempotency-Hit")).isEmpty();
        server.post(path, "{\"hours\":7}");
        Reply second = server.post(path, body, "Idempotency-Key", "stripe:cs_1");
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.header("Idempotency-Hit")).isEqualTo("true");
        assertThat(second.body().path("hours_added")).isEqualTo(first.body().path("hours_added"));
        assertThat(second.body().path("hours_remaining")).isEqualTo(first.body().path("hours_remaining"));
        assertThat(remaining(path)).isEqualTo("10");
    }

    @Test
    void aRepeatedDebitTakesOnce() {
        String license = "/api/licenses/" + server.createKey("5");
        server.post(license + "/usage", "{\"hours\":1}", "Idempotency-Key", "use-1");
        Reply second = server.post(license + "/usage", "{\"hours\":1}", "Idempotency-Key", "use-1");
        assertThat(second.header("Idempotency-Hit")).isEqualTo("true");
        assertThat(second.body().path("hours_deducted").asText()).isEqualTo("1");
        assertThat(remaining(license + "/hours")).isEqualTo("4");
    }

    @Test
    void aRepeatedCreationIsTheSameLicense() {
        String body = "{\"email\":\"a@example.com\",\"hours\":3}";
        Reply first = server.post("/api/licenses", body, "Idempotency-Key", "create-1");
        Reply second = server.post("/api/licenses", body, "Idempotency-Key", "create-1");
        assertThat(first.header("Idempotency-Hit")).isEmpty();
        assertThat(second.header("Idempotency-Hit")).isEqualTo("true");
        assertThat(second.status()).isEqualTo(201);
        assertThat(second.body().at("/license/id")).isEqualTo(first.body().at("/license/id"));
        assertThat(second.body().at("/license/key")).isEqualTo(first.body().at("/license/key"));
    }

    @Test
    void anotherRequestUnderTheSameKeyIs422AndChangesNothing() {
        String license = "/api/licenses/" + server.createKey("5");
        server.post(license + "/hours", "{\"hours\":1}", "Idempotency-Key", "once");
        String before = server.dump();
        Reply otherHours = server.post(license + "/hours", "{\"hours\":2}", "Idempotency-Key", "once");
        Reply otherReference =
                server.post(license + "/hours", "{\"hours\":1,\"reference\":\"r\"}", "Idempotency-Key", "once");
        for (Reply reply : List.of(otherHours, otherReference)) {
            assertThat(reply.status()).as(reply.text()).isEqualTo(422);
            assertThat(reply.code()).isEqualTo("IDEMPOTENCY_MISMATCH");
        }
        assertThat(server.dump()).isEqualTo(before);
    }

    @Test
    void oneKeyServesEachKindOfCall() {
        String license = "/api/licenses/" + server.createKey("5");
        server.post(license + "/hours", "{\"hours\":1}", "Idempotency-Key", "once");
        for (boolean again : new boolean[] {false, true}) {
            Reply usage = server.post(license + "/usage", "{\"hours\":2}", "Idempotency-Key", "once");
            assertThat(usage.status()).as(usage.text()).isEqualTo(200);
            assertThat(usage.header("Idempotency-Hit")).isEqualTo(again ? "true" : "");
        }
        assertThat(remaining(license + "/hours")).isEqualTo("4");
    }

    @Test
    void keysThatDifferInCaseAreTwoKeysOnOneConnectionToo() {
        String path = "/api/licenses/" + server.createKey("0") + "/hours";
        for (String key : List.of("case-a", "CASE-A", "Case-A", "case-a")) {
            assertThat(server.post(path, "{\"hours\":1}", "Idempotency-Key", key)
                            .status())
                    .isEqualTo(200);
        }
        assertThat(remaining(path)).isEqualTo("3");
    }

    @Test
    void aRefusalIsNotRemembered() {
        String license = "/api/licenses/" + server.createKey("0");
        assertThat(server.post(license + "/usage", "{\"hours\":1}", "Idempotency-Key", "u")
                        .status())
                .isEqualTo(402);
        server.post(license + "/hours", "{\"hours\":2}");
        Reply later = server.post(license + "/usage", "{\"hours\":1}", "Idempotency-Key", "u");
        assertThat(later.status()).isEqualTo(200);
        assertThat(later.header("Idempotency-Hit")).isEmpty();
    }

    @Test
    void manyAtOnceUnderOneKeyAddOnce() throws Exception {
        String path = "/api/licenses/" + server.createKey("0") + "/hours";
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            Callable<Reply> call = () -> server.post(path, "{\"hours\":3}", "Idempotency-Key", "at-once");
            List<Future<Reply>> replies =
                    threads.invokeAll(IntStream.range(0, 32).mapToObj(i -> call).toList());
            int hits = 0;
            for (Future<Reply> reply : replies) {
                assertThat(reply.get().status()).isEqualTo(200);
                hits += reply.get().header("Idempotency-Hit").isEmpty() ? 0 : 1;
            }
            assertThat(hits).isEqualTo(31);
        } finally {
            threads.shutdownNow();
        }
        assertThat(remaining(path)).isEqualTo("3");
    }

    private static String remaining(String path) {
        return server.get(path).body().path("hours_remaining").asText();
    }
}
