package io.hourmeter.client;

import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.config.ConfigurationException;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.MeteringConfigBuilder;
import io.hourmeter.config.Settings;
import org.junit.jupiter.api.Test;

class LicenseClientsTest extends MockServerTest {

    private static final String HOURS = "/api/licenses/lic_0123456789ab/hours";

    private static MeteringConfigBuilder settings() {
        return MeteringConfig.builder()
                .set(Settings.SERVER_URL, server.baseUrl())
                .set(Settings.SERVER_TOKEN, "for-usage");
    }

    private static String tokenOf(LicenseClient opened) {
        server.stubFor(get(HOURS).willReturn(ok("{" + BALANCE + "}")));
        try (opened) {
            opened.hoursRemaining(ID);
        }
        return server.findAll(getRequestedFor(urlEqualTo(HOURS))).get(0).getHeader("Authorization");
    }

    @Test
    void meteringUsesTheServerToken() {
        assertThat(tokenOf(LicenseClients.open(
                        settings().set(Settings.PAYMENT_TOKEN, "for-credit").build())))
                .isEqualTo("Bearer for-usage");
    }

    @Test
    void paymentsUseTheirOwnTokenAndElseTheServerToken() {
        assertThat(tokenOf(LicenseClients.openForPayments(
                        settings().set(Settings.PAYMENT_TOKEN, "for-credit").build())))
                .isEqualTo("Bearer for-credit");
        server.resetAll();
        assertThat(tokenOf(LicenseClients.openForPayments(settings().build()))).isEqualTo("Bearer for-usage");
    }

    @Test
    void withoutATokenNoneIsSent() {
        assertThat(tokenOf(LicenseClients.open(MeteringConfig.builder()
                        .set(Settings.SERVER_URL, server.baseUrl())
                        .build())))
                .isNull();
    }

    @Test
    void anOlderServerIsSpokenToWhereTheSettingSaysSoAndNowhereElse() {
        MeteringConfig older = settings().set(Settings.SERVER_KIND, "older").build();
        server.stubFor(post("/api/licenses/" + KEY.text() + "/validate")
                .willReturn(ok("{\"valid\":true,\"license\":{\"hours_remaining\":5}}")));

        try (LicenseClient client = LicenseClients.open(older)) {
            assertThat(client.validate(KEY).valid()).isTrue();
        }
        try (LicenseClient client = LicenseClients.openForPayments(older)) {
            assertThat(client.validate(KEY).valid()).isTrue();
        }
        try (LicenseClient client = LicenseClients.open(settings().build())) {
            assertThatThrownBy(() -> client.validate(KEY))
                    .isInstanceOf(LicenseServerUnavailableException.class)
                    .hasMessageContaining("license.server.kind=older");
        }
        assertThat(requests())
                .filteredOn(request -> request.getUrl().contains(KEY.text()))
                .hasSize(2);
    }

    @Test
    void embeddedWithoutAServerOnTheClassPathIsOneClearLine() {
        MeteringConfig config =
                MeteringConfig.builder().set(Settings.SERVER_URL, "embedded").build();

        assertThatThrownBy(() -> LicenseClients.open(config))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "license.server.url=embedded needs the license server in this process: put metering-server on"
                                + " the class path, or set an address like http://localhost:5001");
        assertThatThrownBy(() -> LicenseClients.openForPayments(config)).isInstanceOf(ConfigurationException.class);
    }
}
