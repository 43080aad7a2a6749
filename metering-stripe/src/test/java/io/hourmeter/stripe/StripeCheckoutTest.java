package io.hourmeter.stripe;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.hourmeter.CreatedLicense;
import io.hourmeter.LicenseKey;
import io.hourmeter.config.Settings;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StripeCheckoutTest {

    private static final String SUCCESS = "https://shop.example/payments/success";
    private static final String CANCEL = "https://shop.example/payments/cancel";

    @AutoClose
    private Shop shop;

    private StripeCheckout checkout;
    private CreatedLicense license;

    @BeforeEach
    void open(@TempDir Path folder) {
        shop = new Shop(folder);
        checkout = shop.checkout();
        license = shop.license();
    }

    private Checkout create() {
        return checkout.create(license.key(), checkout.prices().quote(new BigDecimal("7.5"), null), SUCCESS, CANCEL);
    }

    private List<LoggedRequest> creations() {
        return shop.stripe.server.findAll(postRequestedFor(urlPathEqualTo("/v1/checkout/sessions")));
    }

    @Test
    void requestHasWhatStripeWantsAndNoKey() {
        Checkout created = create();

        assertThat(created).isEqualTo(new Checkout("cs_test_1", "https://checkout.stripe.test/cs_test_1"));
        LoggedRequest request = creations().get(0);
        assertThat(request.getHeader("Authorization")).isEqualTo("Bearer sk_test_51abc");
        assertThat(request.getHeader("Idempotency-Key")).matches("metering-checkout-[0-9a-f-]{36}");
        String id = request.getHeader("Idempotency-Key").substring("metering-checkout-".length());
        String licenseId = String.valueOf(license.license().id());
        List<String> form = Stream.of(request.getBodyAsString().split("&", -1))
                .map(pair -> URLDecoder.decode(pair, StandardCharsets.UTF_8))
                .toList();
        assertThat(form)
                .containsExactlyInAnyOrder(
                        "mode=payment",
                        "success_url=" + SUCCESS + "?signature=" + new ReturnSignature("sk_test_51abc").sign(id)
                                + "&session_id={CHECKOUT_SESSION_ID}",
                        "cancel_url=" + CANCEL,
                        "client_reference_id=" + id,
                        "adaptive_pricing[enabled]=false",
                        "line_items[0][quantity]=1",
                        "line_items[0][price_data][currency]=usd",
                        "line_items[0][price_data][unit_amount]=3750",
                        "line_items[0][price_data][product_data][name]=7.5 hours of Access",
                        "payment_intent_data[description]=7.5 hours of Access",
                        "metadata[hourmeter]=1",
                        "metadata[hourmeter_purchase]=" + id,
                        "metadata[hourmeter_license]=" + licenseId,
                        "metadata[hourmeter_millis]=27000000",
                        "metadata[hourmeter_amount]=3750",
                        "metadata[hourmeter_currency]=usd",
                        "metadata[hourmeter_title]=7.5 hours of Access",
                        "payment_intent_data[metadata][hourmeter]=1",
                        "payment_intent_data[metadata][hourmeter_purchase]=" + id,
                        "payment_intent_data[metadata][hourmeter_license]=" + licenseId,
                        "payment_intent_data[metadata][hourmeter_millis]=27000000",
                        "payment_intent_data[metadata][hourmeter_amount]=3750",
                        "payment_intent_data[metadata][hourmeter_currency]=usd",
                        "payment_intent_data[metadata][hourmeter_title]=7.5 hours of Access");
    }

    @Test
    void packageAndQueryOfTheReturnUrlAreKept() {
        checkout.create(license.key(), checkout.prices().quote(null, "small"), SUCCESS + "?return=%2Fapp", CANCEL);
        shop.stripe.server.verify(postRequestedFor(urlPathEqualTo("/v1/checkout/sessions"))
                .withFormParam(
                        "success_url",
                        matching(Pattern.quote(SUCCESS)
                                + "\\?return=%2Fapp&signature=[a-f0-9.-]+&session_id=\\{CHECKOUT_SESSION_ID}"))
                .withFormParam("metadata[hourmeter_package]", equalTo("small"))
                .withFormParam("line_items[0][price_data][unit_amount]", equalTo("2500")));
    }

    @Test
    void formIsAsciiInEveryLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            create();
        } finally {
            Locale.setDefault(before);
        }
        shop.stripe.server.verify(postRequestedFor(urlPathEqualTo("/v1/checkout/sessions"))
                .withFormParam("line_items[0][price_data][unit_amount]", equalTo("3750"))
                .withFormParam("metadata[hourmeter_title]", equalTo("7.5 hours of Access")));
    }

    @Test
    void usedUpLicenseMayBuyAndAnUnknownOneMayNot() {
        assertThat(shop.ledger.hoursRemaining(license.key()).remainingMillis()).isZero();
        assertThat(create().sessionId()).isNotEmpty();
        assertThatThrownBy(() -> checkout.create(
                        LicenseKey.of("RL-00000000-00000000-00000000"), Shop.tenHours(checkout), SUCCESS, CANCEL))
                .isInstanceOfSatisfying(
                        PaymentException.class,
                        e -> assertThat(e.reason()).isEqualTo(PaymentException.Reason.LICENSE_UNKNOWN));
    }

    @Test
    void nothingIsSoldWhileItCannotBeCredited() {
        shop.outage = Shop.Outage.BEFORE;
        assertThatThrownBy(this::create)
                .isInstanceOfSatisfying(
                        PaymentException.class,
                        e -> assertThat(e.reason()).isEqualTo(PaymentException.Reason.LICENSE_SERVER_UNAVAILABLE));
        assertThat(creations()).isEmpty();
    }

    @Test
    void withoutASecretKeyTheMissingSettingIsNamed() {
        try (StripeCheckout none = shop.checkout(settings -> settings.set(Settings.STRIPE_SECRET_KEY, ""))) {
            assertThat(none.configured()).isFalse();
            assertThat(none.prices().packages()).hasSize(4);
            none.start();
            assertThatThrownBy(() -> none.create(license.key(), Shop.tenHours(none), SUCCESS, CANCEL))
                    .isInstanceOfSatisfying(
                            PaymentException.class,
                            e -> assertThat(e.reason()).isEqualTo(PaymentException.Reason.NOT_CONFIGURED))
                    .hasMessage("Nothing can be bought: stripe.secret.key is not set");
            assertThatThrownBy(() -> none.fulfil("cs_test_1")).isInstanceOf(PaymentException.class);
        }
    }

    /** It could not tell a repeated credit from a new one. */
    @Test
    void nothingIsSoldBesideAnOlderLicenseServer() {
        try (StripeCheckout older = shop.checkout(settings -> settings.set(Settings.SERVER_KIND, "older"))) {
            assertThat(older.configured()).isFalse();
            assertThat(older.whyNot())
                    .hasValueSatisfying(reason -> assertThat(reason).startsWith("license.server.kind is older"));
            assertThat(older.prices().packages()).hasSize(4);
            older.start();
            assertThatThrownBy(() -> older.create(license.key(), Shop.tenHours(older), SUCCESS, CANCEL))
                    .isInstanceOfSatisfying(
                            PaymentException.class,
                            e -> assertThat(e.reason()).isEqualTo(PaymentException.Reason.NOT_CONFIGURED))
                    .hasMessageStartingWith("Nothing can be bought: license.server.kind is older");
            // An event of a purchase from before comes again until a license server is there that takes it.
            byte[] event = FakeStripe.json(shop.stripe.event(
                    "evt_1",
                    "checkout.session.completed",
                    shop.stripe.session("cs_test_a", shop.licenseId(), Shop.tenHours(older))));
            assertThatThrownBy(
                            () -> older.webhook(event, FakeStripe.signature(event, FakeStripe.SECRET, shop.now.get())))
                    .isInstanceOf(PaymentException.class);
            assertThat(shop.stripe.server.getAllServeEvents()).isEmpty();
        }
    }

    private static ResponseDefinitionBuilder error(int status, String type, String code) {
        return aResponse()
                .withStatus(status)
                .withHeader("Request-Id", "req_9")
                .withBody("{\"error\":{\"type\":\"" + type + "\",\"code\":\"" + code
                        + "\",\"message\":\"Invalid API Key provided: sk_test_51abc\"}}");
    }

    static Stream<Arguments> passingFaults() {
        return Stream.of(
                Arguments.of("connection reset", aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)),
                Arguments.of("no answer", aResponse().withFault(Fault.EMPTY_RESPONSE)),
                Arguments.of("junk", aResponse().withFault(Fault.RANDOM_DATA_THEN_CLOSE)),
                Arguments.of("broken chunk", aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK)),
                Arguments.of("empty 200", aResponse().withStatus(200).withBody("")),
                Arguments.of("{}", aResponse().withStatus(200).withBody("{}")),
                Arguments.of("array", aResponse().withStatus(200).withBody("[]")),
                Arguments.of("page of a proxy", aResponse().withStatus(200).withBody("<html>hello</html>")),
                Arguments.of("empty 500", aResponse().withStatus(500)),
                Arguments.of("500", error(500, "api_error", "")),
                Arguments.of("502 of a proxy", aResponse().withStatus(502).withBody("<html>bad gateway</html>")),
                Arguments.of("429", error(429, "invalid_request_error", "rate_limit")),
                Arguments.of("409", error(409, "idempotency_error", "idempotency_key_in_use")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("passingFaults")
    void passingFaultIsRetriedWithTheSameKey(String name, ResponseDefinitionBuilder fault) {
        shop.stripe.server.stubFor(post(urlPathEqualTo("/v1/checkout/sessions"))
                .inScenario("once")
                .whenScenarioStateIs(Scenario.STARTED)
                .willReturn(fault)
                .willSetStateTo("healthy"));
        assertThat(create().sessionId()).startsWith("cs_test_");
        assertThat(creations())
                .hasSizeGreaterThanOrEqualTo(2)
                .extracting(request -> request.getHeader("Idempotency-Key"))
                .containsOnly(creations().get(0).getHeader("Idempotency-Key"));
        assertThat(creations())
                .extracting(LoggedRequest::getBodyAsString)
                .containsOnly(creations().get(0).getBodyAsString());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("passingFaults")
    void lastingFaultEndsInATypedError(String name, ResponseDefinitionBuilder fault) {
        shop.stripe.server.stubFor(post(urlPathEqualTo("/v1/checkout/sessions")).willReturn(fault));
        assertThatThrownBy(this::create)
                .isInstanceOfSatisfying(
                        PaymentException.class,
                        e -> assertThat(e.reason()).isEqualTo(PaymentException.Reason.STRIPE_UNAVAILABLE))
                .hasMessageStartingWith("Stripe does not answer at the moment (creating a checkout, ")
                .hasMessageNotContaining("sk_test");
        assertThat(shop.pauses).hasSize(2);
    }

    @Test
    void savedServerErrorIsLeftBehindWithANewKey() {
        shop.stripe.server.stubFor(
                post(urlPathEqualTo("/v1/checkout/sessions")).willReturn(error(500, "api_error", "")));
        assertThatThrownBy(this::create).isInstanceOf(PaymentException.class);
        List<String> keys = creations().stream()
                .map(request -> request.getHeader("Idempotency-Key"))
                .toList();
        assertThat(keys).containsExactly(keys.get(0), keys.get(0), keys.get(0) + "-r1");
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(
                        error(401, "invalid_request_error", ""),
                        PaymentException.Reason.STRIPE_REFUSED,
                        "stripe.secret.key is not accepted"),
                Arguments.of(
                        error(403, "invalid_request_error", ""),
                        PaymentException.Reason.STRIPE_REFUSED,
                        "stripe.secret.key lacks a right"),
                Arguments.of(
                        error(400, "invalid_request_error", "amount_too_small"),
                        PaymentException.Reason.AMOUNT_TOO_SMALL,
                        "cost less than can be paid"),
                Arguments.of(
                        error(400, "idempotency_error", "")
                                .withBody("{\"error\":{\"type\":\"idempotency_error\",\"message\":\""
                                        + "x".repeat(5_000) + "\"}}"),
                        PaymentException.Reason.STRIPE_REFUSED,
                        "xxx"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusalIsNotRetriedAndSaysWhatToMend(
            ResponseDefinitionBuilder answer, PaymentException.Reason reason, String part) {
        shop.stripe.server.stubFor(post(urlPathEqualTo("/v1/checkout/sessions")).willReturn(answer));
        assertThatThrownBy(this::create)
                .isInstanceOfSatisfying(
                        PaymentException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(part)
                .hasMessageNotContaining("sk_test")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
        assertThat(creations()).hasSize(1);
    }
}
