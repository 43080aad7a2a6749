package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.BooleanNode;
import io.hourmeter.server.http.TestServer.Reply;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients written against the older license server send and read, as they stand. */
class OlderClientsTest {

    /** {@code curl -d} names this type whatever the data is. */
    private static final String[] CURL = {"Content-Type", "application/x-www-form-urlencoded"};

    @AutoClose
    private TestServer server;

    @BeforeEach
    void start(@TempDir Path folder) {
        server = TestServer.start(folder);
    }

    @Test
    void threeCurlLinesLeaveExactlyFourteenAndAHalfHours() {
        Reply created = server.post(
                "/api/licenses",
                "{\"email\":\"ann@example.com\",\"company\":\"Example\",\"name\":\"Ann\",\"hours\":10}",
                CURL);
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.body().path("success").booleanValue()).isTrue();
        assertThat(created.body().at("/license/customer/email").asText()).isEqualTo("ann@example.com");
        assertThat(created.body().at("/license/customer/company").asText()).isEqualTo("Example");
        assertThat(created.body().at("/license/customer/name").asText()).isEqualTo("Ann");
        String key = created.body().at("/license/key").asText();
        assertThat(key).matches("RL-[0-9A-HJKMNP-TV-Z]{8}-[0-9A-HJKMNP-TV-Z]{8}-[0-9A-HJKMNP-TV-Z]{8}");

        Reply added = server.post("/api/licenses/" + key + "/hours", "{\"hours\":5}", CURL);
        assertThat(added.status()).isEqualTo(200);
        assertThat(added.body().path("hours_added").decimalValue()).isEqualTo("5");
        assertThat(added.body().path("purchased_hours").decimalValue()).isEqualTo("15");

        Reply used = server.post("/api/licenses/" + key + "/usage", "{\"hours\":0.5}", CURL);
        assertThat(used.status()).isEqualTo(200);
        assertThat(used.body().path("hours_deducted").decimalValue()).isEqualTo("0.5");
        assertThat(used.body().path("used_hours").decimalValue()).isEqualTo("0.5");

        Reply balance = server.get("/api/licenses/" + key + "/hours");
        assertThat(balance.text()).contains("\"hours_remaining\":14.5,");
        assertThat(balance.body().path("hours_remaining").decimalValue()).isEqualTo(new BigDecimal("14.5"));
    }

    @Test
    void validateTellsTheFourReasonsWithStatus400AndValidFalse() {
        String active = server.createKey("1");
        String empty = server.createKey("0");
        String expired = server.createKey("1");
        String suspended = server.createKey("1");
        String revoked = server.createKey("1");
        server.send("PATCH", "/api/licenses/" + expired, "{\"expires\":\"2001-01-01T00:00:00Z\"}");
        server.send("PATCH", "/api/licenses/" + suspended, "{\"status\":\"suspended\"}");
        server.send("PATCH", "/api/licenses/" + revoked, "{\"status\":\"revoked\"}");

        Reply valid = validate(active);
        assertThat(valid.status()).isEqualTo(200);
        assertThat(valid.body().path("valid").booleanValue()).isTrue();
        assertThat(valid.body().at("/license/hours_remaining").decimalValue()).isEqualTo("1");

        assertRefused(validate("nonsense"), "Invalid license key", "INVALID_LICENSE");
        assertRefused(validate(TestServer.UNKNOWN_KEY), "Invalid license key", "INVALID_LICENSE");
        assertRefused(validate(suspended), "License inactive", "LICENSE_INACTIVE");
        assertRefused(validate(revoked), "License inactive", "LICENSE_INACTIVE");
        assertRefused(validate(expired), "License expired", "LICENSE_EXPIRED");
        assertRefused(validate(empty), "No hours remaining", "HOURS_EXHAUSTED");
    }

    @Test
    void validateNeedsNoBodyAndTakesOne() {
        String key = server.createKey("1");
        assertThat(server.sendBytes("POST", "/api/licenses/" + key + "/validate", null)
                        .status())
                .isEqualTo(200);
        assertThat(server.post("/api/licenses/" + key + "/validate", "{\"machine_id\":\"a\"}", CURL)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aKeyIsForgivenItsCaseBlanksAndLookAlikes() {
        String key = server.createKey("2");
        String forgiven = "%20" + key.toLowerCase().replace('1', 'l').replace('0', 'o') + "%20";
        Reply reply = server.get("/api/licenses/" + forgiven + "/hours");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u00a0KEY\ufeff",
                "\u200b\u201cKEY\u201d",
                "'KEY'",
                "KEY\u2013",
                "KEY\u2212",
                "Bearer KEY",
            })
    void aKeyIsForgivenWhatPastingAdds(String pattern) {
        String key = server.createKey("2");
        String dash = pattern.matches("KEY.") ? pattern.substring(3) : "-";
        String pasted = (dash.equals("-") ? pattern : "KEY").replace("KEY", key.replace("-", dash));
        String latin = new String(pasted.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);

        assertThat(validate(encoded(pasted)).text()).startsWith("{\"valid\":true");
        assertThat(validate(encoded(latin)).text()).startsWith("{\"valid\":true");
        Reply found = server.post("/api/licenses/lookup", "{\"license_key\":\"" + pasted + "\"}");
        assertThat(found.status()).as(found.text()).isEqualTo(200);
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Test
    void deductingStopsAtZeroAndIsThenRefused() {
        String key = server.createKey("1");
        Reply first = server.post("/api/licenses/" + key + "/usage", "{\"hours\":3}", CURL);
        assertThat(first.body().path("hours_deducted").decimalValue()).isEqualTo("1");
        assertThat(first.body().path("hours_remaining").decimalValue()).isEqualTo("0");

        Reply second = server.post("/api/licenses/" + key + "/usage", "{\"hours\":3}", CURL);
        assertThat(second.status()).isEqualTo(402);
        assertThat(second.code()).isEqualTo("HOURS_EXHAUSTED");
        assertThat(second.body().path("success").booleanValue()).isFalse();
        assertThat(second.body().path("error").asText()).isNotEmpty();
    }

    private Reply validate(String key) {
        return server.post("/api/licenses/" + key + "/validate", "{}", CURL);
    }

    private static void assertRefused(Reply reply, String error, String code) {
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body().path("valid")).isEqualTo(BooleanNode.FALSE);
        assertThat(reply.body().path("error").asText()).isEqualTo(error);
        assertThat(reply.code()).isEqualTo(code);
        // For newer ones it is a problem document like every other.
        assertThat(reply.header("Content-Type")).isEqualTo(TestServer.PROBLEM);
        assertThat(reply.body().path("status").intValue()).isEqualTo(400);
        assertThat(reply.body().path("title").asText()).isEqualTo(error);
        assertThat(reply.detail()).isEqualTo(error);
        assertThat(reply.body().path("success")).isEqualTo(BooleanNode.FALSE);
    }
}
