package io.hourmeter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hourmeter.CreatedLicense;
import io.hourmeter.CreditKind;
import io.hourmeter.Customer;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageBatch;
import io.hourmeter.client.HttpLicenseClient;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What this version and the one before say to each other, so that license servers and applications can be upgraded one
 * after the other. The messages of both are kept as files, one for each exchange of one conversation; {@code before} never
 * changes but with a release. {@code -Dmessages.update=true} writes {@code now} anew.
 */
class MessagesTest {

    private static final Path FILES = Path.of("src/test/resources/io/hourmeter/server/messages");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "the-admin";
    private static final String LEASE = "01890a5d-ac96-774b-bcce-b302099a%04d";

    private static final String KEY = "RL-AAAA2222-BBBB3333-CCCC4444";
    private static final String UNKNOWN_KEY = "RL-ZZZZ2222-ZZZZ3333-ZZZZ4444";
    private static final String ID = "lic_00000000000000000001";

    /** What differs each time, and what stands for it in the files. */
    private static final Map<String, String> VARIABLE = Map.of(
            "lic_[0-9A-Za-z]{8,}",
            ID,
            "RL(?!-ZZZZ)(-[0-9A-HJKMNP-TV-Z]{8}){3}",
            KEY,
            "\"(?!" + sha256(UNKNOWN_KEY) + ")[0-9a-f]{64}\"",
            '"' + sha256(KEY) + '"',
            "RL-(?!ZZZZ)[0-9A-HJKMNP-TV-Z]{4}…",
            "RL-AAAA…",
            "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z",
            "2026-01-02T03:04:05Z",
            "\"[0-9]{4}-[0-9]{2}-[0-9]{2}\"",
            "\"2026-01-02\"",
            "\"(authorized_ms|remaining_ms|age_ms)\":[0-9]+",
            "\"$1\":900000");

    private static String sha256(String key) {
        return LicenseKey.of(key).sha256();
    }

    /** Members whose values a program decides by. */
    private static final List<String> TELLING =
            List.of("state", "valid", "code", "success", "final", "error", "kind", "status");

    @TempDir
    Path folder;

    /** One call with its answer. */
    private record Exchange(
            String method, String path, String idempotencyKey, JsonNode request, int status, JsonNode answer) {

        static Exchange of(JsonNode file) {
            return new Exchange(
                    file.path("method").asText(),
                    file.path("path").asText(),
                    file.path("idempotency_key").asText(),
                    file.path("request"),
                    file.path("status").asInt(),
                    file.path("answer"));
        }

        ObjectNode file() {
            ObjectNode file = JSON.createObjectNode();
            file.put("method", method).put("path", path).put("idempotency_key", idempotencyKey);
            file.set("request", request);
            file.put("status", status);
            file.set("answer", answer);
            return file;
        }
    }

    // The conversation

    /** Says all that a client can say. Returns what the client made of the answers. */
    private static List<String> talk(LicenseClient client) {
        List<String> told = new ArrayList<>();
        CreatedLicense created = client.create(
                NewLicense.of(new Customer("ada@example.com", "", "Ada"), Duration.ofHours(1)), "create-1");
        LicenseKey key = created.key();
        told.add("valid " + client.validate(key).valid());
        told.add("valid by id " + client.validate(created.license().id()).valid());
        told.add("remaining " + client.hoursRemaining(key).remainingMillis());
        for (int i = 0; i < 2; i++) {
            var credited = client.addHours(key, Duration.ofHours(5), CreditKind.PURCHASE, "stripe:cs_1", "cs_1", "5 h");
            told.add("added " + credited.addedMillis() + " repeated " + credited.repeated());
        }
        told.add("deducted "
                + client.deductHours(key, Duration.ofMinutes(30), "debit-1").deductedMillis());
        told.add("after a refund "
                + client.reverse(key, new Reversal("stripe:cs_1", "re_1", 1, 500, 2500, "refunded"))
                        .remainingMillis());
        told.add(refused(() -> client.addHours(key, Duration.ofHours(6), "stripe:cs_1", "cs_1", "other")));
        told.add(refused(() -> client.hoursRemaining(LicenseKey.of(UNKNOWN_KEY))));
        told.add(states(client.sync(batch(item(key, 1, null, false, 1), item(key, 2, null, false, 1)))));
        told.add(states(client.sync(batch(item(key, 1, 60_000L, false, 2), item(key, 2, 30_000L, true, 2)))));
        told.add(states(client.sync(batch(item(key, 1, 90_000L, true, 3)))));
        told.add(states(client.sync(batch(item(LicenseKey.of(UNKNOWN_KEY), 3, null, false, 1)))));
        History history = client.history(key, HistoryQuery.newest());
        told.add(
                "history " + history.entries().stream().map(History.Entry::kind).toList() + " "
                        + history.sessions().size());
        return told;
    }

