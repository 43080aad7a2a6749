package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.server.LicenseServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody brings along who sold hours before: an optional key, a .env file, clients' literal lines. */
class OlderSetUpEndToEndTest {

    private static final Path PAGE = Path.of("..", "..", "docs", "coming-from-an-older-setup.md");

    /** A line of the page: {@code curl [-X METHOD] URL [-d 'DATA']}. */
    private static final Pattern CURL =
            Pattern.compile("    curl (?:-X (?<method>[A-Z]+) )?(?<url>\\S+)(?: -d '(?<data>[^']*)')?");

    private Rig rig;
    private LicenseServer server;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new Rig(folder);
        server = rig.licenseServer(0);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void whereTrackingIsOptionalAKeyIsMeteredAndNoKeyPasses() throws Exception {
        String key = rig.license(server.port(), "1");
        WebApp app = rig.webApp(server.port(), Map.of("license.required", "false"));

        HttpResponse<String> without = rig.get(app.port(), "/api/status");
        assertThat(without.statusCode()).isEqualTo(200);
        assertThat(without.headers().map()).doesNotContainKeys("x-session-id", "x-hours-remaining");

        HttpResponse<String> with = rig.use(app, "/api/slow?seconds=1", key);
        assertThat(with.statusCode()).isEqualTo(200);
        assertThat(with.headers().map()).containsKeys("x-session-id", "x-hours-remaining");
        rig.close(app);
        assertThat(rig.usedMillis(server.port(), key)).isBetween(1_000L, 5_000L);
    }

    @Test
    void whereTrackingIsOptionalAWrongKeyIsStillRefused() {
        WebApp app = rig.webApp(server.port(), Map.of("license.required", "false"));

        assertThat(rig.use(app, "/api/status", "RL-00000000-00000000-00000000").statusCode())
                .isEqualTo(401);
    }

    /** The lines as they stand on the page, with this server's port and this license's key. */
    @Test
    void theLinesOfOlderClientsWorkAsTheyStand() throws IOException {
        List<JsonNode> answers = new ArrayList<>();
        String key = "";
        for (Matcher line : curlLines()) {
            String url = line.group("url")
                    .replace("localhost:5001", "127.0.0.1:" + server.port())
                    .replace("RL-…", key);
            HttpResponse<String> answer = curl(line.group("method"), url, line.group("data"));
            assertThat(answer.statusCode())
                    .as(line.group() + " " + answer.body())
                    .isBetween(200, 201);
            JsonNode body = Rig.json(answer);
            answers.add(body);
            if (body.at("/license/key").asText().matches("RL(-[0-9A-Z]{8}){3}")) {
                key = body.at("/license/key").asText();
            }
        }

        assertThat(answers).hasSize(6);
        assertThat(answers.get(0).at("/license/hours_remaining").decimalValue()).isEqualByComparingTo("10");
        assertThat(answers.get(1).at("/valid").booleanValue()).isTrue();
        assertThat(answers.get(2).at("/success").booleanValue()).isTrue();
        assertThat(answers.get(2).at("/hours_remaining").decimalValue()).isEqualByComparingTo("10");
        assertThat(answers.get(3).at("/hours_added").decimalValue()).isEqualByComparingTo("5");
        assertThat(answers.get(4).at("/hours_deducted").decimalValue()).isEqualByComparingTo("0.5");
        assertThat(answers.get(5).at("/license/hours_remaining").decimalValue())
                .isEqualByComparingTo(new BigDecimal("7.25"));
        assertThat(rig.balance(server.port(), key).get("hours_remaining").decimalValue())
                .isEqualByComparingTo("7.25");
    }

