package io.hourmeter.test.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeStandInTest {

    private static final String ORDER = "mode=payment&success_url=http://localhost/ok?s={CHECKOUT_SESSION_ID}"
            + "&cancel_url=http://localhost/no&line_items[0][price_data][unit_amount]=2500"
            + "&line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=";

    private final HttpClient http = HttpClient.newHttpClient();
    private StripeStandIn stripe;

    @BeforeEach
    void start() throws Exception {
        stripe = StripeStandIn.start();
    }

    @AfterEach
    void stop() {
        stripe.close();
        stripe.close();
    }

    @Test
    void oneIdempotencyKeyIsOneSession() throws Exception {
        String first = order("5 hours", "one").body();

        assertThat(order("5 hours", "one").body()).isEqualTo(first);
        assertThat(order("5 hours", "two").body()).isNotEqualTo(first);
        assertThat(order("6 hours", "one").body()).contains("idempotency_error");
    }

    @Test
    void apiAsksForItsKey() throws Exception {
        assertThat(send(request("/v1/refunds")).statusCode()).isEqualTo(401);
        assertThat(send(request("/v1/refunds").header("Authorization", "Bearer sk_live_x"))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void listsPageFromTheNewest() throws Exception {
        for (int i = 0; i < 3; i++) {
            order("hours", "key" + i);
        }
        String all = api("/v1/checkout/sessions?limit=3").body();
        Matcher ids = Pattern.compile("\"id\":\"(cs_test_\\w+)\"").matcher(all);
        assertThat(ids.find()).isTrue();
        String newest = ids.group(1);

        assertThat(all).contains("\"has_more\":false");
        assertThat(api("/v1/checkout/sessions?limit=2").body()).contains("\"has_more\":true");
        assertThat(api("/v1/checkout/sessions?limit=3&starting_after=" + newest).body())
                .doesNotContain(newest)
                .contains("\"has_more\":false");
        assertThat(api("/v1/checkout/sessions?status=complete").body()).contains("\"data\":[]");
    }

    @Test
    void whatASellerCallsItsHoursIsNoMarkup() throws Exception {
        String url = url(order("<script>alert(1)</script>", "one").body());

        String page = send(HttpRequest.newBuilder(URI.create(url))).body();

        assertThat(page).contains("&lt;script&gt;").doesNotContain("<script>").contains("no money moves");
    }

    @Test
    void aCheckoutIsPaidOnce() throws Exception {
        String url = url(order("hours", "one").body());

        assertThat(pay(url).statusCode()).isEqualTo(303);
        assertThat(pay(url).statusCode()).isEqualTo(400);
    }

    private HttpResponse<String> pay(String url) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(url))
                .POST(HttpRequest.BodyPublishers.ofString("action=pay&webhook=never")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null", "http://localhost:1"})
    void pagesElsewhereCannotPay(String origin) throws Exception {
        String url = url(order("hours", "one").body());

        HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(url))
                .header("Origin", origin)
                .POST(HttpRequest.BodyPublishers.ofString("action=pay")));

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(api("/v1/checkout/sessions?status=complete").body()).contains("\"data\":[]");
    }

    @ParameterizedTest
    @CsvSource({"/nowhere, 404", "/pay/cs_test_x, 404", "/pay/, 404"})
    void unknownPagesAre404(String path, int status) throws Exception {
        assertThat(send(request(path)).statusCode()).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "mode=payment", "%zz", "a=%"})
    void badOrdersAre400(String form) throws Exception {
        HttpResponse<String> answer = send(request("/v1/checkout/sessions")
                .header("Authorization", "Bearer " + stripe.secretKey())
                .POST(HttpRequest.BodyPublishers.ofString(form)));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("Stand-in for Stripe");
    }

    private HttpResponse<String> order(String name, String idempotencyKey) throws Exception {
        return send(request("/v1/checkout/sessions")
                .header("Authorization", "Bearer " + stripe.secretKey())
                .header("Idempotency-Key", idempotencyKey)
                .POST(HttpRequest.BodyPublishers.ofString(ORDER + name)));
    }

    private HttpResponse<String> api(String path) throws Exception {
        return send(request(path).header("Authorization", "Bearer " + stripe.secretKey()));
    }

    private static String url(String session) {
        Matcher url = Pattern.compile("\"url\":\"([^\"]+)\"").matcher(session);
        assertThat(url.find()).as(session).isTrue();
        return url.group(1);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(stripe.baseUrl() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
