package io.hourmeter.stripe.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import jakarta.servlet.http.HttpServletRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application with a login of its own says whose request it is; here the header {@code X-Login} is that login. */
class LoginLicenseTest {

    private static final String KEY = FakeLicenseClient.KEY.text();
    private static final String ID = FakeLicenseClient.ID.value();
    private static final String UNKNOWN = "lic_99999999";

    private final FakeLicenseClient client = new FakeLicenseClient();
    private final AtomicInteger asked = new AtomicInteger();
    private PaymentsSite site;

    @BeforeEach
    void start() throws Exception {
        site = site(request -> {
            asked.incrementAndGet();
            return Optional.ofNullable(request.getHeader("X-Login"));
        });
    }

    private PaymentsSite site(Function<HttpServletRequest, Optional<String>> resolver) throws Exception {
        MeteringConfig config =
                MeteringConfig.builder().set(Settings.LICENSE_COOKIE, "hm").build();
        return new PaymentsSite(
                Map.of(Wiring.CONFIG, config, Wiring.CLIENT, client, "io.hourmeter.LicenseKeyResolver", resolver),
                Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        site.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"lic_0123456789", " RL-0123ABCD-EFGH4567-JKMN89PQ "})
    void whoHasLoggedInSeesBalanceAndHistoryWithoutAKey(String license) {
        HttpResponse<String> balance = site.get("/payments/balance", "X-Login", license);
        assertThat(balance.statusCode()).as(balance.body()).isEqualTo(200);
        assertThat(balance.body()).contains("\"hours_remaining\":7.5");
        assertThat(site.get("/payments/history", "X-Login", license).statusCode())
                .isEqualTo(200);
    }

    @Test
    void thePageIsToldThatNothingIsAboutKeys() {
        assertThat(site.get("/payments/packages", "X-Login", ID).body())
                .contains("\"known\":true")
                .contains("\"login\":true");
        assertThat(site.get("/payments/packages").body())
                .contains("\"known\":false")
                .contains("\"login\":false");
        assertThat(site.get("/payments/packages", "Cookie", "hm=" + KEY).body())
                .contains("\"known\":true")
                .contains("\"login\":false");
    }

    @Test
    void theLoginIsAskedOnceForEachRequestAndBeforeAllElse() {
        HttpResponse<String> answer = site.get(
                "/payments/balance?license_key=nonsense", "X-Login", ID, "X-License-Key", "RL-x", "Cookie", "hm=x");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(asked).hasValue(1);
        site.get("/payments/packages", "X-Login", ID);
        assertThat(asked).hasValue(2);
    }

    @Test
    void whoHasNotLoggedInNeedsAKey() {
        assertThat(site.get("/payments/balance").statusCode()).isEqualTo(400);
        assertThat(site.get("/payments/balance", "X-Login", " ").statusCode()).isEqualTo(400);
        assertThat(site.get("/payments/balance", "X-License-Key", KEY).statusCode())
                .isEqualTo(200);
    }

    /** Ids are no secret: they stand in logs, URLs and payment metadata. */
    @Test
    void nobodySeesABalanceForSendingAnId() {
        assertThat(site.get("/payments/balance?license_key=" + ID).statusCode()).isEqualTo(404);
        assertThat(site.get("/payments/balance", "X-License-Key", ID).statusCode())
                .isEqualTo(404);
        assertThat(site.get("/payments/history", "X-License-Key", ID).statusCode())
                .isEqualTo(404);
        assertThat(site.get("/payments/balance", "Cookie", "hm=" + ID).statusCode())
                .isEqualTo(400);
        assertThat(site.send("POST", "/payments/remember", BodyPublishers.ofString("{\"license_key\":\"" + ID + "\"}"))
                        .statusCode())
                .isEqualTo(404);
        assertThat(client.calls).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {UNKNOWN, "lic_1", "nonsense"})
    void anAccountWithoutALicenseReadsNothingOfKeys(String license) {
        HttpResponse<String> answer = site.get("/payments/balance", "X-Login", license);
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("\"message\":\"There is no license for your account.\"");
    }

    @Test
    void aLoginThatFailsLetsNobodyIn() throws Exception {
        try (PaymentsSite failing = site(request -> {
            throw new IllegalStateException("jdbc:postgresql://accounts is away");
        })) {
            HttpResponse<String> answer = failing.get("/payments/balance", "X-License-Key", KEY);
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).doesNotContain("jdbc");
        }
        assertThat(client.calls).isEmpty();
    }

    @Test
    void anApplicationWithoutALoginIsNotAsked() throws Exception {
        MeteringConfig config = MeteringConfig.builder().build();
        try (PaymentsSite without = new PaymentsSite(config, client)) {
            assertThat(without.get("/payments/balance", "X-Login", ID).statusCode())
                    .isEqualTo(400);
            assertThat(without.get("/payments/packages", "X-Login", ID).body()).contains("\"login\":false");
        }
    }
}
