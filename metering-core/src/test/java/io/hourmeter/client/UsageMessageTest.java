package io.hourmeter.client;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.UsageAnswers;
import io.hourmeter.UsageAnswers.Answer;
import io.hourmeter.UsageAnswers.State;
import io.hourmeter.UsageBatch;
import io.hourmeter.UsageBatch.Item;
import io.hourmeter.internal.Ticker;
import io.hourmeter.wire.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /api/usage} to a newer server. */
class UsageMessageTest extends MockServerTest {

    private static final ResponseList NONE = new ResponseList();

    /** Builds the items of an answer. */
    private static final class ResponseList {
        private final List<String> items = new ArrayList<>();

        private ResponseList item(String lease, String rest) {
            items.add("{\"lease\":\"" + lease + "\"," + rest + "}");
            return this;
        }

        private String body() {
            return "{\"items\":[" + String.join(",", items) + "]}";
        }
    }

    private void answer(String body) {
        server.stubFor(post("/api/usage").willReturn(ok(body)));
    }

    @Test
    void theMessageIsAsTheProtocolSays() {
        answer(new ResponseList()
                .item(
                        "a",
                        "\"license\":\"lic_0123456789ab\",\"state\":\"OK\",\"authorized_ms\":360000,\"final\":true,"
                                + "\"remaining_ms\":7140000,\"retry_after_ms\":8000,\"news\":1")
                .item("b", "\"state\":\"CLOSED\"")
                .body());
        Item closing = new Item("b", KEY.sha256(), null, "s", "session-2", 61_234, 58_110L, true, 7, true, false);

        UsageAnswers answers = client.sync(batch(open("a"), closing));

        assertThat(answers.items())
                .containsExactly(
                        new Answer("a", ID, State.OK, 360_000, true, 7_140_000, 8_000),
                        new Answer("b", null, State.CLOSED, 0, false, 0, 0));
        server.verify(
                postRequestedFor(urlEqualTo("/api/usage")).withRequestBody(equalToJson("""
                {"node":"node-1","gap_ms":300000,"lease_ms":900000,"grace_ms":600000,"items":[
                  {"lease":"a","key_sha256":"%1$s","scope":"","session":"session-1","age_ms":0,"used_ms":null,
                   "done":false,"seq":1,"offline":false,"bridge":true},
                  {"lease":"b","key_sha256":"%1$s","scope":"s","session":"session-2","age_ms":61234,"used_ms":58110,
                   "done":true,"seq":7,"offline":true,"bridge":false}]}""".formatted(KEY.sha256()))));
    }

    @Test
    void aLicenseIsNamedByItsIdInPlaceOfTheHash() {
        answer(new ResponseList()
                .item("a", "'state':'CLOSED'".replace('\'', '"'))
                .body());

        client.sync(batch(new Item("a", null, ID, "", "session-1", 0, null, false, 1, false, true)));

        server.verify(
                postRequestedFor(urlEqualTo("/api/usage")).withRequestBody(equalToJson("""
                {"node":"node-1","gap_ms":300000,"lease_ms":900000,"grace_ms":600000,"items":[
                  {"lease":"a","license":"%s","scope":"","session":"session-1","age_ms":0,"used_ms":null,
                   "done":false,"seq":1,"offline":false,"bridge":true}]}""".formatted(ID.value()))));
    }

