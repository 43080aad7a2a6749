package io.hourmeter.stripe;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static org.assertj.core.api.Assertions.assertThat;

import io.hourmeter.config.Settings;
import io.hourmeter.tests.Probe;
import io.hourmeter.tests.ResourceHarness;
import io.hourmeter.tests.ResourceHarness.Resource;
import io.hourmeter.tests.ResourceHarness.Row;
import io.hourmeter.tests.SlowClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.eclipse.jetty.util.Jetty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever strangers hold or spend of the payments servlet, its customers are served: each line of the printed table is one
 * resource, held by a few hundred clients, while one customer asks for the balance, another is back from Stripe, and a third
 * orders.
 */
@Tag("full")
class PaymentsResourcesTest {

    private static final int CLIENTS = 300;

    /** Many fewer than there are clients, so that one for each would be noticed. */
    private static final int THREADS = 32;

    private static final String STRANGER = "X-Forwarded-For: 203.0.113.66";
    private static final String HANGING = "cs_test_strange";

    @TempDir
    private Path folder;

    private Shop shop;
    private ShopSite site;
    private ResourceHarness harness;
    private Resource threads;

    @BeforeEach
    void open() throws Exception {
        shop = new Shop(folder);
        shop.stripe.server.stubFor(get(urlPathMatching("/v1/checkout/sessions/" + HANGING + ".*"))
                .atPriority(1)
                .willReturn(aResponse().withFixedDelay(30_000)));
        start(true);
    }

    private void start(boolean async) throws Exception {
        site = new ShopSite(
                shop,
                settings -> settings.set(Settings.PAYMENT_SIGNUP, "on").set(Settings.PROXY_TRUSTED, "127.0.0.1"),
                Map.of(),
                "/app",
                THREADS,
                async);
        String key = shop.license().key().text();
        String order = "{\"license_key\":\"" + key + "\",\"hours\":10}";
        String session =
                site.post("/create-checkout", order).body().replaceAll("(?s).*\"session_id\":\"([^\"]+)\".*", "$1");
        shop.stripe.sessions.get(session).put("status", "complete");
        shop.stripe.sessions.get(session).put("payment_status", "paid");
        String payments = "/app/payments";
        // Each customer has an address, as a proxy tells it, and so a share.
        harness = new ResourceHarness(
                "payments",
                "Jetty " + Jetty.VERSION + (async ? "" : ", not async") + ", " + THREADS + " threads",
                site.port(),
                Probe.get("balance", site.port(), payments + "/balance", "X-License-Key: " + key),
                Probe.get(
                        "success page",
                        site.port(),
                        payments + ShopSite.back(shop, session),
                        "X-Forwarded-For: 192.0.2.1"),
                Probe.http(
                        "order",
                        site.port(),
                        SlowClient.head(
                                        "POST",
                                        payments + "/create-checkout",
                                        "X-Forwarded-For: 192.0.2.2",
                                        "Content-Length: " + order.length(),
                                        "Connection: close")
                                + order,
                        200));
        threads = new Resource("threads", site::busyThreads, 3);
    }

    @AfterEach
    void close() throws Exception {
        harness.print();
        site.close();
        shop.close();
    }

    private static String head(String path, String... headers) {
        return SlowClient.head("POST", "/app/payments" + path, headers);
    }

    /** Has the form of a signature of now, so that the body is waited for. */
    private static String webhook(int length) {
        return head(
                "/webhook",
                "Content-Length: " + length,
                "Stripe-Signature: t=" + Instant.now().getEpochSecond() + ",v1=" + "0".repeat(64));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/create-checkout", "/licenses", "/webhook"})
    void bodiesThatDoNotComeHoldNoThread(String path) {
        String head = path.equals("/webhook") ? webhook(1_000) : head(path, "Content-Length: 1000");
        harness.run(threads, CLIENTS, SlowClient.stoppingInABody(head, 1).named(path + " "))
                .check();
        harness.run(
                        threads,
                        CLIENTS,
                        SlowClient.drippingABody(head, Duration.ofMillis(500)).named(path + " "))
                .check();
    }

    /** As it is in an older web.xml: the bodies of customers arrive with their heads, and wait for nobody. */
    @Test
    void withoutAsyncSomeThreadsWaitAndNoMore() throws Exception {
        site.close();
        start(false);
        SlowClient client = SlowClient.stoppingInABody(webhook(1_000), 1).comingBack();
        harness.run(threads, CLIENTS, client.named("/webhook ")).check();
    }

    @Test
    void bodiesOfAMebibyteHaveSoMuchRoomAndNoMore() {
        Row row = harness.run(
                new Resource("bytes of bodies", () -> site.stats().bodyBytes(), 0),
                CLIENTS,
                SlowClient.stoppingInABody(webhook(1024 * 1024), 1_000_000)
                        .comingBack()
                        .named("/webhook "));
        row.check();
        // Each thread may have put a piece there before the largest body was given up.
        assertThat(row.peak()).isBetween(1L, 8L * 1024 * 1024 + THREADS * 8L * 1024);
    }

    @Test
    void refusalsDoNotWaitForABody() {
        Map<String, String> heads = Map.of(
                "unsigned webhook ", head("/webhook", "Content-Length: 1000"),
                "foreign order ", head("/create-checkout", "Origin: null", "Content-Length: 1000"),
                "huge order ", head("/create-checkout", "Content-Length: 100000000"));
        heads.forEach((name, head) -> harness.run(
                        threads, CLIENTS, SlowClient.stoppingInABody(head, 0).named(name))
                .check());
    }

    @Test
    void pagesOfStrangersAskNobody() {
        String request = SlowClient.head("GET", "/app/payments/success?session_id=" + HANGING, STRANGER);
        harness.run(
                        new Resource("calls to Stripe", () -> site.stats().stripeCallsWaiting(), 0),
                        CLIENTS,
                        SlowClient.repeating(
                                "unsigned success page every 100 ms", Duration.ofMillis(100), i -> request))
                .check();
        assertThat(site.stats().unsignedReturns()).isGreaterThan(CLIENTS);
        shop.stripe.server.verify(0, getRequestedFor(urlPathMatching("/v1/checkout/sessions/" + HANGING + ".*")));
    }

    /** A customer has links of his own, and Stripe hangs: the address has a share of what may wait for it. */
    @Test
    void signedLinksOfOneAddressLeaveRoomForOthers() {
        String request = SlowClient.head(
                "GET", "/app/payments" + ReturnLinks.success("sk_test_51abc", "p-1", HANGING), STRANGER);
        Row row = harness.run(
                new Resource("calls to Stripe", () -> site.stats().stripeCallsWaiting(), 0),
                40,
                SlowClient.sending("a hanging success page, again and again", request)
                        .comingBack());
        row.check();
        assertThat(row.peak()).isLessThanOrEqualTo(16);
        assertThat(site.stats().stripeCallsRefused()).isPositive();
    }

    @Test
    void pagesThatNobodyReadsHoldNoThread() {
        String request = SlowClient.head("GET", "/app/payments/", STRANGER);
        harness.run(
                        threads,
                        CLIENTS,
                        SlowClient.pipelining(request).readingNothing().named("the page "))
                .check();
    }
}