    private static UsageBatch batch(UsageBatch.Item... items) {
        return new UsageBatch("node-1", 300_000, 900_000, 600_000, List.of(items));
    }

    private static UsageBatch.Item item(LicenseKey key, int lease, Long used, boolean done, long seq) {
        return new UsageBatch.Item(
                LEASE.formatted(lease), key.sha256(), key, "", "session-1", 100_000, used, done, seq, false, true);
    }

    private static String states(UsageAnswers answers) {
        return answers.items().stream()
                .map(answer -> answer.state() + (answer.last() ? " last" : ""))
                .collect(Collectors.joining(", "));
    }

    private static String refused(Runnable call) {
        try {
            call.run();
            return "not refused";
        } catch (LicenseRequestException e) {
            return "refused " + e.code();
        }
    }

    // The two ends

    private LicenseServer server() {
        return LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .set(Settings.ADMIN_TOKENS, TOKEN)
                .build());
    }

    private static LicenseClient client(int port) {
        return HttpLicenseClient.builder("http://127.0.0.1:" + port)
                .token(TOKEN)
                .timeout(Duration.ofSeconds(30))
                .build();
    }

    /** Something that the client takes for a license server. */
    private static HttpServer listen(Function<Exchange, Exchange> answers) throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", call -> {
            Exchange asked = new Exchange(
                    call.getRequestMethod(),
                    call.getRequestURI().toString(),
                    Objects.requireNonNullElse(call.getRequestHeaders().getFirst("Idempotency-Key"), ""),
                    JSON.readTree(call.getRequestBody().readAllBytes()),
                    0,
                    JSON.nullNode());
            answer(call, answers.apply(asked));
        });
        http.start();
        return http;
    }

    private static void answer(HttpExchange call, Exchange exchange) throws IOException {
        byte[] body = JSON.writeValueAsBytes(exchange.answer);
        call.getResponseHeaders()
                .set("Content-Type", exchange.status < 400 ? "application/json" : "application/problem+json");
        if (exchange.answer.path("hit").asBoolean()) {
            call.getResponseHeaders().set("Idempotency-Hit", "true");
        }
        call.sendResponseHeaders(exchange.status, body.length);
        call.getResponseBody().write(body);
        call.close();
    }

    private static Exchange ask(int port, Exchange asked) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + asked.path))
                .header("Authorization", "Bearer " + TOKEN)
                .header("Content-Type", "application/json")
                .method(
                        asked.method,
                        asked.request.isMissingNode() || asked.request.isNull()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(asked.request.toString()));
        if (!asked.idempotencyKey.isEmpty()) {
            request.header("Idempotency-Key", asked.idempotencyKey);
        }
        try {
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            ObjectNode answer = (ObjectNode) JSON.readTree(response.body());
            if (response.headers().firstValue("Idempotency-Hit").isPresent()) {
                answer.put("hit", true);
            }
            return new Exchange(
                    asked.method, asked.path, asked.idempotencyKey, asked.request, response.statusCode(), answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    // The files

    private static List<Exchange> read(String version) throws IOException {
        List<Exchange> exchanges = new ArrayList<>();
        try (Stream<Path> files = Files.list(FILES.resolve(version))) {
            for (Path file : files.sorted().toList()) {
                exchanges.add(Exchange.of(JSON.readTree(Files.readString(file))));
            }
        }
        return exchanges;
    }

    private static void write(List<Exchange> exchanges) throws IOException {
        Path now = Files.createDirectories(FILES.resolve("now"));
        try (Stream<Path> files = Files.list(now)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        for (int i = 0; i < exchanges.size(); i++) {
            String name = "%02d%s.json"
                    .formatted(
                            i + 1,
                            exchanges
                                    .get(i)
                                    .path
                                    .replaceAll("/api|/lic_0+1", "")
                                    .replace('/', '-'));
            String text = JSON.writerWithDefaultPrettyPrinter()
                    .writeValueAsString(exchanges.get(i).file());
            Files.writeString(now.resolve(name.replaceAll("\\?.*\\.json", ".json")), text + "\n");
        }
    }

    private static Exchange normal(Exchange exchange) {
        try {
            String text = exchange.file().toString();
            for (Map.Entry<String, String> each : VARIABLE.entrySet()) {
                text = text.replaceAll(each.getKey(), each.getValue());
            }
            return Exchange.of(JSON.readTree(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What of one message the other lacks, or has as another thing. */
    private static List<String> lacks(String where, JsonNode wanted, JsonNode given) {
        List<String> lacking = new ArrayList<>();
        if (wanted.getNodeType() != given.getNodeType()) {
            lacking.add(where + " is " + given.getNodeType() + ", was " + wanted.getNodeType());
        } else if (wanted.isObject()) {
            for (Iterator<Map.Entry<String, JsonNode>> all = wanted.fields(); all.hasNext(); ) {
                Map.Entry<String, JsonNode> member = all.next();
                JsonNode value = given.path(member.getKey());
                String place = where + "." + member.getKey();
                lacking.addAll(lacks(place, member.getValue(), value));
                if (TELLING.contains(member.getKey()) && !member.getValue().equals(value)) {
                    lacking.add(place + " is " + value + ", was " + member.getValue());
                }
            }
        } else if (wanted.isArray()) {
            for (int i = 0; i < wanted.size(); i++) {
                lacking.addAll(lacks(where + "[" + i + "]", wanted.get(i), given.path(i)));
            }
        }
        return lacking;
    }

    private List<Exchange> recorded(List<String> told) throws IOException {
        List<Exchange> exchanges = new CopyOnWriteArrayList<>();
        try (LicenseServer server = server()) {
            HttpServer recorder = listen(asked -> {
                Exchange answered = ask(server.port(), asked);
                exchanges.add(normal(answered));
                return answered;
            });
            try (LicenseClient client = client(recorder.getAddress().getPort())) {
                told.addAll(talk(client));
            } finally {
                recorder.stop(0);
            }
        }
        return exchanges;
    }

    // The tests

    @Test
    void whatIsSaidIsInTheFiles() throws IOException {
        List<Exchange> exchanges = recorded(new ArrayList<>());
        if (Boolean.getBoolean("messages.update")) {
            write(exchanges);
        }
        assertThat(exchanges).containsExactlyElementsOf(read("now"));
    }

    @Test
    void theServerUnderstandsTheNodeBefore() throws IOException {
        List<String> lacking = new ArrayList<>();
        try (LicenseServer server = server()) {
            String id = "";
            String key = "";
            for (Exchange before : read("before")) {
                String text = before.file().toString();
                if (!id.isEmpty()) {
                    text = text.replace(ID, id).replace(KEY, key).replace(sha256(KEY), sha256(key));
                }
                Exchange answered = ask(server.port(), Exchange.of(JSON.readTree(text)));
                if (id.isEmpty()) {
                    id = answered.answer.at("/license/id").asText();
                    key = answered.answer.at("/license/key").asText();
                }
                String name = before.method + " " + before.path;
                lacking.addAll(lacks(name, before.answer, normal(answered).answer));
                if (answered.status != before.status) {
                    lacking.add(name + " is " + answered.status + ", was " + before.status);
                }
            }
        }
        assertThat(lacking).isEmpty();
    }

    @Test
    void theNodeUnderstandsTheServerBefore() throws IOException {
        List<String> now = new ArrayList<>();
        recorded(now);
        Iterator<Exchange> before = read("before").iterator();
        List<String> unexpected = new CopyOnWriteArrayList<>();
        HttpServer server = listen(asked -> {
            Exchange expected = before.next();
            unexpected.addAll(lacks("request to " + expected.path, expected.request, normal(asked).request));
            if (!asked.path.equals(expected.path) || !asked.idempotencyKey.equals(expected.idempotencyKey)) {
                unexpected.add(asked.path + " instead of " + expected.path);
            }
            return expected;
        });
        try (LicenseClient client = client(server.getAddress().getPort())) {
            assertThat(talk(client)).isEqualTo(now);
        } finally {
            server.stop(0);
        }
        assertThat(unexpected).as("what the server before is told").isEmpty();
    }
}
