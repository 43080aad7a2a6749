package io.hourmeter.examples.webapp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.hourmeter.CreatedLicense;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Program;
import io.hourmeter.test.HourmeterExtension;
import io.hourmeter.test.stripe.StandInCheckout;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a seller wants to be sure of in an application of one's own. No second passes here that the test does not want. */
class SellingHoursTest {

    @RegisterExtension
    static final HourmeterExtension hourmeter = HourmeterExtension.create()
            .with("usage.idle.timeout", "60s")
            .with("webapp.port", "0")
            .with("hours.per.dollar", "1");

    private WebApp app;
    private Browser browser;

    @BeforeEach
    void start() {
        app = WebApp.start(MeteringConfig.builder()
                .programs(Set.of(Program.APPLICATION, Program.EXAMPLE))
                .settings("test", hourmeter.settings())
                .build());
        browser = new Browser(app.port());
        hourmeter.stripe().deliverTo(URI.create("http://127.0.0.1:" + app.port() + "/payments/webhook"));
    }

    @AfterEach
    void stop() {
        app.close();
    }

    @Test
    void runsOut() throws Exception {
        CreatedLicense license = hourmeter.license(Duration.ofSeconds(50));

        assertThat(use(license)).isEqualTo(200);
        hourmeter.advance(Duration.ofSeconds(30));
        assertThat(use(license)).isEqualTo(200);
        hourmeter.assertRemaining(license, Duration.ofSeconds(20));

        hourmeter.advance(Duration.ofSeconds(30));
        assertThat(use(license)).isEqualTo(402);
    }

    @Test
    void buysAndGoesOn() throws Exception {
        CreatedLicense license = hourmeter.license(Duration.ZERO);
        assertThat(use(license)).isEqualTo(402);

        checkout(license, 5).pay();

        assertThat(use(license)).isEqualTo(200);
        hourmeter.assertRemaining(license, Duration.ofHours(5));
    }

    @Test
    void isCreditedOnceHoweverOftenStripeCalls() throws Exception {
        CreatedLicense license = hourmeter.license(Duration.ZERO);
        hourmeter.stripe().holdEvents();
        checkout(license, 5).pay();
        checkout(license, 2).pay();
        hourmeter.assertRemaining(license, Duration.ZERO);

        hourmeter.stripe().releaseEventsBackwards();
        hourmeter.stripe().repeatEvents();

        hourmeter.assertRemaining(license, Duration.ofHours(7));
    }

    @Test
    void refundTakesHoursBack() throws Exception {
        CreatedLicense license = hourmeter.license(Duration.ZERO);
        StandInCheckout checkout = checkout(license, 5);
        checkout.pay();

        checkout.refund();

        hourmeter.assertRemaining(license, Duration.ZERO);
        assertThat(use(license)).isEqualTo(402);
    }

    @Test
    void nobodyNoticesThatTheLicenseServerIsDown() throws Exception {
        CreatedLicense license = hourmeter.license(Duration.ofHours(1));
        assertThat(use(license)).isEqualTo(200);

        hourmeter.stopLicenseServer();
        hourmeter.advance(Duration.ofSeconds(40));
        assertThat(use(license)).isEqualTo(200);

        hourmeter.startLicenseServer();
        hourmeter.advance(Duration.ofMinutes(2));
        hourmeter.assertRemaining(license, Duration.ofMinutes(60).minusSeconds(40));
    }

    @Test
    void theNextDayBeginsANewSession() throws Exception {
        CreatedLicense license = hourmeter.license(Duration.ofHours(1));
        assertThat(use(license)).isEqualTo(200);

        hourmeter.advance(Duration.ofDays(1));

        assertThat(use(license)).isEqualTo(200);
        hourmeter.assertRemaining(license, Duration.ofHours(1));
    }

    private int use(CreatedLicense license) {
        return browser.get("/api/status", "X-License-Key", license.key().text()).statusCode();
    }

    private StandInCheckout checkout(CreatedLicense license, int hours) throws IOException {
        String answer = browser.post(
                        "/payments/create-checkout",
                        "{\"hours\":" + hours + "}",
                        "Content-Type",
                        "application/json",
                        "X-License-Key",
                        license.key().text())
                .body();
        return hourmeter
                .stripe()
                .checkout(
                        new ObjectMapper().readTree(answer).path("checkout_url").asText());
    }
}