    @Test
    void anItemNamesItsLicenseInOneWay() {
        assertThatThrownBy(() -> new Item("a", KEY.sha256(), ID, "", "s", 0, null, false, 1, false, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Item("a", null, KEY, "", "s", 0, null, false, 1, false, true))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Item("a", null, null, "", "s", 0, null, false, 1, false, true))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLaterTrySaysAGreaterAge() {
        server.stubFor(post("/api/usage").willReturn(aResponse().withStatus(500)));
        Ticker ticking = new Ticker() {
            private final AtomicLong millis = new AtomicLong();

            @Override
            public long nanos() {
                return TimeUnit.MILLISECONDS.toNanos(millis.incrementAndGet());
            }

            @Override
            public long wallMillis() {
                return clock.wallMillis();
            }
        };
        try (HttpLicenseClient own =
                HttpLicenseClient.builder(server.baseUrl()).token(TOKEN).build(ticking)) {
            assertThatThrownBy(() -> own.sync(batch(item("a", 100, 5L, false))))
                    .isInstanceOf(LicenseServerUnavailableException.class);
        }
        List<Long> ages = requests().stream()
                .map(request -> Objects.requireNonNull(Json.answer(request.getBody()))
                        .path("items")
                        .path(0)
                        .path("age_ms")
                        .asLong())
                .toList();
        assertThat(ages).hasSizeGreaterThan(1).isSorted().doesNotHaveDuplicates();
        assertThat(ages.get(0)).isGreaterThanOrEqualTo(100);
    }

    @Test
    void answersAreMatchedByLeaseAndMissingOnesAreBusy() {
        answer(new ResponseList()
                .item("c", "\"state\":\"OK\",\"authorized_ms\":3")
                .item("a", "\"state\":\"OK\",\"authorized_ms\":1")
                .item("stranger", "\"state\":\"OK\",\"authorized_ms\":9")
                .body());

        List<Answer> answers =
                client.sync(batch(open("a"), open("b"), open("c"))).items();

        assertThat(answers).extracting(Answer::lease).containsExactly("a", "b", "c");
        assertThat(answers).extracting(Answer::authorizedMillis).containsExactly(1L, 0L, 3L);
        assertThat(answers.get(1).state()).isEqualTo(State.BUSY);
    }

    @Test
    void twoItemsOfOneLeaseGetTheirAnswersInOrder() {
        answer(new ResponseList()
                .item("a", "\"state\":\"OK\",\"authorized_ms\":1")
                .item("a", "\"state\":\"CLOSED\"")
                .body());

        assertThat(client.sync(batch(open("a"), item("a", 5, 5L, true))).items())
                .extracting(Answer::state)
                .containsExactly(State.OK, State.CLOSED);
    }

    @Test
    void anEmptyBatchIsSent() {
        answer(NONE.body());

        assertThat(client.sync(batch()).items()).isEmpty();
        assertThat(requests()).hasSize(1);
    }

    @Test
    void moreThanFiveHundredItemsGoInSeveralMessages() {
        answer(busy(1_201));
        Item[] items =
                IntStream.range(0, 1_201).mapToObj(i -> open("lease-" + i)).toArray(Item[]::new);

        assertThat(client.sync(batch(items)).items())
                .hasSize(1_201)
                .extracting(Answer::state)
                .containsOnly(State.BUSY);
        assertThat(requests())
                .extracting(request -> itemsOf(request.getBodyAsString()))
                .containsExactlyInAnyOrder(500, 500, 201);
    }

    /** An answer that knows all leases and decides none. */
    private static String busy(int leases) {
        ResponseList all = new ResponseList();
        IntStream.range(0, leases).forEach(i -> all.item("lease-" + i, "\"state\":\"BUSY\""));
        return all.body();
    }

    private static int itemsOf(String body) {
        JsonNode json = Json.answer(body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return json == null ? -1 : json.path("items").size();
    }

    @Test
    void whatFollowsAMessageThatFailedIsBusy() {
        server.stubFor(post("/api/usage")
                .withRequestBody(com.github.tomakehurst.wiremock.client.WireMock.containing("lease-0\""))
                .willReturn(ok("{\"items\":[{\"lease\":\"lease-0\",\"state\":\"OK\",\"authorized_ms\":5}]}")));
        server.stubFor(post("/api/usage")
                .withRequestBody(com.github.tomakehurst.wiremock.client.WireMock.notContaining("lease-0\""))
                .willReturn(aResponse().withStatus(500)));
        Item[] items =
                IntStream.range(0, 1_100).mapToObj(i -> open("lease-" + i)).toArray(Item[]::new);

        List<Answer> answers = client.sync(batch(items)).items();

        assertThat(answers).hasSize(1_100);
        assertThat(answers.get(0).state()).isEqualTo(State.OK);
        assertThat(answers.subList(500, 1_100)).extracting(Answer::state).containsOnly(State.BUSY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'authorized_ms':1",
                "'state':'OK','authorized_ms':-1",
                "'state':'OK','authorized_ms':87000001",
                "'state':'OK','authorized_ms':1.5",
                "'state':'OK','authorized_ms':'1'",
                "'state':'OK','authorized_ms':9223372036854775808",
                "'state':'OK','remaining_ms':9000000000000000000",
                "'state':5"
            })
    void anAnswerThatIsNotPlausibleIsNotBelieved(String rest) {
        answer(new ResponseList().item("a", rest.replace('\'', '"')).body());

        assertThatThrownBy(() -> client.sync(batch(open("a"))))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .hasMessageContaining("POST " + server.baseUrl() + "/api/usage answered 200, but");
    }

    @Test
    void aStateThatOnlyANewerServerKnowsDecidesNothingForThatLease() {
        answer(new ResponseList()
                .item("a", "\"state\":\"WONDERFUL\",\"authorized_ms\":1,\"more\":{}")
                .item("b", "\"state\":\"OK\",\"authorized_ms\":5")
                .body());

        assertThat(client.sync(batch(open("a"), open("b"))).items())
                .extracting(Answer::state)
                .containsExactly(State.BUSY, State.OK);
    }

    @Test
    void anAnswerAboutOtherLeasesIsNone() {
        answer(new ResponseList().item("stranger", "\"state\":\"OK\"").body());

        assertThatThrownBy(() -> client.sync(batch(open("a"))))
                .isInstanceOf(LicenseServerUnavailableException.class)
                .hasMessageContaining("none of the leases");
    }

    @Test
    void anOldLeaseMayBeAuthorizedADayFromNow() {
        answer(new ResponseList()
                .item("a", "'state':'OK','authorized_ms':90000000".replace('\'', '"'))
                .body());

        assertThat(client.sync(batch(item("a", 3_600_000, 5L, false)))
                        .items()
                        .get(0)
                        .authorizedMillis())
                .isEqualTo(90_000_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void aTokenThatIsRefusedIsAnOutageAndSaidOnceAMinute(int status) {
        server.stubFor(post("/api/usage").willReturn(problem(status, status == 401 ? "UNAUTHORIZED" : "FORBIDDEN")));

        try (LogCapture log = new LogCapture()) {
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> client.sync(batch(open("a"))))
                        .isInstanceOf(LicenseServerUnavailableException.class)
                        .hasMessageContaining(Integer.toString(status));
            }
            assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains("license.server.token", Integer.toString(status));
            clock.advance(Duration.ofSeconds(61));
            assertThatThrownBy(() -> client.sync(batch(open("a"))))
                    .isInstanceOf(LicenseServerUnavailableException.class);
            assertThat(log.warnings()).hasSize(2);
        }
    }

    @Test
    void aMessageThatBreaksARuleIsADefiniteRefusal() {
        server.stubFor(post("/api/usage").willReturn(problem(400, "INVALID_REQUEST")));

        assertThatThrownBy(() -> client.sync(batch(open("a"))))
                .isInstanceOfSatisfying(
                        LicenseRequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
        assertThat(requests()).hasSize(1);
    }

    @Test
    void aBatchKeepsItsOrderWhateverTheServerAnswers() {
        answer(new ResponseList().item("y", "\"state\":\"CLOSED\"").body());
        UsageBatch batch = batch(open("x"), open("y"));

        assertThat(client.sync(batch).items()).extracting(Answer::lease).containsExactly("x", "y");
    }
}
