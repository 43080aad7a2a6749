package io.hourmeter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.examples.webapp.WebApp;
import io.hourmeter.server.LicenseServer;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hours are bought, refunded and disputed, over HTTP, at the demo's stand-in for Stripe. */
class PurchaseEndToEndTest {

    private static final String A_MOMENT = "0.0002777778";
    private static final Duration PACE = Duration.ofMillis(50);
    private static final int MANY_POLLS = 300;

    private Rig rig;
    private LicenseServer server;
    private WebApp app;
    private String stripe;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new Rig(folder);
        server = rig.licenseServer(0);
        app = rig.webApp(server.port(), Map.of("webapp.stripe", "stand-in"));
        stripe = app.stripeStandIn().orElseThrow();
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"now", "twice"})
    void webhookAndSuccessPageCreditOnce(String webhook) {
        String key = rig.license(server.port(), "1");
        String checkout = checkout(key);

        HttpResponse<String> paid = decide(checkout, Map.of("action", "pay", "webhook", webhook));

        assertThat(paid.statusCode()).as(paid.body()).isEqualTo(303);
        assertThat(purchased(key)).as("by the webhook alone").isEqualTo("6");
        String success = location(paid);
        assertThat(success).contains("/payments/success?").contains("session_id=" + id(checkout));
        assertThat(open(success).statusCode()).isEqualTo(200);
        assertThat(open(success).statusCode()).isEqualTo(200);
        assertThat(purchased(key)).isEqualTo("6");
    }

    @Test
    void aWebhookThatComesAfterTheSuccessPageAddsNothing() {
        String key = rig.license(server.port(), "1");
        HttpResponse<String> paid = decide(checkout(key), Map.of("action", "pay", "webhook", "never"));
        open(location(paid));
        assertThat(purchased(key)).isEqualTo("6");

        act("send", idOnDashboard("evt_"), "");

        assertThat(dashboard()).contains("checkout.session.completed: answered 200");
        assertThat(purchased(key)).isEqualTo("6");
    }

    @Test
    void usedUpThenBoughtThenServedAgainWithinTwoSeconds() {
        String key = rig.license(server.port(), A_MOMENT);
        await(() -> rig.use(app, "/api/status", key).statusCode() == 402);

        decide(checkout(key), Map.of("action", "pay"));

        long bought = System.nanoTime();
        await(() -> rig.use(app, "/api/status", key).statusCode() == 200);
        assertThat(Rig.millisSince(bought)).isLessThan(2_000);
    }

    @Test
    void refundsTakeHoursBackAndAFailedOneGivesThemBack() {
        String key = rig.license(server.port(), "1");
        String checkout = checkout(key);
        decide(checkout, Map.of("action", "pay"));

        act("refund", id(checkout), "10.00");
        assertThat(purchased(key)).isEqualTo("4");
        act("refund", id(checkout), "");
        assertThat(purchased(key)).isEqualTo("1");
        act("fail-refund", idOnDashboard("re_"), "");
        assertThat(purchased(key)).as("the refund of the other 15 failed").isEqualTo("4");
    }

    @ParameterizedTest
    @CsvSource({"dispute-won, 6", "dispute-lost, 1"})
    void aDisputeHoldsTheHoursUntilItIsDecided(String end, String then) {
        String key = rig.license(server.port(), "1");
        String checkout = checkout(key);
        decide(checkout, Map.of("action", "pay"));

        act("dispute", id(checkout), "");
        assertThat(purchased(key)).isEqualTo("1");
        act(end, idOnDashboard("du_"), "");
        assertThat(purchased(key)).isEqualTo(then);
    }

    @Test
    void aDelayedPaymentAddsNothingWhileTheBankTakesItsTime() {
        String key = rig.license(server.port(), "1");

        HttpResponse<String> agreed = decide(checkout(key), Map.of("action", "later", "seconds", "3600"));

        assertThat(open(location(agreed)).statusCode()).isEqualTo(200);
        assertThat(dashboard()).contains("checkout.session.completed: answered 200");
        assertThat(purchased(key)).isEqualTo("1");
    }

    @ParameterizedTest
    @CsvSource({"pays, async_payment_succeeded, 6", "refuses, async_payment_failed, 1"})
    void aDelayedPaymentIsCreditedIfTheBankPays(String bank, String event, String then) {
        String key = rig.license(server.port(), "1");

        decide(checkout(key), Map.of("action", "later", "bank", bank, "seconds", "0"));

        await(() -> dashboard().contains(event + ": answered 200"));
        assertThat(purchased(key)).isEqualTo(then);
    }

    @ParameterizedTest
    @ValueSource(strings = {"decline", "cancel"})
    void whoDoesNotPayGetsNothing(String action) {
        String key = rig.license(server.port(), "1");
        String checkout = checkout(key);

        HttpResponse<String> answer = decide(checkout, Map.of("action", action));

        HttpResponse<String> shown = action.equals("cancel") ? open(location(answer)) : answer;
        assertThat(shown.statusCode()).isEqualTo(200);
        open("http://127.0.0.1:" + app.port() + "/payments/success?session_id=" + id(checkout));
        assertThat(purchased(key)).isEqualTo("1");
    }

    /** Orders five hours for 25.00 and returns the address of the payment page. */
    private String checkout(String key) {
        JsonNode created = rig.post(
                app.port(),
                "/payments/create-checkout",
                "{\"license_key\":\"" + key + "\",\"package_id\":\"small\",\"hours\":5}");
        String url = created.get("checkout_url").asText();
        assertThat(url).isEqualTo(stripe + "/pay/" + created.get("session_id").asText());
        assertThat(open(url).body()).contains("no money moves").contains("25.00 USD");
        return url;
    }

    private HttpResponse<String> decide(String checkout, Map<String, String> form) {
        return post(checkout, form);
    }

    private void act(String action, String id, String amount) {
        HttpResponse<String> answer = post(stripe + "/act", Map.of("action", action, "id", id, "amount", amount));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
    }

    private HttpResponse<String> post(String url, Map<String, String> form) {
        String body = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return rig.send(HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> open(String url) {
        return rig.send(HttpRequest.newBuilder(URI.create(url)).header("Accept", "text/html"));
    }

    private String dashboard() {
        return open(stripe + "/").body();
    }

    /** The first id of a kind that the dashboard offers something for; the newest comes first. */
    private String idOnDashboard(String prefix) {
        Matcher found =
                Pattern.compile("value=\"(" + prefix + "[A-Za-z0-9]+)\"").matcher(dashboard());
        assertThat(found.find()).as(prefix).isTrue();
        return found.group(1);
    }

    private static String id(String checkout) {
        return checkout.substring(checkout.lastIndexOf('/') + 1);
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElseThrow();
    }

    private String purchased(String key) {
        return rig.balance(server.port(), key)
                .get("purchased_hours")
                .decimalValue()
                .stripTrailingZeros()
                .toPlainString();
    }

    private static void await(BooleanSupplier condition) {
        for (int polls = 0; polls < MANY_POLLS; polls++) {
            if (condition.getAsBoolean()) {
                return;
            }
            Rig.pause(PACE);
        }
        throw new AssertionError("did not come about");
    }
}
