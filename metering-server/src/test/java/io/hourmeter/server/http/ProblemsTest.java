package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hourmeter.server.http.TestServer.Reply;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every refusal has one form: a problem document that older clients understand as well. */
class ProblemsTest {

    @AutoClose
    private static TestServer server;

    private static String key;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.withTokens(folder);
        key = server.createKey("1", "Authorization", "Bearer the-admin");
        String[] credit = {"Authorization", "Bearer the-admin", "Idempotency-Key", "once"};
        server.post("/api/licenses/" + key + "/hours", "{\"hours\":1}", credit);
        server.post("/api/licenses/" + key + "/usage", "{\"hours\":2}", credit);
    }

    /** KEY: a license with a purchase "once" and nothing left. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | INVALID_REQUEST      | admin | POST /api/licenses           | {}",
                "400 | INVALID_LICENSE      | admin | POST /api/licenses/x/validate |",
                "400 | HOURS_EXHAUSTED      |       | POST /api/licenses/KEY/validate |",
                "401 | UNAUTHORIZED         |       | GET  /api/licenses           |",
                "402 | HOURS_EXHAUSTED      | usage | POST /api/licenses/KEY/usage | {\"hours\":1}",
                "403 | FORBIDDEN            | usage | POST /api/licenses/KEY/hours | {\"hours\":1}",
                "403 | FORBIDDEN            | credit | POST /api/licenses          | {\"email\":\"a@b.c\",\"hours\":1}",
                "404 | LICENSE_NOT_FOUND    | admin | GET  /api/licenses/lic_00000000000000000000 |",
                "404 | LICENSE_NOT_FOUND    |       | POST /api/licenses/lookup | {\"license_key\":\"RL-ZZZZZZZZ-ZZZZZZZZ-ZZZZZZZZ\"}",
                "404 | NOT_FOUND            | admin | GET  /api/nothing            |",
                "405 | METHOD_NOT_ALLOWED   | admin | PUT  /api/licenses           |",
                "409 | CONFLICT             | admin | POST /api/licenses/KEY/reversals | {\"purchase\":\"none\",\"object\":\"o\",\"version\":1,\"part\":1,\"whole\":1}",
                "422 | IDEMPOTENCY_MISMATCH | admin | POST /api/licenses/KEY/hours | {\"hours\":7}"
            })
    void aRefusalSaysTheSameToNewAndOldClients(int status, String code, String token, String call, String body) {
        String[] words = call.split(" +", 2);
        String[] headers = token == null
                ? new String[] {"Idempotency-Key", "once"}
                : new String[] {"Idempotency-Key", "once", "Authorization", "Bearer the-" + token};
        if (code.equals("HOURS_EXHAUSTED")) {
            headers[1] = "another";
        }
        Reply reply = server.send(words[0], words[1].replace("KEY", key), body, headers);
        assertThat(reply.status()).as(reply.text()).isEqualTo(status);
        assertThat(reply.header("Content-Type")).isEqualTo(TestServer.PROBLEM);
        assertProblem(reply.body(), status, code);
    }

    /** What Jetty refuses before any call is found. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/licenses/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "nonsense\r\n\r\n"
            })
    void soDoesWhatIsRefusedBeforeAnyCall(String request) throws Exception {
        String reply = server.raw(request);
        JsonNode body = new ObjectMapper().readTree(reply.substring(reply.indexOf("\r\n\r\n") + 4));
        assertProblem(
                body,
                Integer.parseInt(reply.substring(9, 12)),
                body.path("code").asText());
        assertThat(body.path("code").asText()).isNotEmpty();
    }

    private static void assertProblem(JsonNode body, int status, String code) {
        assertThat(Stream.of("type", "title", "detail")
                        .map(name -> body.path(name).asText("")))
                .as(body.toString())
                .doesNotContain("");
        assertThat(body.path("status").intValue()).isEqualTo(status);
        assertThat(body.path("code").asText()).isEqualTo(code);
        assertThat(body.path("success").isBoolean()).isTrue();
        assertThat(body.path("success").booleanValue()).isFalse();
        assertThat(body.path("error").asText()).isEqualTo(body.path("detail").asText());
    }
}