    /** The table of the page has the members that are there, and its last paragraph those that are not. */
    @Test
    void theMembersOfTheAnswersAreThoseOfThePage() throws IOException {
        JsonNode created = rig.post(
                server.port(), "/api/licenses", "{\"email\":\"a@example.com\",\"hours\":1,\"duration_days\":30}");
        String path = "/api/licenses/" + created.at("/license/key").asText();
        Map<String, JsonNode> answers = new LinkedHashMap<>();
        answers.put("create", created);
        answers.put("`validate`", rig.post(server.port(), path + "/validate", ""));
        answers.put("read the hours", Rig.json(rig.get(server.port(), path + "/hours")));
        answers.put("add hours", rig.post(server.port(), path + "/hours", "{\"hours\":1}"));
        answers.put("`usage`", rig.post(server.port(), path + "/usage", "{\"hours\":0.5}"));
        String inCreate = rowOfThePage("create");
        for (Map.Entry<String, JsonNode> answer : answers.entrySet()) {
            String row = rowOfThePage(answer.getKey());
            String named = row.contains("the same without") ? row + inCreate : row;
            List<String> members = members(answer.getValue());
            members.removeAll(List.of("held_hours", "as_of"));

            assertThat(members)
                    .as(row)
                    .isNotEmpty()
                    .allSatisfy(member -> assertThat(named).contains("`" + member + "`"));
        }
        JsonNode validated = answers.get("`validate`").path("license");
        assertThat(validated.has("customer")).isFalse();
        assertThat(validated.has("features")).isFalse();
        assertThat(validated.path("key").asText()).endsWith("…");
        assertThat(validated.path("expires").asText()).endsWith("Z");
    }

    private static String rowOfThePage(String line) throws IOException {
        return Files.readAllLines(PAGE).stream()
                .filter(row -> row.startsWith("| " + line + " |"))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> members(JsonNode answer) {
        List<String> names = new ArrayList<>();
        answer.fieldNames().forEachRemaining(names::add);
        answer.path("license").fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static List<Matcher> curlLines() throws IOException {
        List<Matcher> lines = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher curl = CURL.matcher(line.replace("\"…\"", "\"a@example.com\""));
            if (curl.matches()) {
                lines.add(curl);
            }
        }
        return lines;
    }

    /** What curl sends: POST where there is data, which it calls a form whatever it is. */
    private HttpResponse<String> curl(String method, String url, String data) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(20))
                .header("User-Agent", "curl/8.5.0")
                .header("Accept", "*/*");
        if (data != null) {
            request.header("Content-Type", "application/x-www-form-urlencoded");
        }
        HttpRequest.BodyPublisher body =
                data == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(data);
        return rig.send(request.method(method == null ? data == null ? "GET" : "POST" : method, body));
    }

    @Test
    void validateTakesTheMachineThatOlderClientsName() {
        String key = rig.license(server.port(), "1");
        String url = "http://127.0.0.1:" + server.port() + "/api/licenses/" + key + "/validate";

        HttpResponse<String> answer = curl("POST", url, "{\"machine_id\":\"a1b2c3\",\"version\":\"0.9\"}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(Rig.json(answer).get("valid").booleanValue()).isTrue();
    }

    @Test
    void theEnvFileOfAnApplicationIsReadAsItStandsBesideItsOwnLines(@TempDir Path folder) throws IOException {
        Path env = Files.writeString(folder.resolve(".env"), """
                # the application's own
                SECRET_KEY=not-ours
                FLASK_ENV=production
                DATABASE_URL="postgres://user:pw@db/app"
                ENFORCE_PAYMENT=true

                STRIPE_SECRET_KEY=sk_test_abc
                STRIPE_PUBLISHABLE_KEY=pk_test_abc
                STRIPE_WEBHOOK_SECRET=whsec_abc
                HOURS_PER_DOLLAR=0.2  # 1 hour = $5
                PAYMENT_CURRENCY=usd
                LICENSE_SERVER_URL=http://127.0.0.1:%d
                USAGE_CHECK_INTERVAL=2  # seconds
                WEBAPP_PORT=0
                """.formatted(server.port()));
        String key = rig.license(server.port(), "1");
        MeteringConfig config = MeteringConfig.builder()
                .file(env)
                .set(Settings.JOURNAL, folder.resolve("journal").toString())
                .build();
        assertThat(config.get(Settings.HOURS_PER_DOLLAR)).isEqualByComparingTo("0.2");

        try (WebApp app = WebApp.start(config)) {
            assertThat(rig.use(app, "/api/status", key).statusCode()).isEqualTo(200);
        }
    }
}
