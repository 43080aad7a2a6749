package io.hourmeter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.LicenseKey;
import io.hourmeter.server.http.TestServer.Reply;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The usage message on the wire. */
class UsageCallTest {

    @AutoClose
    private static TestServer server;

    private static LicenseKey key;

    @BeforeAll
    static void start(@TempDir Path folder) {
        server = TestServer.start(folder);
        key = LicenseKey.of(server.createKey("1"));
    }

    static String message(String items) {
        return "{\"node\":\"node-1\",\"gap_ms\":300000,\"lease_ms\":900000,\"grace_ms\":600000,\"items\":[" + items
                + "]}";
    }

    private static String item(String lease) {
        return "{\"lease\":\"" + lease + "\",\"key_sha256\":\"" + key.sha256()
                + "\",\"scope\":\"\",\"session\":\"s-1\",\"age_ms\":1000,\"used_ms\":500,\"done\":false,\"seq\":1,"
                + "\"offline\":false,\"bridge\":true}";
    }

    @Test
    void anOpenIsAuthorizedAndACloseIsAcknowledged() {
        String lease = UUID.randomUUID().toString();
        Reply opened = server.post("/api/usage", message(item(lease)));
        assertThat(opened.status()).as(opened.text()).isEqualTo(200);
        JsonNode answer = opened.body().at("/items/0");
        assertThat(answer.path("lease").asText()).isEqualTo(lease);
        assertThat(answer.path("license").asText()).startsWith("lic_");
        assertThat(answer.path("state").asText()).isEqualTo("OK");
        assertThat(answer.path("authorized_ms").longValue()).isBetween(900_000L, 902_000L);
        assertThat(answer.path("final").isBoolean()).isTrue();
        assertThat(answer.path("remaining_ms").longValue()).isPositive();
        assertThat(answer.path("retry_after_ms").isNumber()).isTrue();

        Reply closed = server.post(
                "/api/usage",
                message(item(lease).replace("\"done\":false", "\"done\":true").replace("\"seq\":1", "\"seq\":2")));
        assertThat(closed.body().at("/items/0/state").asText()).isEqualTo("CLOSED");
    }

