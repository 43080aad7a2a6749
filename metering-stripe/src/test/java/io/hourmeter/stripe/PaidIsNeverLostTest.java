package io.hourmeter.stripe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.hourmeter.LicenseId;
import io.hourmeter.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Refusals that sound definite and are not: whoever made the mistake mends it, and every paid hour is there. */
class PaidIsNeverLostTest {

    private static final String SESSION = "cs_test_a1b2c3d4e5f6g7h8i9";
    private static final String SHORTENED = "cs_test_a1b2c3d4…";
    private static final long TEN_HOURS = 36_000_000;
    private static final String HERE = "https://here.example";

    @TempDir
    private Path right;

    @TempDir
    private Path wrong;

    @AutoClose
    private Shop shop;

    private StripeCheckout checkout;
    private LicenseId license;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.hourmeter.stripe");

    @BeforeEach
    void open() {
        shop = new Shop(right);
        checkout = shop.checkout(settings -> settings.set(Settings.PAYMENT_PUBLIC_URL, HERE));
        license = shop.licenseId();
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void forget() {
        logger.detachAppender(log);
    }

    private List<String> lines(Level level) {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private Map<String, Object> session() {
        return shop.stripe.session(SESSION, license, Shop.tenHours(checkout));
    }

    private WebhookResult completed() {
        Map<String, Object> session = shop.stripe.sessions.get(SESSION);
        return shop.webhook(checkout, shop.stripe.event("evt_1", "checkout.session.completed", session));
    }

    private static void sell(Map<String, Object> session, String key, String value) {
        Map<Object, Object> metadata = new LinkedHashMap<>((Map<?, ?>) session.get("metadata"));
        metadata.put(key, value);
        session.put("metadata", metadata);
    }

    private long purchased() {
        return shop.balance(license).purchasedMillis();
    }

    private static void assertNotCredited(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(PaymentException.class, e -> {
            assertThat(e.reason()).isEqualTo(PaymentException.Reason.NOT_CREDITED);
            assertThat(e.reason().status()).isBetween(500, 599);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"checkout.session.completed", "checkout.session.async_payment_succeeded"})
    void licenseServerWithTheWrongLedgerMakesStripeCallAgain(String type) {
        Map<String, Object> event = shop.stripe.event("evt_1", type, session());
        shop.restartLicenseServerIn(wrong);
        assertNotCredited(() -> shop.webhook(checkout, event));
        assertNotCredited(() -> checkout.fulfil(SESSION));
        shop.restartLicenseServerIn(right);
        assertThat(shop.webhook(checkout, event)).isEqualTo(WebhookResult.HANDLED);
        assertThat(purchased()).isEqualTo(TEN_HOURS);
    }

    @Test
    void checkoutThatTheReconcilerSawBesideTheWrongLedgerIsCreditedWhenTheRightOneIsBack() {
        session();
        shop.restartLicenseServerIn(wrong);
        assertThat(checkout.reconcile()).isZero();
        assertThat(checkout.reconcile()).isZero();
        shop.restartLicenseServerIn(right);
        assertThat(checkout.reconcile()).isEqualTo(1);
        assertThat(purchased()).isEqualTo(TEN_HOURS);
        assertThat(shop.told).containsExactly(license);
    }

    @Test
    void wrongLedgerForDaysIsMadeGoodByTheNextLook() {
        session();
        shop.restartLicenseServerIn(wrong);
        checkout.reconcile();
        shop.now.addAndGet(Duration.ofDays(4).toSeconds());
        checkout.reconcile();
        shop.restartLicenseServerIn(right);
        shop.now.addAndGet(Duration.ofMinutes(15).toSeconds());
        assertThat(checkout.reconcile()).isEqualTo(1);
    }

    @Test
    void refundBesideTheWrongLedgerComesAgainToo() {
        session();
        checkout.fulfil(SESSION);
        shop.stripe.refund("re_1", SESSION, 2000, "succeeded");
        Map<String, Object> refunded = shop.stripe.event("evt_2", "refund.created", shop.stripe.refunds.get("re_1"));
        shop.restartLicenseServerIn(wrong);
        assertNotCredited(() -> shop.webhook(checkout, refunded));
        checkout.reconcile();
        shop.restartLicenseServerIn(right);
        checkout.reconcile();
        assertThat(purchased()).isEqualTo(TEN_HOURS / 5 * 3);
    }

    @Test
    void errorNamesTheCheckoutShortenedAndOnceAnHour() {
        session();
        shop.restartLicenseServerIn(wrong);
        for (int i = 0; i < 3; i++) {
            assertNotCredited(() -> checkout.fulfil(SESSION));
        }
        checkout.reconcile();
        assertThat(lines(Level.ERROR))
                .singleElement()
                .isEqualTo("Checkout " + SHORTENED + " (payment "
                        + FakeStripe.paymentOf(SESSION)
                        + ") is paid and NOT credited, and is tried again: the license server"
                        + " does not know its license " + license + ": does it have the right ledger?");
        assertThat(lines(Level.WARN))
                .containsExactly(
                        "Paid checkouts that are not credited yet: 1. Errors above say why; tried again in PT15M");
        shop.now.addAndGet(Duration.ofHours(1).toSeconds());
        checkout.reconcile();
        assertThat(lines(Level.ERROR)).hasSize(2);
    }

    @Test
    void noLogLineHasTheWholeSessionId() {
        session();
        completed();
        shop.stripe.refund("re_1", SESSION, 2000, "succeeded");
        checkout.reconcile();
        sell(shop.stripe.sessions.get(SESSION), "hourmeter_amount", "1");
        checkout.fulfil(SESSION);
        shop.stripe.sessions.get(SESSION).put("payment_status", "unpaid");
        shop.webhook(
                checkout,
                shop.stripe.event("evt_2", "checkout.session.async_payment_failed", shop.stripe.sessions.get(SESSION)));
        assertThat(log.list)
                .hasSizeGreaterThanOrEqualTo(3)
                .extracting(ILoggingEvent::getFormattedMessage)
                .noneMatch(line -> line.contains(SESSION));
    }

    @Test
    void monthOfPurchasesBesideTheWrongLedgerDoesNotFillTheLog() {
        for (int i = 0; i < 60; i++) {
            shop.stripe.session("cs_test_" + (1000 + i), license, Shop.tenHours(checkout));
        }
        shop.restartLicenseServerIn(wrong);
        checkout.reconcile();
        checkout.reconcile();
        assertThat(lines(Level.ERROR)).hasSize(UncreditedLog.MOST_LINES + 1);
        assertThat(lines(Level.ERROR).get(UncreditedLog.MOST_LINES)).startsWith("More than 20 paid checkouts");
        assertThat(lines(Level.WARN))
                .hasSize(2)
                .allMatch(line -> line.startsWith("Paid checkouts that are not credited yet: 60."));
        shop.restartLicenseServerIn(right);
        assertThat(checkout.reconcile()).isEqualTo(60);
    }

    @Test
    void checkoutOfAnotherInstallationIsLetGo() {
        session();
        sell(shop.stripe.sessions.get(SESSION), "hourmeter_site", "https://there.example");
        shop.restartLicenseServerIn(wrong); // knows nothing of a license sold elsewhere
        assertThat(completed()).isEqualTo(WebhookResult.IGNORED);
        assertThat(checkout.fulfil(SESSION).state()).isEqualTo(Fulfilled.State.NOT_OURS);
        assertThat(checkout.reconcile()).isZero();
        assertThat(lines(Level.ERROR)).isEmpty();
        assertThat(lines(Level.WARN)).isEmpty();
    }

    /** The address may have changed since; the license is known here, and nobody else's ledger has it. */
    @Test
    void checkoutSoldUnderAnotherAddressIsCreditedWhereItsLicenseIs() {
        session();
        sell(shop.stripe.sessions.get(SESSION), "hourmeter_site", "https://before.example");
        assertThat(completed()).isEqualTo(WebhookResult.HANDLED);
        assertThat(purchased()).isEqualTo(TEN_HOURS);
    }

    /** Both at once: moved to another address, and started on the wrong ledger. */
    @Test
    void checkoutTakenForAnotherInstallationsIsLookedAtAgainADayLater() {
        session();
        sell(shop.stripe.sessions.get(SESSION), "hourmeter_site", "https://before.example");
        shop.restartLicenseServerIn(wrong);
        checkout.reconcile();
        shop.restartLicenseServerIn(right);
        shop.now.addAndGet(Duration.ofDays(1).toSeconds());
        assertThat(checkout.reconcile()).isEqualTo(1);
    }

    @Test
    void checkoutSaysWhereItWasSold() {
        checkout.create(license, Shop.tenHours(checkout), HERE + "/payments/success", HERE + "/payments/cancel");
        assertThat(shop.stripe.sessions.get("cs_test_1"))
                .extracting("metadata")
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, String.class))
                .containsEntry("hourmeter_site", HERE);
    }

    @Test
    void creditThatSomethingElseStandsInTheWayOfIsTriedAgain() {
        session();
        shop.ledger.addHours(license, Duration.ofHours(1), "stripe:" + SESSION, "other", "other");
        assertNotCredited(this::completed);
        assertThat(checkout.reconcile()).isZero();
        assertNotCredited(() -> checkout.fulfil(SESSION));
        assertThat(lines(Level.ERROR))
                .singleElement()
                .asString()
                .contains("has something else under its idempotency key");
    }

    @Test
    void checkoutOfAnotherVersionIsLeftForIt() {
        sell(session(), "hourmeter", "2");
        assertNotCredited(this::completed);
        checkout.reconcile();
        sell(shop.stripe.sessions.get(SESSION), "hourmeter", "1"); // stands for the version that understands it
        assertThat(checkout.reconcile()).isEqualTo(1);
    }

    @Test
    void secretKeyOfAnotherAccountMakesStripeCallAgain() {
        Map<String, Object> session = session();
        shop.stripe.sessions.remove(SESSION);
        Map<String, Object> event = shop.stripe.event("evt_1", "checkout.session.completed", session);
        assertNotCredited(() -> shop.webhook(checkout, event));
        assertThat(lines(Level.ERROR))
                .singleElement()
                .asString()
                .startsWith("Checkout " + SHORTENED + " is NOT credited")
                .contains("stripe.secret.key");
        assertThat(checkout.fulfil(SESSION).state()).isEqualTo(Fulfilled.State.NOT_OURS); // anybody can ask for one
        shop.stripe.sessions.put(SESSION, session);
        assertThat(completed()).isEqualTo(WebhookResult.HANDLED);
    }

    @Test
    void checkoutOfAConnectedAccountIsNotOurs() {
        Map<String, Object> session = session();
        shop.stripe.sessions.remove(SESSION);
        Map<String, Object> event = shop.stripe.event("evt_1", "checkout.session.completed", session);
        event.put("account", "acct_1");
        assertThat(shop.webhook(checkout, event)).isEqualTo(WebhookResult.IGNORED);
    }

    @Test
    void checkoutOfTheOtherModeShowsThatTheKeyIsWrong() {
        Map<String, Object> event = shop.stripe.event("evt_1", "checkout.session.completed", session());
        event.put("livemode", true);
        assertNotCredited(() -> shop.webhook(checkout, event));
        assertThat(lines(Level.ERROR)).singleElement().asString().contains("other mode (live: true)");
    }

    @Test
    void priceListOfTodayDoesNotMatterToWhatWasSold() {
        session();
        try (StripeCheckout dearer = shop.checkout(settings -> settings.set(Settings.HOURS_PER_DOLLAR, "0.1")
                .set(Settings.PAYMENT_CURRENCY, "eur")
                .set(Settings.PAYMENT_MAXIMUM_HOURS, "5"))) {
            assertThat(dearer.fulfil(SESSION).state()).isEqualTo(Fulfilled.State.CREDITED);
        }
        assertThat(purchased()).isEqualTo(TEN_HOURS);
    }

    /** No call makes it right, so that Stripe need not call again; a look at it later costs nothing. */
    @Test
    void checkoutThatIsNotWhatWasSoldIsToldOnceADayAndCreditedWhenMended() {
        Map<String, Object> session = session();
        session.put("amount_subtotal", 1);
        assertThat(completed()).isEqualTo(WebhookResult.HANDLED);
        checkout.reconcile();
        checkout.reconcile();
        assertThat(lines(Level.ERROR))
                .singleElement()
                .asString()
                .isEqualTo("Checkout " + SHORTENED + " (payment " + FakeStripe.paymentOf(SESSION)
                        + ") is NOT credited: it is over 1 usd, sold was 5000 usd");
        assertThat(lines(Level.WARN)).isEmpty();
        session.put("amount_subtotal", 5000);
        assertThat(checkout.reconcile()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UPDATE license SET status = 'REVOKED'", "UPDATE license SET expires_at = 1"})
    void licenseThatEndedBetweenOrderAndPaymentIsCreditedAndTheOperatorTold(String end) throws SQLException {
        session();
        shop.restartLicenseServerIn(wrong); // the file has one writer at a time
        change(end);
        shop.restartLicenseServerIn(right);
        assertThat(completed()).isEqualTo(WebhookResult.HANDLED);
        assertThat(purchased()).isEqualTo(TEN_HOURS);
        assertThat(lines(Level.WARN)).singleElement().asString().contains("cannot be used (LICENSE_");
        completed();
        assertThat(lines(Level.WARN)).hasSize(1);
    }

    private void change(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + right.resolve("licenses.db"));
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }

    /** What was bought after the backup is in no ledger any more, and Stripe still has it. */
    @Test
    void purchasesThatARestoredBackupDoesNotHaveAreCreditedAgain() throws IOException {
        shop.restartLicenseServerIn(wrong); // closes the file
        Path backup = Files.copy(right.resolve("licenses.db"), right.resolve("backup.db"));
        shop.restartLicenseServerIn(right);
        session();
        checkout.reconcile();
        assertThat(purchased()).isEqualTo(TEN_HOURS);
        shop.restartLicenseServerIn(wrong);
        try (var files = Files.newDirectoryStream(right, "licenses.db*")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.move(backup, right.resolve("licenses.db"));
        shop.restartLicenseServerIn(right);
        assertThat(purchased()).isZero();
        shop.now.addAndGet(Duration.ofDays(1).toSeconds());
        assertThat(checkout.reconcile()).isEqualTo(1);
        assertThat(purchased()).isEqualTo(TEN_HOURS);
    }
}
