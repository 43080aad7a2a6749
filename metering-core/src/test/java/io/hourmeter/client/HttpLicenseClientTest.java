package io.hourmeter.client;

import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.Balance;
import io.hourmeter.CreatedLicense;
import io.hourmeter.Credited;
import io.hourmeter.Customer;
import io.hourmeter.Debited;
import io.hourmeter.ErrorCode;
import io.hourmeter.History;
import io.hourmeter.HistoryQuery;
import io.hourmeter.Hours;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import io.hourmeter.Validation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each method of the port sends to a newer server, and what it makes of the answer. */
class HttpLicenseClientTest extends MockServerTest {

    private static final String DEDUCTED = "{\"success\":true,\"hours_deducted\":1," + BALANCE + "}";
    private static final long HOUR = Hours.MILLIS_PER_HOUR;
    private static final Balance STANDING =
            new Balance(10 * HOUR, 5 * HOUR / 2, HOUR / 4, Instant.parse("2026-03-01T10:00:00Z"));

    @Test
    void createSendsWhatIsWantedAndReturnsTheKey() {
        server.stubFor(post("/api/licenses").willReturn(json(201, """
                {"success":true,"license":{"id":"lic_0123456789ab","key":"RL-0123ABCD-EFGH4567-JKMN89PQ",
                 "customer":{"email":"a@example.com","company":"C","name":"N"},"type":"trial","status":"active",
                 "created":"2026-01-01T00:00:00Z","expires":null,"hours_remaining":1.5,"purchased_hours":1.5,"used_hours":0}}""")));

        CreatedLicense created = client.create(
                new NewLicense(
                        new Customer("a@example.com", "C", "N"),
                        Duration.ofMinutes(90),
                        "trial",
                        Duration.ofDays(30),
                        null),
                "order-1");

        assertThat(created.key()).isEqualTo(KEY);
        assertThat(created.license().id()).isEqualTo(ID);
        assertThat(created.license().maskedKey()).isEqualTo("RL-0123…");
        assertThat(created.license().balance().remainingMillis()).isEqualTo(3 * HOUR / 2);
        assertThat(created.repeated()).isFalse();
        server.verify(postRequestedFor(urlEqualTo("/api/licenses"))
                .withHeader("Idempotency-Key", equalTo("order-1"))
                .withHeader("Authorization", equalTo("Bearer " + TOKEN))
                .withRequestBody(equalToJson("""
                {"email":"a@example.com","company":"C","name":"N","hours":1.5,"type":"trial","duration_days":30}""")));
    }

