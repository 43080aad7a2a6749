package io.hourmeter.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.client.LicenseClients;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.server.LicenseServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody who may only report use tries to use up the idempotency key of a purchase before it is paid. License server with
 * tokens, over HTTP; payments servlet in its container; the purchase is credited all the same, once.
 */
class VoidedPurchaseTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SIX_HOURS = 21_600_000;

    @TempDir
    private Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private LicenseServer server;
    private LicenseClient payments;
    private Shop shop;
    private ShopSite site;
    private String key;

    @BeforeEach
    void open() throws Exception {
        server = LicenseServer.start(MeteringConfig.builder()
                .set(Settings.LICENSE_SERVER_PORT, "0")
                .set(Settings.LICENSE_SERVER_DATABASE, "jdbc:sqlite:" + folder.resolve("http.db"))
                .set(Settings.ADMIN_TOKENS, "the-admin")
                .set(Settings.CREDIT_TOKENS, "the-credit")
                .set(Settings.USAGE_TOKENS, "the-usage")
                .build());
        payments = LicenseClients.openForPayments(MeteringConfig.builder()
                .set(Settings.SERVER_URL, server.url().toString())
                .set(Settings.SERVER_TOKEN, "the-usage")
                .set(Settings.PAYMENT_TOKEN, "the-credit")
                .build());
        shop = new Shop(folder);
        site = new ShopSite(shop, settings -> {}, Map.of("io.hourmeter.LicenseClient", payments));
        key = json(call("", "the-admin", "", "{\"email\":\"ann@example.com\",\"hours\":1}"))
                .at("/license/key")
                .asText();
    }

    @AfterEach
    void close() throws Exception {
        site.close();
        shop.close();
        payments.close();
        server.close();
    }

    private HttpResponse<String> call(String path, String token, String idempotencyKey, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + "/api/licenses" + path))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!idempotencyKey.isEmpty()) {
            request.header("Idempotency-Key", idempotencyKey);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return JSON.readTree(answer.body());
    }

    private long purchasedMillis() {
        return payments.hoursRemaining(LicenseKey.of(key)).purchasedMillis();
    }

    @Test
    void purchaseIsCreditedOnceWhateverElseWasDoneUnderItsKeyBefore() throws Exception {
        String order = "{\"license_key\":\"" + key + "\",\"package_id\":\"small\"}";
        String session =
                json(site.post("/create-checkout", order)).at("/session_id").asText();
        String purchaseKey = "stripe:" + session;

        // By the token of a node, before the customer has paid.
        for (String path : new String[] {"/usage", "/hours"}) {
            assertThat(call("/" + key + path, "the-usage", purchaseKey, "{\"hours\":0.1}")
                            .statusCode())
                    .as(path)
                    .isEqualTo(403);
        }
        assertThat(call("", "the-usage", purchaseKey, "{\"email\":\"eve@example.com\"}")
                        .statusCode())
                .isEqualTo(403);
        // By one that may: its keys are others for each kind of call.
        assertThat(call("/" + key + "/usage", "the-credit", purchaseKey, "{\"hours\":0.1}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(call("", "the-credit", purchaseKey, "{\"email\":\"eve@example.com\"}")
                        .statusCode())
                .isEqualTo(201);

        shop.stripe.sessions.get(session).put("status", "complete");
        shop.stripe.sessions.get(session).put("payment_status", "paid");
        String back = ShopSite.back(shop, session);
        assertThat(site.get(back).body())
                .contains("data-state=\"credited\"", "5 hours were added. Your balance is now 5 h 54 min.");
        assertThat(site.webhook(shop.stripe.event(
                                "evt_1", "checkout.session.completed", shop.stripe.sessions.get(session)))
                        .body())
                .isEqualTo("{\"received\":true,\"handled\":true}");
        assertThat(site.get(back).body()).contains("data-state=\"credited\"", "Your balance is now 5 h 54 min.");
        assertThat(purchasedMillis()).isEqualTo(SIX_HOURS);
        // Nor can it be voided afterwards.
        assertThat(call("/" + key + "/usage", "the-usage", purchaseKey, "{\"hours\":0.1}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(purchasedMillis()).isEqualTo(SIX_HOURS);
    }
}
