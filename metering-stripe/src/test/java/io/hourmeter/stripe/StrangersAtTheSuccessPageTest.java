package io.hourmeter.stripe;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import io.hourmeter.CreatedLicense;
import io.hourmeter.config.Settings;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Who opens the page on the way back from Stripe without having been sent there learns, costs and holds nothing. */
class StrangersAtTheSuccessPageTest {

    private static final long TEN_HOURS = 36_000_000;
    private static final int QUESTIONS = 20;
    private static final long SLOWEST_MILLIS = 2_000;

    @TempDir
    private Path folder;

    private Shop shop;
    private ShopSite site;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Logger ours = (Logger) LoggerFactory.getLogger("io.hourmeter");

    @BeforeEach
    void open() throws Exception {
        shop = new Shop(folder);
        site = new ShopSite(shop, settings -> {}, Map.of());
        log.start();
        root.addAppender(log);
        ours.setLevel(Level.TRACE);
    }

    @AfterEach
    void close() throws Exception {
        root.detachAppender(log);
        ours.setLevel(null);
        site.close();
        shop.close();
    }

    private String paid(CreatedLicense license) {
        String answer = site.post(
                        "/create-checkout",
                        "{\"license_key\":\"" + license.key().text() + "\",\"hours\":10}")
                .body();
        String session = answer.replaceAll("(?s).*\"session_id\":\"([^\"]+)\".*", "$1");
        shop.stripe.sessions.get(session).put("status", "complete");
        shop.stripe.sessions.get(session).put("payment_status", "paid");
        return session;
    }

    private long purchased(CreatedLicense license) {
        return shop.ledger.hoursRemaining(license.key()).purchasedMillis();
    }

    private void assertSessionsAskedFor(int times, String id) {
        shop.stripe.server.verify(times, getRequestedFor(urlPathMatching("/v1/checkout/sessions/" + id)));
    }

    @Test
    void withoutTheSignatureNothingIsShownAndStripeIsNotAsked() {
        CreatedLicense license = shop.license();
        String session = paid(license);
        for (String signature : List.of("", "&signature=", "&signature=x", "&signature=p1." + "0".repeat(32))) {
            for (String accept : List.of("text/html", "application/json")) {
                HttpResponse<String> answer = site.get("/success?session_id=" + session + signature, "Accept", accept);
                assertThat(answer.statusCode()).isEqualTo(404);
                assertThat(answer.body()).contains("unknown").doesNotContain("10 h", "hours_remaining", session);
            }
        }
        assertSessionsAskedFor(0, ".*");
        assertThat(purchased(license)).isZero();
        assertThat(site.get(ShopSite.back(shop, session)).body()).contains("Your balance is now 10 h.");
        assertThat(purchased(license)).isEqualTo(TEN_HOURS);
    }

    @Test
    void signatureOfOnePurchaseShowsNoOther() {
        CreatedLicense license = shop.license();
        String other = paid(license);
        String own = paid(shop.license());

        HttpResponse<String> answer = site.get(ShopSite.back(shop, own).replace(own, other));

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).doesNotContain("10 h");
        assertThat(purchased(license)).isZero();
    }

    @Test
    void linkOfAnotherNodeHoldsAndThatOfAnotherSecretKeyShowsNothingAndIsCreditedAllTheSame() throws Exception {
        CreatedLicense license = shop.license();
        String session = paid(license);
        String back = ShopSite.back(shop, session);
        try (ShopSite rotated =
                new ShopSite(shop, settings -> settings.set(Settings.STRIPE_SECRET_KEY, "rk_test_new"), Map.of())) {
            HttpResponse<String> answer = rotated.get(back);
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("If you have paid, your hours are added by themselves");
            assertThat(rotated.webhook(shop.stripe.event(
                                    "evt_1", "checkout.session.completed", shop.stripe.sessions.get(session)))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(purchased(license)).isEqualTo(TEN_HOURS);
        }
        try (ShopSite another = new ShopSite(shop, settings -> {}, Map.of())) {
            assertThat(another.get(back).body()).contains("Your balance is now 10 h.");
        }
        assertThat(purchased(license)).isEqualTo(TEN_HOURS);
    }

    @Test
    void randomIdsAndFortyHangingOnesKeepNoCustomerWaiting() throws Exception {
        shop.stripe.server.stubFor(get(urlPathMatching("/v1/checkout/sessions/cs_test_strange.*"))
                .atPriority(1)
                .willReturn(aResponse().withFixedDelay(30_000)));
        CreatedLicense license = shop.license();
        String back = ShopSite.back(shop, paid(license));
        SplittableRandom random = new SplittableRandom(4711);
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger strangers = new AtomicInteger();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<Future<?>> loops = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                SplittableRandom own = random.split();
                loops.add(threads.submit(() -> {
                    while (!done.get()) {
                        String id = "cs_test_strange" + Long.toString(own.nextLong(Long.MAX_VALUE), 36);
                        assertThat(site.get("/success?session_id=" + id).statusCode())
                                .isEqualTo(404);
                        strangers.incrementAndGet();
                    }
                }));
            }
            for (int i = 0; i < QUESTIONS; i++) {
                long start = System.nanoTime();
                HttpResponse<String> answer = site.get(back);
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
                        .isLessThan(SLOWEST_MILLIS);
                assertThat(answer.body()).contains("Your balance is now 10 h.");
            }
            done.set(true);
            for (Future<?> loop : loops) {
                loop.get(40, TimeUnit.SECONDS);
            }
        } finally {
            done.set(true);
            threads.shutdownNow();
        }
        assertThat(strangers).hasPositiveValue();
        assertSessionsAskedFor(0, "cs_test_strange.*");
        assertThat(purchased(license)).isEqualTo(TEN_HOURS);
    }

    @Test
    void whateverStripeAnswersTheLogHasNoWholeSessionId() {
        String session = paid(shop.license());
        String whole = session + "a".repeat(58);
        shop.stripe.sessions.put(whole, shop.stripe.sessions.get(session));
        shop.stripe.sessions.get(session).put("id", whole);
        String back = ShopSite.back(shop, whole);
        Map<String, Object> event =
                shop.stripe.event("evt_1", "checkout.session.completed", shop.stripe.sessions.get(whole));
        String error = "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"%s\",\"message\":\"No such checkout"
                + " session: " + whole + "\",\"param\":\"session\"}}";
        List<ResponseDefinitionBuilder> answers = new ArrayList<>();
        for (int status : List.of(400, 401, 404)) {
            answers.add(aResponse().withStatus(status).withBody(error.formatted("x")));
        }
        answers.add(aResponse().withStatus(404).withBody(error.formatted("resource_missing")));
        for (ResponseDefinitionBuilder answer : answers) {
            shop.stripe.healthy();
            shop.stripe.server.stubFor(any(anyUrl()).atPriority(1).willReturn(answer));
            site.get(back);
            site.webhook(event);
        }
        shop.stripe.healthy();
        shop.outage = Shop.Outage.BEFORE;
        site.get(back);
        shop.outage = Shop.Outage.NONE;
        assertThat(site.get(back).body()).contains("credited");
        shop.stripe.sessions.get(whole).put("amount_subtotal", 1);
        site.get(back);

        assertThat(log.list).hasSizeGreaterThan(5).allSatisfy(line -> {
            String throwable =
                    line.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(line.getThrowableProxy());
            if (line.getLoggerName().startsWith("io.hourmeter")) {
                assertThat(line.getFormattedMessage() + throwable).doesNotContain(whole);
            }
        });
    }
}