    @Test
    void createCanNameTheDayOfExpiry() {
        server.stubFor(post("/api/licenses").willReturn(problem(403, "FORBIDDEN")));
        Instant expires = Instant.parse("2027-01-01T00:00:00Z");

        assertThatThrownBy(() -> client.create(
                        new NewLicense(new Customer("a@example.com", "", ""), Duration.ZERO, "standard", null, expires),
                        null))
                .isInstanceOfSatisfying(
                        LicenseRequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
        server.verify(postRequestedFor(urlEqualTo("/api/licenses")).withRequestBody(equalToJson("""
                {"email":"a@example.com","company":"","name":"","hours":0,"type":"standard","expires":"2027-01-01T00:00:00Z"}""")));
    }

    @Test
    void validateOfAKeyIsOneCallAndKeepsTheKeyOutOfTheUrl() {
        stubLookup();

        Validation validation = client.validate(KEY);

        assertThat(validation.valid()).isTrue();
        assertThat(validation.license()).isNotNull();
        assertThat(validation.license().balance()).isEqualTo(STANDING);
        server.verify(postRequestedFor(urlEqualTo("/api/licenses/lookup"))
                .withRequestBody(equalToJson("{\"license_key\":\"rl-0123abcd-efgh4567-jkmn89pq\"}")));
        assertThat(requests()).hasSize(1);
    }

    @Test
    void validateOfAnIdAsksTheServer() {
        server.stubFor(post("/api/licenses/lic_0123456789ab/validate")
                .willReturn(ok("{\"valid\":true,\"license\":" + LICENSE + "}")));

        assertThat(client.validate(ID).valid()).isTrue();
        assertThat(client.validate(ID).license().balance()).isEqualTo(STANDING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LICENSE_INACTIVE", "LICENSE_EXPIRED", "HOURS_EXHAUSTED"})
    void aLicenseThatWouldNotBeServedIsAnAnswerWithItsBalance(String code) {
        server.stubFor(post("/api/licenses/lic_0123456789ab/validate")
                .willReturn(json(400, "{\"valid\":false,\"error\":\"No\",\"code\":\"%s\"}".formatted(code))));
        server.stubFor(get("/api/licenses/lic_0123456789ab").willReturn(ok("{\"license\":" + LICENSE + "}")));

        assertThat(client.validate(ID).refusal()).isEqualTo(ErrorCode.valueOf(code));
        assertThat(client.validate(ID).license().balance()).isEqualTo(STANDING);
    }

    @Test
    void anUnknownKeyIsAnAnswerToValidateAndARefusalElsewhere() {
        server.stubFor(post("/api/licenses/lookup").willReturn(problem(404, "LICENSE_NOT_FOUND")));

        assertThat(client.validate(KEY)).isEqualTo(new Validation(ErrorCode.INVALID_LICENSE, null));
        assertThatThrownBy(() -> client.hoursRemaining(KEY))
                .isInstanceOfSatisfying(
                        LicenseRequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LICENSE_NOT_FOUND))
                .hasMessageContaining("RL-0123…");
        assertThat(requests()).allMatch(request -> request.getUrl().equals("/api/licenses/lookup"));
    }

    @Test
    void theBalanceOfAKeyTakesOneCallAndNoToken() {
        stubLookup();
        try (HttpLicenseClient anonymous = client(null, Duration.ofSeconds(10))) {
            assertThat(anonymous.hoursRemaining(KEY)).isEqualTo(STANDING);
        }
        assertThat(requests()).hasSize(1);
        server.verify(postRequestedFor(urlEqualTo("/api/licenses/lookup")).withHeader("Authorization", absent()));
    }

    @Test
    void theBalanceOfAnIdIsReadFromItsPath() {
        server.stubFor(get("/api/licenses/lic_0123456789ab/hours").willReturn(ok(DEDUCTED)));

        assertThat(client.hoursRemaining(ID)).isEqualTo(STANDING);
    }

    @Test
    void validateOfAKeyIsDecidedFromTheLookupWithAndWithoutAToken() {
        assertDecidedFromTheLookup(client);
        try (HttpLicenseClient anonymous = client(null, Duration.ofSeconds(10))) {
            assertDecidedFromTheLookup(anonymous);
        }
    }

    private void assertDecidedFromTheLookup(HttpLicenseClient asking) {
        stubLookup();
        assertThat(asking.validate(KEY).refusal()).isNull();

        stubLookup(LICENSE.replace("active", "revoked"));
        assertThat(asking.validate(KEY).refusal()).isEqualTo(ErrorCode.LICENSE_INACTIVE);
        assertThat(asking.validate(KEY).license().balance()).isEqualTo(STANDING);

        stubLookup(LICENSE.replace("active", "suspended"));
        assertThat(asking.validate(KEY).refusal()).isEqualTo(ErrorCode.LICENSE_INACTIVE);

        stubLookup(LICENSE.replace("\"expires\":null", "\"expires\":\"2026-03-01T10:00:00Z\""));
        assertThat(asking.validate(KEY).refusal()).isEqualTo(ErrorCode.LICENSE_EXPIRED);
        assertThat(asking.validate(KEY).license().balance()).isEqualTo(STANDING);

        stubLookup(LICENSE.replace("7.5", "0").replace("2.5", "10"));
        assertThat(asking.validate(KEY).refusal()).isEqualTo(ErrorCode.HOURS_EXHAUSTED);
    }

    @Test
    void aWrongTokenDoesNotLookLikeAWrongKey() {
        server.stubFor(post("/api/licenses/lookup").willReturn(problem(401, "UNAUTHORIZED")));
        server.stubFor(post("/api/licenses/lic_0123456789ab/validate").willReturn(problem(401, "UNAUTHORIZED")));

        for (LicenseRef license : List.of(KEY, ID)) {
            assertThatThrownBy(() -> client.validate(license))
                    .isInstanceOfSatisfying(
                            LicenseRequestException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
        }
    }

    private void stubLookup(String license) {
        server.stubFor(post("/api/licenses/lookup").willReturn(ok("{\"license\":" + license + "}")));
    }

    @Test
    void addHoursCreditsUnderTheGivenIdempotencyKey() {
        stubLookup();
        server.stubFor(post("/api/licenses/lic_0123456789ab/hours")
                .willReturn(ok("{\"success\":true,\"hours_added\":5,\"hours_remaining\":7.5,\"purchased_hours\":10,"
                                + "\"held_hours\":0.25,\"as_of\":\"2026-03-01T10:00:00Z\"}")
                        .withHeader("Idempotency-Hit", "true")));

        Credited credited = client.addHours(KEY, Duration.ofHours(5), "stripe:cs_1", "cs_1", "5 Hours Pack");

        assertThat(credited).isEqualTo(new Credited(5 * HOUR, STANDING, true));
        server.verify(postRequestedFor(urlEqualTo("/api/licenses/lic_0123456789ab/hours"))
                .withHeader("Idempotency-Key", equalTo("stripe:cs_1"))
                .withRequestBody(equalToJson("{\"hours\":5,\"reference\":\"cs_1\",\"description\":\"5 Hours Pack\"}")));
    }

    @Test
    void deductHoursMakesUpAnIdempotencyKey() {
        server.stubFor(post("/api/licenses/lic_0123456789ab/usage")
                .willReturn(ok("{\"success\":true,\"hours_deducted\":0.5," + BALANCE + "}")));

        Debited debited = client.deductHours(ID, Duration.ofHours(1), null);

        assertThat(debited).isEqualTo(new Debited(HOUR / 2, STANDING, false));
        server.verify(postRequestedFor(urlEqualTo("/api/licenses/lic_0123456789ab/usage"))
                .withHeader(
                        "Idempotency-Key",
                        matching("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"))
                .withRequestBody(equalTo("{\"hours\":1}")));
    }

    @Test
    void hoursAreWrittenAsPlainDecimalNumbers() {
        server.stubFor(post("/api/licenses/lic_0123456789ab/usage").willReturn(ok(DEDUCTED)));

        client.deductHours(ID, Duration.ofMillis(1), null);

        server.verify(postRequestedFor(urlEqualTo("/api/licenses/lic_0123456789ab/usage"))
                .withRequestBody(equalTo("{\"hours\":0.0000002778}")));
    }

    @Test
    void reverseStatesWhatIsTaken() {
        stubLookup();
        server.stubFor(
                post("/api/licenses/lic_0123456789ab/reversals").willReturn(ok("{\"success\":true," + BALANCE + "}")));

        assertThat(client.reverse(KEY, new Reversal("stripe:cs_1", "re_1", 3, 500, 2500, "refund")))
                .isEqualTo(STANDING);
        server.verify(postRequestedFor(urlEqualTo("/api/licenses/lic_0123456789ab/reversals"))
                .withRequestBody(equalToJson("""
                {"purchase":"stripe:cs_1","object":"re_1","version":3,"part":500,"whole":2500,"reason":"refund"}""")));
    }

    @Test
    void historyPassesTheQueryOn() {
        stubLookup();
        server.stubFor(
                get(urlPathEqualTo("/api/licenses/lic_0123456789ab/history")).willReturn(ok("""
                {"entries":[{"id":"e1","at":"2026-03-01T10:00:00Z","kind":"PURCHASE","hours":5,"remaining_after":5,
                             "reference":"cs_1","description":""}],
                 "sessions":[],"daily":[{"day":"2026-03-01","used_hours":0,"purchased_hours":5}],
                 "totals":{"purchased_hours":5,"used_hours":0,"payments":1,"sessions":0},"next":"c2"}""")));

        History history = client.history(
                KEY,
                new HistoryQuery(HistoryQuery.Type.PAYMENT, Instant.parse("2026-01-01T00:00:00Z"), null, 7, "a b&c"));

        assertThat(history.entries()).hasSize(1);
        assertThat(history.next()).isEqualTo("c2");
        server.verify(getRequestedFor(urlPathEqualTo("/api/licenses/lic_0123456789ab/history"))
                .withQueryParam("type", equalTo("payment"))
                .withQueryParam("limit", equalTo("7"))
                .withQueryParam("from", equalTo("2026-01-01T00:00:00Z"))
                .withQueryParam("cursor", equalTo("a b&c")));
    }

    @Test
    void aKeyIsLookedUpOnce() {
        stubLookup();
        server.stubFor(post("/api/licenses/lic_0123456789ab/usage").willReturn(ok(DEDUCTED)));

        client.deductHours(KEY, Duration.ofHours(1), null);
        client.deductHours(KEY, Duration.ofHours(1), null);

        server.verify(1, postRequestedFor(urlEqualTo("/api/licenses/lookup")));
        server.verify(2, postRequestedFor(urlEqualTo("/api/licenses/lic_0123456789ab/usage")));
    }

    @Test
    void anIdThatIsOutOfDateIsLookedUpAgain() {
        stubLookup();
        server.stubFor(post("/api/licenses/lic_0123456789ab/usage").willReturn(ok(DEDUCTED)));
        client.deductHours(KEY, Duration.ofHours(1), null);
        server.stubFor(post("/api/licenses/lic_0123456789ab/usage").willReturn(problem(404, "LICENSE_NOT_FOUND")));
        server.stubFor(post("/api/licenses/lic_ba9876543210/usage").willReturn(ok(DEDUCTED)));
        stubLookup(LICENSE.replace("lic_0123456789ab", "lic_ba9876543210"));

        assertThat(client.deductHours(KEY, Duration.ofHours(1), null).balance()).isEqualTo(STANDING);
    }

    @ParameterizedTest
    @CsvSource({
        "400, INVALID_REQUEST",
        "401, UNAUTHORIZED",
        "402, HOURS_EXHAUSTED",
        "403, FORBIDDEN",
        "404, LICENSE_NOT_FOUND",
        "409, CONFLICT",
        "413, TOO_LARGE",
        "422, IDEMPOTENCY_MISMATCH"
    })
    void aRefusalIsTakenFromTheCodeAndNeverRepeated(int status, ErrorCode expected) {
        server.stubFor(post("/api/licenses/lic_0123456789ab/usage").willReturn(problem(status, expected.name())));

        assertThatThrownBy(() -> client.deductHours(ID, Duration.ofHours(1), null))
                .isInstanceOfSatisfying(
                        LicenseRequestException.class, e -> assertThat(e.code()).isEqualTo(expected))
                .hasMessage("POST " + server.baseUrl() + "/api/licenses/{license}/usage answered " + status + " "
                        + expected + ": because");
        assertThat(requests()).hasSize(1);
    }

    @Test
    void aPageOfAStrangerIsNoRefusal() {
        server.stubFor(get("/api/licenses/lic_0123456789ab/hours")
                .willReturn(json(404, "{\"timestamp\":1,\"status\":404,\"error\":\"Not Found\"}")));

        assertThatThrownBy(() -> client.hoursRemaining(ID))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .hasMessageContaining("answered 404");
    }

    @Test
    void aBasePathIsKept() {
        server.stubFor(get("/licensing/api/licenses/lic_0123456789ab/hours").willReturn(ok("{" + BALANCE + "}")));
        try (HttpLicenseClient nested =
                HttpLicenseClient.builder(server.baseUrl() + "/licensing/").build()) {
            assertThat(nested.hoursRemaining(ID)).isEqualTo(STANDING);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://x",
                "x",
                "",
                "http://",
                "http://user:secret@host",
                "http://host/?a=secret",
                "http://host/#secret"
            })
    void aUrlThatCannotBeMeantIsRefusedWithoutRepeatingIt(String url) {
        assertThatThrownBy(() -> HttpLicenseClient.builder(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void wrongArgumentsAreRefusedBeforeAnythingIsSent() {
        HttpLicenseClient.Builder builder = HttpLicenseClient.builder("http://localhost");
        assertThatThrownBy(() -> builder.token("two words")).hasMessageNotContaining("words");
        assertThatThrownBy(() -> builder.timeout(Duration.ZERO)).hasMessageContaining("PT0S");
        assertThatThrownBy(() -> builder.timeout(Duration.ofHours(1))).hasMessageContaining("PT1H");
        assertThatThrownBy(() -> client.addHours(ID, Duration.ofNanos(10), null, "", ""))
                .hasMessageContaining("from 1 ms to 1000000 hours");
        assertThatThrownBy(() -> client.deductHours(ID, Duration.ofHours(-1), null))
                .isInstanceOf(LicenseRequestException.class);
        assertThatThrownBy(() -> client.deductHours(ID, Duration.ofSeconds(Long.MAX_VALUE), null))
                .isInstanceOf(LicenseRequestException.class);
        assertThatThrownBy(() -> client.deductHours(ID, Duration.ofHours(1), "with\nnewline"))
                .isInstanceOf(LicenseRequestException.class);
        assertThat(requests()).isEmpty();
    }

    @Test
    void anotherIdOfTheSameShapeIsAnotherLicense() {
        server.stubFor(get("/api/licenses/lic_0123456789ab/hours").willReturn(ok("{" + BALANCE + "}")));
        server.stubFor(get("/api/licenses/lic_999999999999/hours").willReturn(problem(404, "LICENSE_NOT_FOUND")));

        assertThat(client.hoursRemaining(ID)).isEqualTo(STANDING);
        assertThatThrownBy(() -> client.hoursRemaining(new LicenseId("lic_999999999999")))
                .isInstanceOf(LicenseRequestException.class);
    }
}
