package io.hourmeter.stripe;

import com.stripe.model.checkout.Session;
import com.stripe.param.checkout.SessionCreateParams;
import io.hourmeter.Balance;
import io.hourmeter.ErrorCode;
import io.hourmeter.License;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.Validation;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.ServerKind;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.LibraryVersions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sells hours through Stripe Checkout. Needs no servlet: a servlet, or any other code, calls {@link #create} when a
 * customer wants to pay, {@link #returned} when the customer is back, {@link #webhook} when Stripe calls, and
 * {@link #start()} once, so that payments are found whose webhook never came. Each purchase is credited once, however
 * often and in whatever order these are called.
 *
 * <p>Without {@code stripe.secret.key}, and beside an older license server, everything that needs Stripe throws
 * {@link PaymentException} with {@link PaymentException.Reason#NOT_CONFIGURED}; prices are there all the same. Thread-safe.
 */
public final class StripeCheckout implements AutoCloseable {

    private final LicenseClient licenses;
    private final Prices prices;
    private final WebhookSignature signature;
    private final boolean hasWebhookSecret;
    private final Credits credits;
    private final String site;
    private final UncreditedLog uncredited;
    private final @Nullable String whyNot;
    private final @Nullable Machinery machinery;

    /** How often the log repeats what keeps a paid checkout from its hours: while it lasts, and nobody has mended it. */
    private static final Duration TELL_UNCREDITED = Duration.ofHours(1);

    /** The same where nothing can be mended but by hand, at Stripe. */
    private static final Duration TELL_REFUSED = Duration.ofDays(1);

    /** What exists only where something can be bought. */
    private record Machinery(
            StripeApi api, ReturnSignature returns, Fulfilment fulfilment, Events events, Reconciler reconciler) {}

    private StripeCheckout(Builder builder) {
        MeteringConfig config = builder.config;
        licenses = builder.licenses;
        prices = new Prices(config);
        signature = new WebhookSignature(config.get(Settings.STRIPE_WEBHOOK_SECRET), builder.clock);
        hasWebhookSecret = !config.get(Settings.STRIPE_WEBHOOK_SECRET).isEmpty();
        credits = new Credits(builder.credited);
        site = config.get(Settings.PAYMENT_PUBLIC_URL);
        uncredited = new UncreditedLog(builder.clock, TELL_UNCREDITED);
        whyNot = whyNot(config);
        machinery = whyNot == null
                ? machinery(config.get(Settings.STRIPE_SECRET_KEY), config.get(Settings.STRIPE_API_BASE), builder)
                : null;
    }

    private Machinery machinery(String key, String base, Builder builder) {
        Boolean liveMode = liveMode(key);
        StripeApi api = new StripeApi(key, base, builder.calls, builder.clock);
        Fulfilment fulfilment =
                new Fulfilment(api, licenses, liveMode, site, new UncreditedLog(builder.clock, TELL_REFUSED));
        Reversals reversals = new Reversals(api, licenses, fulfilment);
        Events events = new Events(fulfilment, reversals, credits, liveMode, uncredited);
        return new Machinery(
                api,
                new ReturnSignature(key),
                fulfilment,
                events,
                new Reconciler(api, fulfilment, reversals, events, credits, uncredited, builder.clock));
    }

    private static @Nullable Boolean liveMode(String key) {
        String mode = key.substring(key.indexOf('_') + 1);
        return mode.startsWith("live_") ? Boolean.TRUE : mode.startsWith("test_") ? Boolean.FALSE : null;
    }

    /**
     * Begins a checkout.
     *
     * @param config settings {@code stripe.*} and {@code payment.*}
     * @param licenses the license server, with a token that may credit; the caller closes it
     * @return a builder
     */
    public static Builder builder(MeteringConfig config, LicenseClient licenses) {
        return new Builder(config, licenses);
    }

    /**
     * Whether something can be bought.
     *
     * @return true when there is no {@linkplain #whyNot reason} against it
     */
    public boolean configured() {
        return whyNot == null;
    }

    /**
     * Why nothing can be bought, for the operator: {@code stripe.secret.key} is not set, or
     * {@code license.server.kind} is {@code older}.
     *
     * @return a sentence that names the setting; empty when something can be bought
     */
    public Optional<String> whyNot() {
        return Optional.ofNullable(whyNot);
    }

    /** An older license server could not tell a repeated credit from a new one, and takes no refunds back. */
    private static @Nullable String whyNot(MeteringConfig config) {
        if (config.get(Settings.SERVER_KIND) == ServerKind.OLDER) {
            return Settings.SERVER_KIND.key() + " is older, and such a license server cannot be credited safely";
        }
        return config.get(Settings.STRIPE_SECRET_KEY).isEmpty()
                ? Settings.STRIPE_SECRET_KEY.key() + " is not set"
                : null;
    }

    /**
     * What is on offer.
     *
     * @return the prices
     */
    public Prices prices() {
        return prices;
    }

    /**
     * Creates a checkout for a license. Nothing is charged or credited yet.
     *
     * @param license who shall get the hours; a used-up license may buy
     * @param quote what is bought, from {@link #prices()}
     * @param successUrl absolute; Stripe leads there after the payment, with {@code signature} and {@code session_id}
     *     added, for {@link #returned}
     * @param cancelUrl absolute; Stripe leads there when the customer turns back
     * @return where to send the customer
     * @throws PaymentException if the license cannot buy, or Stripe or the license server failed
     */
    public Checkout create(LicenseRef license, Quote quote, String successUrl, String cancelUrl) {
        Machinery ready = ready();
        Purchase purchase = Purchase.of(UUID.randomUUID().toString(), buyer(license), quote, site);
        Session session = ready.api()
                .create(
                        params(purchase, quote, signed(ready, purchase, successUrl), cancelUrl),
                        "metering-checkout-" + purchase.id());
        return new Checkout(session.getId(), session.getUrl());
    }

    /** With what {@link #returned} wants to see. The braces stay as they are: Stripe puts the session's id there. */
    private static String signed(Machinery ready, Purchase purchase, String successUrl) {
        return successUrl + (successUrl.indexOf('?') < 0 ? '?' : '&') + "signature="
                + ready.returns().sign(purchase.id()) + "&session_id={CHECKOUT_SESSION_ID}";
    }

    private static SessionCreateParams params(Purchase purchase, Quote quote, String successUrl, String cancelUrl) {
        Map<String, String> metadata = purchase.metadata();
        // No clock and no random value but the purchase's id: a repetition must be the same request.
        return SessionCreateParams.builder()
                .setMode(SessionCreateParams.Mode.PAYMENT)
                .setSuccessUrl(successUrl)
                .setCancelUrl(cancelUrl)
                .setClientReferenceId(purchase.id())
                .putAllMetadata(metadata)
                .setPaymentIntentData(SessionCreateParams.PaymentIntentData.builder()
                        .putAllMetadata(metadata)
                        .setDescription(quote.title())
                        .build())
                // In the customer's own currency a refund could not be compared with what was sold.
                .setAdaptivePricing(SessionCreateParams.AdaptivePricing.builder()
                        .setEnabled(false)
                        .build())
                .putExtraParam("line_items", StripeApi.indexed(List.of(lineItem(quote))))
                .build();
    }

    private static Map<String, Object> lineItem(Quote quote) {
        return Map.of(
                "quantity",
                "1",
                "price_data",
                Map.of(
                        "currency", quote.currency(),
                        "unit_amount", Long.toString(quote.amount()),
                        "product_data", Map.of("name", quote.title())));
    }

    /** The license that buys. No sale that cannot be credited: the license server must answer, and know it by an id. */
    private LicenseId buyer(LicenseRef license) {
        Validation validation;
        try {
            validation = licenses.validate(license);
        } catch (LicenseServerUnavailableException e) {
            throw new PaymentException(
                    PaymentException.Reason.LICENSE_SERVER_UNAVAILABLE,
                    "the license server does not answer at the moment, so nothing is sold",
                    e);
        } catch (LicenseRequestException e) {
            throw new PaymentException(
                    PaymentException.Reason.LICENSE_SERVER_REFUSED,
                    "the license server does not tell about this license (" + e.code() + ")",
                    e);
        }
        ErrorCode refusal = validation.refusal();
        if (refusal != null && refusal != ErrorCode.HOURS_EXHAUSTED) {
            throw switch (refusal) {
                case LICENSE_INACTIVE ->
                    new PaymentException(PaymentException.Reason.LICENSE_INACTIVE, "this license is not active");
                case LICENSE_EXPIRED ->
                    new PaymentException(PaymentException.Reason.LICENSE_EXPIRED, "this license has expired");
                case INVALID_REQUEST,
                        UNAUTHORIZED,
                        FORBIDDEN,
                        LICENSE_NOT_FOUND,
                        CONFLICT,
                        TOO_LARGE,
                        IDEMPOTENCY_MISMATCH,
                        BUSY,
                        LICENSE_REQUIRED,
                        INVALID_LICENSE,
                        HOURS_EXHAUSTED,
                        HOURS_HELD,
                        LICENSE_SERVER_UNAVAILABLE ->
                    new PaymentException(PaymentException.Reason.LICENSE_UNKNOWN, "no license has this key");
            };
        }
        License known = validation.license();
        if (known == null || known.id() == null) {
            throw new PaymentException(
                    PaymentException.Reason.NOT_CONFIGURED,
                    "buying needs a license server that names licenses by an id; the one at "
                            + Settings.SERVER_URL.key() + " does not");
        }
        return known.id();
    }

    /**
     * Whether a link back from Stripe is one that this installation made: it signs each with a key that it derives from
     * {@code stripe.secret.key}. Calls nobody.
     *
     * @param signature from the URL that the customer returned to; null when it has none
     * @return false for anything else, also for links made under another {@code stripe.secret.key}
     */
    public boolean signed(@Nullable String signature) {
        Machinery ready = machinery;
        return ready != null && ready.returns().purchaseOf(signature) != null;
    }

    /**
     * Credits the checkout of a customer who is back from Stripe, if it is paid; tells where it stands if not. Nobody is
     * called, and nothing told, without a signature of this installation for this very checkout.
     *
     * @param sessionId from the URL that the customer returned to; not trusted
     * @param signature from the same URL; not trusted
     * @return how far it is
     * @throws PaymentException as {@link #fulfil} does
     */
    public Fulfilled returned(@Nullable String sessionId, @Nullable String signature) {
        Machinery ready = ready();
        String purchase = ready.returns().purchaseOf(signature);
        return purchase == null || sessionId == null
                ? Fulfilled.notOurs()
                : settle(() -> ready.fulfilment().fulfilReturned(sessionId, purchase));
    }

    /**
     * Credits a checkout if it is paid; tells where it stands if not. Each call asks Stripe, so what a stranger can send is
     * for {@link #returned}.
     *
     * @param sessionId of the checkout; not trusted
     * @return how far it is
     * @throws PaymentException if Stripe or the license server failed; with
     *     {@link PaymentException.Reason#LICENSE_SERVER_UNAVAILABLE} it is paid, and the hours follow; with
     *     {@link PaymentException.Reason#NOT_CREDITED} it is paid, and they follow when the operator has mended what an
     *     error in the log names
     */
    public Fulfilled fulfil(String sessionId) {
        Machinery ready = ready();
        return settle(() -> ready.fulfilment().fulfil(sessionId));
    }

    private Fulfilled settle(Supplier<Fulfilled> fulfilment) {
        try {
            Fulfilled fulfilled = fulfilment.get();
            credits.tell(fulfilled);
            return fulfilled;
        } catch (PaymentException e) {
            if (e.reason() == PaymentException.Reason.NOT_CREDITED) {
                uncredited.tell(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    /**
     * Whether a webhook's body is worth reading: its header has the form of a signature of these minutes. Not yet that it is
     * Stripe's.
     *
     * @param signatureHeader {@code Stripe-Signature}, or null
     * @return false when {@link #webhook} would refuse whatever the body is
     */
    public boolean mayBeSigned(@Nullable String signatureHeader) {
        return signature.mayBeOne(signatureHeader);
    }

    /**
     * Handles a webhook. Everything is done when this returns.
     *
     * @param body the raw bytes of the request, at most what the caller is willing to read
     * @param signatureHeader {@code Stripe-Signature}, or null
     * @return what to answer
     * @throws PaymentException if Stripe or the license server failed: answer 5xx, so that it comes again
     */
    public WebhookResult webhook(byte[] body, @Nullable String signatureHeader) {
        if (!hasWebhookSecret) {
            return WebhookResult.NOT_CONFIGURED;
        }
        if (!signature.signs(body, signatureHeader)) {
            return WebhookResult.BAD_SIGNATURE;
        }
        StripeEvent event = StripeEvent.parse(body);
        if (event == null) {
            return WebhookResult.UNREADABLE;
        }
        return ready().events().handle(event) ? WebhookResult.HANDLED : WebhookResult.IGNORED;
    }

    /** Starts to look for payments that no webhook told of, now and every 15 minutes, until {@link #close()}. */
    public void start() {
        Machinery ready = machinery;
        if (ready != null) {
            ready.reconciler().start();
        }
    }

    /**
     * Looks once for payments that no webhook told of, without waiting for the next time.
     *
     * @return how many checkouts were credited
     * @throws PaymentException if Stripe or the license server failed
     */
    public int reconcile() {
        return ready().reconciler().run();
    }

    private Machinery ready() {
        Machinery ready = machinery;
        if (ready == null) {
            throw new PaymentException(PaymentException.Reason.NOT_CONFIGURED, "Nothing can be bought: " + whyNot);
        }
        return ready;
    }

    /** Stops looking for payments. Idempotent; takes seconds at most. */
    @Override
    public void close() {
        Machinery ready = machinery;
        if (ready != null) {
            ready.reconciler().close();
        }
    }

    /** Settings of a {@link StripeCheckout}. Not thread-safe. */
    public static final class Builder {

        private final MeteringConfig config;
        private final LicenseClient licenses;
        private BiConsumer<LicenseId, Balance> credited = (license, balance) -> {};
        private InstantSource clock = InstantSource.system();
        private StripeCalls calls = new StripeCalls(time -> Thread.sleep(time.toMillis()), System::nanoTime);

        private Builder(MeteringConfig config, LicenseClient licenses) {
            this.config = config;
            this.licenses = licenses;
        }

        /**
         * Is told of every credit, also of repeated ones. Must return soon.
         *
         * @param listener license and its balance after the credit
         * @return this
         */
        public Builder credited(BiConsumer<LicenseId, Balance> listener) {
            credited = listener;
            return this;
        }

        Builder clock(InstantSource source) {
            clock = source;
            return this;
        }

        Builder calls(StripeCalls bounded) {
            calls = bounded;
            return this;
        }

        /**
         * Reads the prices and prepares the calls. Calls nobody yet.
         *
         * @return the checkout
         * @throws IllegalStateException if a library is missing or too old
         */
        public StripeCheckout build() {
            LibraryVersions.requireStripe(StripeCheckout.class);
            return new StripeCheckout(this);
        }
    }
}
