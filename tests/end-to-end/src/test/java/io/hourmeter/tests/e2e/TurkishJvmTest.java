package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole application in a JVM in which i and I are different letters, and not the usual ones. */
@Timeout(120)
class TurkishJvmTest {

    private static final Pattern PAGE = Pattern.compile("Page +http://localhost:(\\d+)/");
    private static final Pattern KEY = Pattern.compile("License key +(\\S+)");

    @TempDir
    private static Path folder;

    private static Process process;
    private static Rig rig;
    private static int port;
    private static String key;

    @BeforeAll
    static void start() throws IOException {
        rig = new Rig(folder);
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.language=tr",
                "-Duser.country=TR",
                "-Dfile.encoding=ISO-8859-9",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "io.hourmeter.examples.webapp.Main");
        builder.directory(folder.toFile()).redirectErrorStream(true);
        // Settings of whoever runs the tests are not those of the application.
        builder.environment()
                .keySet()
                .removeIf(name -> name.matches("(METERING|LICENSE|USAGE|OUTAGE|PAYMENT|STRIPE|WEBAPP|FILTER)_.*"));
        builder.environment().put("WEBAPP_PORT", "0");
        builder.environment().put("LICENSE_SERVER_PORT", "0");
        builder.environment().put("WEBAPP_DEMO", "true");
        builder.environment().put("WEBAPP_STRIPE", "stand-in");
        process = builder.start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder seen = new StringBuilder();
        while (port == 0 || key == null) {
            String line = out.readLine();
            assertThat(line).as("the application has ended: " + seen).isNotNull();
            seen.append(line).append('\n');
            Matcher page = PAGE.matcher(line);
            port = page.find() ? Integer.parseInt(page.group(1)) : port;
            Matcher license = KEY.matcher(line);
            key = license.find() ? license.group(1) : key;
        }
        Thread rest = new Thread(() -> out.lines().forEach(line -> {}), "turkish-output");
        rest.setDaemon(true);
        rest.start();
    }

    @AfterAll
    static void stop() throws Exception {
        process.destroy();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        rig.close();
    }

    /** In lower case, with an i or an l for each 1 and an o for each 0 after the prefix. */
    private static String misread() {
        String body =
                key.substring(2).toLowerCase(Locale.ROOT).replace('1', 'i').replace('0', 'o');
        return key.substring(0, 2).toLowerCase(Locale.ROOT) + body;
    }

    private static int status(HttpRequest.Builder request) {
        return rig.send(request).statusCode();
    }

    @Test
    void aKeyIsFoundWhereverItStandsAndHoweverItIsWritten() {
        assertThat(status(rig.request(port, "/api/status").header("x-lIcense-key", misread())))
                .isEqualTo(200);
        assertThat(status(rig.request(port, "/api/status").header("AUTHORIZATION", "BEARER " + misread())))
                .isEqualTo(200);
        assertThat(status(rig.request(port, "/api/status?license_key=" + misread())))
                .isEqualTo(200);
        for (String type : new String[] {"APPLICATION/JSON", "application/vnd.api+JSON; charset=UTF-8"}) {
            assertThat(status(rig.request(port, "/api/upload")
                            .header("Content-Type", type)
                            .POST(HttpRequest.BodyPublishers.ofString("{\"license_key\":\"" + misread() + "\"}"))))
                    .isEqualTo(200);
        }
        assertThat(status(rig.request(port, "/api/upload")
                        .header("Content-Type", "APPLICATION/X-WWW-FORM-URLENCODED")
                        .POST(HttpRequest.BodyPublishers.ofString("license_key=" + misread()))))
                .isEqualTo(200);
    }

    @Test
    void refusalsAndNumbersReadAsEverywhere() {
        HttpResponse<String> refused = rig.send(rig.request(port, "/api/status"));
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(Rig.json(refused).get("code").asText()).isEqualTo("LICENSE_REQUIRED");
        HttpResponse<String> balance =
                rig.send(rig.request(port, "/payments/balance").header("X-License-Key", key));
        assertThat(balance.statusCode()).isEqualTo(200);
        assertThat(balance.body()).containsPattern("\"hours_remaining\":[01](\\.[0-9]+)?[,}]");
    }

    @Test
    void hoursCanBeBought() {
        JsonNode created = rig.post(
                port,
                "/payments/create-checkout",
                "{\"license_key\":\"" + misread() + "\",\"package_id\":\"small\",\"hours\":5}");
        assertThat(created.get("checkout_url").asText()).startsWith("http");
        assertThat(created.get("session_id").asText()).startsWith("cs_test_");
        HttpResponse<String> page = rig.send(
                HttpRequest.newBuilder(URI.create(created.get("checkout_url").asText())));
        assertThat(page.body()).contains("25.00 USD");
        HttpResponse<String> history =
                rig.send(rig.request(port, "/payments/history?type=payment").header("X-License-Key", key));
        assertThat(history.statusCode()).isEqualTo(200);
    }
}