    @Test
    void anEmptyMessageIsAnsweredEmpty() {
        Reply reply = server.post("/api/usage", message(""));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.text()).isEqualTo("{\"items\":[]}");
    }

    @Test
    void anUnknownKeyIsAnAnswerOfItsOwn() {
        String unknown = LicenseKey.of(TestServer.UNKNOWN_KEY).sha256();
        String lease = UUID.randomUUID().toString();
        Reply reply = server.post(
                "/api/usage",
                message(item(UUID.randomUUID().toString()).replace(key.sha256(), unknown) + "," + item(lease)));
        assertThat(reply.body().at("/items/0/state").asText()).isEqualTo("UNKNOWN");
        assertThat(reply.body().at("/items/0/license").isNull()).isTrue();
        assertThat(reply.body().at("/items/1/state").asText()).isEqualTo("OK");
    }

    private static String byId(String item, String id) {
        return item.replace("\"key_sha256\":\"" + key.sha256() + "\"", "\"license\":" + id);
    }

    @Test
    void aLicenseMayBeNamedByItsIdInPlaceOfAKey() {
        String license = server.post(
                        "/api/usage", message(item(UUID.randomUUID().toString())))
                .body()
                .at("/items/0/license")
                .asText();
        String item = item(UUID.randomUUID().toString());
        Reply reply = server.post(
                "/api/usage", message(byId(item, "\"" + license + "\"") + "," + byId(item, "\"lic_00000000\"")));
        assertThat(reply.body().at("/items/0/state").asText()).isEqualTo("OK");
        assertThat(reply.body().at("/items/0/license").asText()).isEqualTo(license);
        assertThat(reply.body().at("/items/1/state").asText()).isEqualTo("UNKNOWN");
        Reply both = server.post("/api/usage", message(item.replace("{", "{\"license\":\"" + license + "\",")));
        assertThat(both.body().at("/items/0/state").asText()).isEqualTo("INVALID");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "7", "\"\"", "\"lic_\"", "\"lic_1234567\"", "\"lic_12345678 \"", "\"KEY\""})
    void whatIsNoIdIsInvalidInItsPlace(String id) {
        String item = byId(item(UUID.randomUUID().toString()), id.replace("KEY", key.text()));
        assertThat(server.post("/api/usage", message(item))
                        .body()
                        .at("/items/0/state")
                        .asText())
                .isEqualTo("INVALID");
    }

    @Test
    void unknownMembersAreIgnoredAndAbsentOnesHaveTheirDefault() {
        String lease = UUID.randomUUID().toString();
        String sparse = "{\"lease\":\"" + lease + "\",\"key_sha256\":\"" + key.sha256()
                + "\",\"age_ms\":0,\"used_ms\":null,\"seq\":1,\"colour\":{\"a\":[1]}}";
        Reply reply = server.post("/api/usage", message(sparse).replace("\"node\"", "\"epoch\":7,\"node\""));
        assertThat(reply.body().at("/items/0/state").asText()).isEqualTo("OK");
    }

    static Stream<Arguments> brokenItems() {
        return Stream.of(
                Arguments.of("\"lease\":\"[^\"]*\"", "\"lease\":\"not-a-uuid\""),
                Arguments.of("\"lease\":\"[^\"]*\"", "\"lease\":null"),
                Arguments.of("\"lease\":\"[^\"]*\"", "\"lease\":7"),
                Arguments.of("\"key_sha256\":\"[^\"]*\"", "\"key_sha256\":\"" + "G".repeat(64) + "\""),
                Arguments.of("\"key_sha256\":\"[^\"]*\"", "\"key_sha256\":\"abc\""),
                Arguments.of("\"scope\":\"\"", "\"scope\":5"),
                Arguments.of("\"scope\":\"\"", "\"scope\":\"a b\""),
                Arguments.of("\"scope\":\"\"", "\"scope\":\"" + "x".repeat(129) + "\""),
                Arguments.of("\"session\":\"s-1\"", "\"session\":[]"),
                Arguments.of("\"age_ms\":1000", "\"age_ms\":-1"),
                Arguments.of("\"age_ms\":1000", "\"age_ms\":1.5"),
                Arguments.of("\"age_ms\":1000", "\"age_ms\":1e400"),
                Arguments.of("\"age_ms\":1000", "\"age_ms\":null"),
                Arguments.of("\"age_ms\":1000", "\"age_ms\":\"1000\""),
                Arguments.of("\"age_ms\":1000", "\"age_ms\":9223372036854775807"),
                Arguments.of("\"used_ms\":500", "\"used_ms\":-1"),
                Arguments.of("\"used_ms\":500", "\"used_ms\":true"),
                Arguments.of("\"done\":false", "\"done\":\"no\""),
                Arguments.of("\"seq\":1", "\"seq\":-1"),
                Arguments.of("\"seq\":1", "\"seq\":9223372036854775808"),
                Arguments.of("\"offline\":false", "\"offline\":0"),
                Arguments.of("\"bridge\":true", "\"bridge\":\"true\""));
    }

    @ParameterizedTest
    @MethodSource("brokenItems")
    void aBrokenItemIsInvalidByItself(String what, String instead) {
        String broken = item(UUID.randomUUID().toString()).replaceFirst(what, instead);
        assertThat(broken).contains(instead);
        String good = UUID.randomUUID().toString();
        Reply reply = server.post("/api/usage", message(broken + ",5," + item(good)));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body().path("items")).hasSize(3);
        assertThat(reply.body().at("/items/0/state").asText()).isEqualTo("INVALID");
        assertThat(reply.body().at("/items/1/state").asText()).isEqualTo("INVALID");
        assertThat(reply.body().at("/items/2/state").asText()).isEqualTo("OK");
        assertThat(reply.body().at("/items/2/lease").asText()).isEqualTo(good);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"node\":\"\"",
                "\"node\":7",
                "\"node\":\"with blank\"",
                "\"gap_ms\":-1",
                "\"gap_ms\":\"1\"",
                "\"gap_ms\":0.5",
                "\"lease_ms\":0",
                "\"lease_ms\":86400001",
                "\"grace_ms\":86400001",
                "\"grace_ms\":null",
                "\"items\":{}",
                "\"items\":null",
            })
    void aBrokenFrameRefusesTheMessage(String member) {
        String name = member.substring(1, member.indexOf('"', 1));
        String broken = message("").replaceFirst("\"" + name + "\":(\"[^\"]*\"|[0-9]+|\\[\\])", member);
        assertThat(broken).contains(member);
        String before = server.dump();
        Reply reply = server.post("/api/usage", broken);
        assertThat(reply.status()).as(reply.text()).isEqualTo(400);
        assertThat(reply.detail()).contains(name);
        assertThat(server.dump()).isEqualTo(before);
    }

    @Test
    void fiveHundredItemsAreTakenAndOneMoreIsNot() {
        Reply most = server.post("/api/usage", message(items(500)));
        assertThat(most.status()).isEqualTo(200);
        assertThat(most.body().path("items")).hasSize(500);
        String before = server.dump();
        Reply more = server.post("/api/usage", message(items(501)));
        assertThat(more.status()).isEqualTo(400);
        assertThat(more.detail()).contains("items").contains("500");
        assertThat(server.dump()).isEqualTo(before);
    }

    private static String items(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> item(UUID.randomUUID().toString()))
                .collect(Collectors.joining(","));
    }
}
