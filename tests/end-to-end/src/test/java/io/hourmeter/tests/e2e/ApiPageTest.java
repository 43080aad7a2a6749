package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.server.LicenseServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lines of {@code docs/api.md}, run in their order against real servers; each answers what stands below it. */
class ApiPageTest {

    private static final Path PAGE = Path.of("../../docs/api.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(sh|json)\\n(.*?)^```$");
    private static final Pattern STATUS = Pattern.compile("# (\\d{3})\\s*$");
    private static final long PATIENCE_SECONDS = 60;

    @TempDir
    Path folder;

    /**
     * A line of the page.
     *
     * @param command for a shell
     * @param status of the answer
     * @param answer the JSON below it; null where the answer is none
     */
    private record Line(String command, int status, String answer) {}

    @Test
    @Timeout(180)
    void everyLineAnswersWhatThePageSays() throws Exception {
        if (!Files.isExecutable(Path.of("/usr/bin/curl"))) {
            System.err.println("SKIPPED: there is no curl here, so the lines of docs/api.md are not run");
        }
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "curl");
        List<Line> lines = lines();
        assertThat(lines).hasSizeGreaterThan(20);
        Files.writeString(
                folder.resolve(".curlrc"), "silent\nshow-error\nmax-time = 30\nwrite-out = \"\\n%{http_code}\"\n");
        Map<String, String> variables = new HashMap<>(Map.of(
                "ADMIN", "the-admin", "CREDIT", "the-credit", "USAGE", "the-usage", "CURL_HOME", folder.toString()));
        List<String> differences = new ArrayList<>();
        try (LicenseServer server = licenseServer();
                WebApp app = webApp(server)) {
            for (Line line : lines) {
                String command = line.command()
                        .replace("localhost:5001", "127.0.0.1:" + server.port())
                        .replace("localhost:8080", "127.0.0.1:" + app.port());
                String output = run(command, variables);
                int end = output.lastIndexOf('\n');
                String status = output.substring(end + 1).strip();
                String body = output.substring(0, Math.max(0, end));
                boolean same = status.equals(Integer.toString(line.status()))
                        && (line.answer() == null || matches(Rig.json(line.answer()), Rig.json(body)));
                if (!same) {
                    differences.add(line.command() + "\nanswered " + status + "\n" + body + "\nnot " + line.status()
                            + "\n" + line.answer());
                }
                if (line.answer() != null) {
                    learn(Rig.json(body), variables);
                }
            }
        }
        assertThat(differences).isEmpty();
    }

    /** Patterns of the page are not so wide that everything matches. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1}           | {\"a\":1.01}       | false",
                "{\"a\":1}           | {\"a\":1}          | true",
                "{\"a\":\"x…\"}      | {\"a\":\"xyz\"}    | true",
                "{\"a\":\"x…\"}      | {\"a\":\"yx\"}     | false",
                "{\"a\":\"…\"}       | {\"a\":1}          | false",
                "{\"a\":\"…\"}       | {\"a\":\"\"}       | false",
                "{\"a\":1}           | {\"a\":1,\"b\":2}  | false",
                "{\"a\":1,\"b\":2}   | {\"a\":1}          | false",
                "[1,2]               | [1]                | false",
                "{\"a\":null}        | {\"a\":null}       | true",
                "{\"a\":null}        | {}                 | false"
            })
    void anAnswerIsComparedMemberByMember(String page, String answer, boolean same) {
        assertThat(matches(Rig.json(page), Rig.json(answer))).isEqualTo(same);
    }

    private LicenseServer licenseServer() {
        return LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("licenses.db"))
                .set(Settings.ADMIN_TOKENS, "the-admin")
                .set(Settings.CREDIT_TOKENS, "the-credit")
                .set(Settings.USAGE_TOKENS, "the-usage")
                .set(Settings.LICENSE_ZONE, whereItIsAboutNoon().getId())
                .build());
    }

    /** So that all of the page happens on one day. */
    private static ZoneOffset whereItIsAboutNoon() {
        return ZoneOffset.ofHours(12 - OffsetDateTime.now(ZoneOffset.UTC).getHour());
    }

    private WebApp webApp(LicenseServer server) {
        return WebApp.start(MeteringConfig.builder()
                .initParams(Map.of(
                        "license.server.url", server.url().toString(),
                        "license.server.token", "the-usage",
                        "payment.server.token", "the-credit",
                        "payment.signup", "on",
                        "license.cookie", "hourmeter",
                        "usage.journal", folder.resolve("journal").toString(),
                        "webapp.port", "0",
                        "webapp.stripe", "stand-in"))
                .build());
    }

    private static List<Line> lines() throws IOException {
        List<Line> lines = new ArrayList<>();
        Matcher block = BLOCK.matcher(Files.readString(PAGE));
        while (block.find()) {
            String text = block.group(2);
            if (block.group(1).equals("sh")) {
                Matcher status = STATUS.matcher(text);
                lines.add(new Line(text, status.find() ? Integer.parseInt(status.group(1)) : 200, null));
            } else {
                Line last = lines.remove(lines.size() - 1);
                assertThat(last.answer()).as(last.command()).isNull();
                lines.add(new Line(last.command(), last.status(), text));
            }
        }
        return lines;
    }

    private String run(String command, Map<String, String> variables) throws Exception {
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true);
        shell.environment().putAll(variables);
        shell.environment()
                .keySet()
                .removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        Process process = shell.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(command + "\n" + output).isZero();
        return output;
    }

    /** What a reader would copy from one answer into the next line. */
    private static void learn(JsonNode answer, Map<String, String> variables) {
        String key = answer.at("/license/key").asText("");
        boolean first = !variables.containsKey("ID");
        if (first && answer.at("/license").has("id")) {
            variables.put("ID", answer.at("/license/id").asText());
        }
        boolean ours = answer.at("/license/id").asText("").equals(variables.get("ID"));
        if (ours && !key.isEmpty() && !key.endsWith("…")) {
            variables.put("KEY", key);
        }
        if (answer.has("session_id")) {
            variables.put("SESSION", answer.path("session_id").asText());
        }
    }

    private static boolean matches(JsonNode page, JsonNode answer) {
        if (page.isObject() && answer.isObject()) {
            List<String> names = new ArrayList<>();
            page.fieldNames().forEachRemaining(names::add);
            return page.size() == answer.size()
                    && names.stream().allMatch(name -> answer.has(name) && matches(page.get(name), answer.get(name)));
        }
        if (page.isArray() && answer.isArray()) {
            boolean same = page.size() == answer.size();
            for (int i = 0; same && i < page.size(); i++) {
                same = matches(page.get(i), answer.get(i));
            }
            return same;
        }
        if (page.isTextual() && answer.isTextual()) {
            String pattern = Pattern.quote(page.asText()).replace("…", "\\E.+\\Q");
            return answer.asText().matches("(?s)" + pattern);
        }
        return page.isNumber() ? page.toString().equals(answer.toString()) : page.equals(answer);
    }
}
