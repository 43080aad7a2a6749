package io.hourmeter.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hourmeter.LicenseId;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FulfilmentTest {

    private static final long TEN_HOURS = 36_000_000;
    private static final int THREADS = 20;

    @AutoClose
    private Shop shop;

    private StripeCheckout checkout;
    private LicenseId license;

    @BeforeEach
    void open(@TempDir Path folder) {
        shop = new Shop(folder);
        checkout = shop.checkout();
        license = shop.licenseId();
    }

    private Map<String, Object> session(String id) {
        return shop.stripe.session(id, license, Shop.tenHours(checkout));
    }

    private long purchased() {
        return shop.balance(license).purchasedMillis();
    }

    /** The three ways to a credit, by letter. */
    private void by(char way, String id) {
        switch (way) {
            case 'w' ->
                shop.webhook(checkout, shop.stripe.event("evt_" + id, "checkout.session.completed", Map.of("id", id)));
            case 's' -> checkout.fulfil(id);
            default -> checkout.reconcile();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"wsr", "wrs", "swr", "srw", "rws", "rsw", "wwssrr", "ssswww", "rrrr", "wswrswrs"})
    void everyOrderCreditsOnce(String order) {
        session("cs_test_a");
        order.chars().forEach(way -> by((char) way, "cs_test_a"));
        assertThat(purchased()).isEqualTo(TEN_HOURS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"w", "s", "r", "ws", "wr", "sr", "wsr"})
    void twentyThreadsCreditOnce(String ways) throws Exception {
        int rounds = 3;
        for (int round = 0; round < rounds; round++) {
            String id = "cs_test_" + round;
            session(id);
            CyclicBarrier start = new CyclicBarrier(THREADS);
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            try {
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    char way = ways.charAt(i % ways.length());
                    Callable<Void> task = () -> {
                        start.await(10, TimeUnit.SECONDS);
                        by(way, id);
                        return null;
                    };
                    all.add(threads.submit(task));
                }
                for (Future<?> one : all) {
                    one.get(60, TimeUnit.SECONDS);
                }
            } finally {
                threads.shutdownNow();
            }
            assertThat(purchased()).isEqualTo((round + 1) * TEN_HOURS);
        }
        assertThat(shop.dump()).filteredOn(row -> row.startsWith("entry|")).hasSize(rounds);
    }

    @Test
    void twoCheckoutsAreTwoPurchases() {
        session("cs_test_a");
        session("cs_test_b");
        assertThat(checkout.fulfil("cs_test_a").state()).isEqualTo(Fulfilled.State.CREDITED);
        assertThat(checkout.fulfil("cs_test_b").state()).isEqualTo(Fulfilled.State.CREDITED);
        assertThat(checkout.fulfil("cs_test_b").state()).isEqualTo(Fulfilled.State.ALREADY_CREDITED);
        assertThat(purchased()).isEqualTo(2 * TEN_HOURS);
        assertThat(shop.told).containsExactly(license, license, license);
    }

    @Test
    void creditThatWasCutOffIsFinishedByTheNextTry() {
        session("cs_test_a");
        for (Shop.Outage outage : Shop.Outage.values()) {
            if (outage != Shop.Outage.NONE) {
                shop.outage = outage;
                assertThatThrownBy(() -> checkout.fulfil("cs_test_a"))
                        .isInstanceOfSatisfying(
                                PaymentException.class,
                                e -> assertThat(e.reason())
                                        .isEqualTo(PaymentException.Reason.LICENSE_SERVER_UNAVAILABLE));
            }
        }
        shop.outage = Shop.Outage.NONE;
        // The lost answer belonged to a credit that was made.
        assertThat(checkout.fulfil("cs_test_a").state()).isEqualTo(Fulfilled.State.ALREADY_CREDITED);
        assertThat(purchased()).isEqualTo(TEN_HOURS);
    }

    @Test
    void anotherProcessFindsItDone() {
        session("cs_test_a");
        checkout.fulfil("cs_test_a");
        try (StripeCheckout other = shop.checkout()) {
            assertThat(other.fulfil("cs_test_a").state()).isEqualTo(Fulfilled.State.ALREADY_CREDITED);
            assertThat(other.reconcile()).isZero();
        }
        assertThat(purchased()).isEqualTo(TEN_HOURS);
    }

    private static Arguments changed(String name, Fulfilled.State state, Consumer<Map<String, Object>> change) {
        return Arguments.of(name, state, change);
    }

    private static Consumer<Map<String, Object>> metadata(String key, String value) {
        return session -> {
            Map<Object, Object> metadata = new LinkedHashMap<>((Map<?, ?>) session.get("metadata"));
            metadata.put(key, value);
            session.put("metadata", metadata);
        };
    }

    static Stream<Arguments> sessionsThatAreNotPaidPurchases() {
        return Stream.of(
                changed(
                        "open",
                        Fulfilled.State.NOT_PAID,
                        s -> s.putAll(Map.of("status", "open", "payment_status", "unpaid"))),
                changed(
                        "expired",
                        Fulfilled.State.NOT_PAID,
                        s -> s.putAll(Map.of("status", "expired", "payment_status", "unpaid"))),
                changed("pending", Fulfilled.State.PENDING, s -> s.put("payment_status", "unpaid")),
                changed("free", Fulfilled.State.REFUSED, s -> s.put("payment_status", "no_payment_required")),
                changed("odd status", Fulfilled.State.REFUSED, s -> s.put("payment_status", "maybe")),
                changed("no status", Fulfilled.State.REFUSED, s -> s.remove("payment_status")),
                changed("live", Fulfilled.State.REFUSED, s -> s.put("livemode", true)),
                changed("subscription", Fulfilled.State.REFUSED, s -> s.put("mode", "subscription")),
                changed("cheaper", Fulfilled.State.REFUSED, s -> s.put("amount_subtotal", 1)),
                changed("dearer", Fulfilled.State.REFUSED, s -> s.put("amount_subtotal", 5001)),
                changed("other currency", Fulfilled.State.REFUSED, s -> s.put("currency", "jpy")),
                changed("no amount", Fulfilled.State.REFUSED, s -> s.remove("amount_subtotal")),
                changed("foreign", Fulfilled.State.NOT_OURS, s -> s.put("metadata", Map.of())),
                changed("no metadata", Fulfilled.State.NOT_OURS, s -> s.remove("metadata")),
                changed("key as license", Fulfilled.State.REFUSED, metadata("hourmeter_license", "RL-1")),
                changed("no hours", Fulfilled.State.REFUSED, metadata("hourmeter_millis", "0")),
                changed("too many hours", Fulfilled.State.REFUSED, metadata("hourmeter_millis", "9999999999999999")),
                changed("negative hours", Fulfilled.State.REFUSED, metadata("hourmeter_millis", "-1")),
                changed("decimal hours", Fulfilled.State.REFUSED, metadata("hourmeter_millis", "1.5")),
                changed("other amount", Fulfilled.State.REFUSED, metadata("hourmeter_amount", "1")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sessionsThatAreNotPaidPurchases")
    void onlyWhatWasSoldAndPaidIsCredited(String name, Fulfilled.State state, Consumer<Map<String, Object>> change) {
        change.accept(session("cs_test_a"));
        assertThat(checkout.fulfil("cs_test_a").state()).isEqualTo(state);
        assertThat(purchased()).isZero();
        assertThat(shop.told).isEmpty();
    }

    @Test
    void taxesAddedByTheAccountDoNotMatter() {
        session("cs_test_a").put("amount_total", 5950);
        assertThat(checkout.fulfil("cs_test_a").credited()).isTrue();
    }

    @Test
    void idsThatAreNoneNeverReachStripe() {
        List<String> ids = new ArrayList<>(Arrays.asList(
                "",
                " ",
                "cs_",
                "cs",
                "pi_1",
                "cs_a/b",
                "cs_a b",
                "../cs_a",
                "cs_a?x=1",
                "cs_\u0661",
                "cs_a%2e",
                "cs_a\n"));
        ids.add("cs_" + "a".repeat(251));
        for (String id : ids) {
            assertThat(checkout.fulfil(id).state()).as(id).isEqualTo(Fulfilled.State.NOT_OURS);
        }
        assertThat(shop.stripe.server.getAllServeEvents()).isEmpty();
        assertThat(checkout.fulfil("cs_test_unknown").state()).isEqualTo(Fulfilled.State.NOT_OURS);
    }

    @Test
    void listenerThatFailsChangesNothing() {
        session("cs_test_a");
        try (StripeCheckout failing = StripeCheckout.builder(config(), shop.ledger)
                .credited((id, balance) -> {
                    throw new IllegalStateException("listener");
                })
                .build()) {
            assertThat(failing.fulfil("cs_test_a").state()).isEqualTo(Fulfilled.State.CREDITED);
        }
    }

    private MeteringConfig config() {
        return MeteringConfig.builder()
                .set(Settings.STRIPE_SECRET_KEY, "sk_test_1")
                .set(Settings.STRIPE_API_BASE, shop.stripe.base())
                .build();
    }
}
