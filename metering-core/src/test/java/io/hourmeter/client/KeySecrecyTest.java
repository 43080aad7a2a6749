package io.hourmeter.client;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.http.Fault;
import io.hourmeter.Customer;
import io.hourmeter.HistoryQuery;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseServerException;
import io.hourmeter.NewLicense;
import io.hourmeter.Reversal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Neither a license key nor the token reaches a log, an error or (but towards older servers) a URL. */
class KeySecrecyTest extends MockServerTest {

    private final List<String> errors = new ArrayList<>();

    /** Used in place of the client where a test sets it. */
    private @Nullable LicenseClient olderClient;

    private void useEverything() {
        LicenseClient client = olderClient == null ? this.client : olderClient;
        List<Runnable> calls = List.of(
                () -> client.create(NewLicense.of(new Customer("a@b", "", ""), Duration.ZERO), null),
                () -> client.validate(KEY),
                () -> client.hoursRemaining(KEY),
                () -> client.addHours(KEY, Duration.ofHours(1), null, "", ""),
                () -> client.deductHours(KEY, Duration.ofHours(1), null),
                () -> client.reverse(KEY, new Reversal("p", "o", 1, 1, 1, "")),
                () -> client.history(KEY, HistoryQuery.newest()),
                () -> client.sync(batch()),
                () -> client.sync(batch(open("a"))),
                () -> client.sync(batch(item("a", 10, 10L, true))));
        for (Runnable call : calls) {
            try {
                call.run();
            } catch (LicenseServerException e) {
                for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                    errors.add(String.valueOf(cause));
                }
            }
        }
    }

    private static String bare(String text) {
        return text.toUpperCase(Locale.ROOT).replaceAll("[^0-9A-Z]", "");
    }

    private static void assertSecret(List<String> texts) {
        String key = bare(KEY.text());
        assertThat(texts)
                .allSatisfy(text -> assertThat(bare(text))
                        .doesNotContain(key)
                        .doesNotContain(bare(KEY.canonical()))
                        .doesNotContain(bare(TOKEN)));
    }

    @Test
    void nothingIsToldWhenAllGoesWell() {
        stubLookup();
        server.stubFor(any(anyUrl()).atPriority(9).willReturn(ok("{" + BALANCE + "}")));
        server.stubFor(post("/api/licenses/lic_0123456789ab/validate")
                .willReturn(ok("{\"valid\":true,\"license\":" + LICENSE + "}")));
        server.stubFor(post("/api/usage").willReturn(ok("{\"items\":[{\"lease\":\"a\",\"state\":\"BUSY\"}]}")));
        server.stubFor(get(urlPathEqualTo("/api/licenses/lic_0123456789ab/history"))
                .willReturn(ok("{\"entries\":[],\"sessions\":[],\"daily\":[],\"totals\":{\"purchased_hours\":0,"
                        + "\"used_hours\":0,\"payments\":0,\"sessions\":0}}")));
        try (LogCapture log = new LogCapture()) {
            useEverything();

            assertSecret(log.texts());
        }
        assertSecret(errors);
        assertThat(requests())
                .hasSizeGreaterThan(9)
                .allSatisfy(request -> assertThat(bare(request.getUrl())).doesNotContain(bare(KEY.text())));
    }

    @Test
    void nothingIsToldWhenTheServerRepeatsTheKey() {
        assertNothingIsToldAbout(json(
                400,
                "{\"success\":false,\"code\":\"INVALID_REQUEST\",\"detail\":\"no such key: %s\\nand %s\"}"
                        .formatted(KEY.text(), KEY.canonical())));
    }

    @Test
    void nothingIsToldWhenTheServerFails() {
        assertNothingIsToldAbout(json(500, "{\"error\":\"" + KEY.text() + "\"}"));
        assertNothingIsToldAbout(json(404, "{\"error\":\"" + KEY.text() + "\"}"));
        assertNothingIsToldAbout(WireMock.aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK));
        assertNothingIsToldAbout(WireMock.aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));
        assertNothingIsToldAbout(WireMock.temporaryRedirect(server.baseUrl() + "/" + KEY.text()));
    }

    @Test
    void nothingIsToldWhenAStrangerRepeatsWhatItWasSent() {
        String echo = "Authorization: Bearer " + TOKEN + " for " + KEY.text();
        assertNothingIsToldAbout(json(200, "{\"headers\":\"" + echo + "\"}"));
        assertNothingIsToldAbout(json(401, "{\"success\":false,\"error\":\"" + echo + "\"}"));
        assertNothingIsToldAbout(WireMock.aResponse().withStatus(404).withBody(echo));
        assertNothingIsToldAbout(WireMock.aResponse()
                .withStatus(302)
                .withHeader("Location", server.baseUrl() + "/login?next=" + KEY.text() + "&token=" + TOKEN));
    }

    @Test
    void onlyTheUrlTellsItToAnOlderServer() {
        try (LicenseClient older =
                HttpLicenseClient.builder(server.baseUrl()).token(TOKEN).buildOlder(clock)) {
            olderClient = older;
            assertNothingIsToldAbout(json(401, "{\"success\":false,\"error\":\"No token for " + KEY.text() + "\"}"));
            assertNothingIsToldAbout(json(400, "{\"success\":false,\"error\":\"What is " + KEY.text() + "?\"}"));
            assertNothingIsToldAbout(json(200, "{\"license\":\"" + KEY.text() + "\"}"));
            assertNothingIsToldAbout(json(400, "{\"valid\":false,\"error\":\"Invalid license key\"}"));
        }
        assertThat(requests()).anyMatch(request -> request.getUrl().contains(KEY.text()));
    }

    private void assertNothingIsToldAbout(ResponseDefinitionBuilder answer) {
        server.resetAll();
        server.stubFor(any(anyUrl()).willReturn(answer));
        try (LogCapture log = new LogCapture()) {
            useEverything();

            assertSecret(log.texts());
        }
        assertThat(errors).isNotEmpty();
        assertSecret(errors);
    }
}
