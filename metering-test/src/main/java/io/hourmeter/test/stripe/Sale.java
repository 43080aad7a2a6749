package io.hourmeter.test.stripe;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A checkout session. {@code form} is the request that created it. */
record Sale(
        String id,
        String payment,
        long created,
        long amount,
        String currency,
        String title,
        String idempotencyKey,
        Map<String, String> form,
        State state,
        String baseUrl)
        implements StripeObject {

    enum State {
        /** The customer has not decided. */
        OPEN("open", "unpaid"),
        PAID("complete", "paid"),
        /** The customer has agreed; the bank takes its time. */
        PROCESSING("complete", "unpaid"),
        /** The bank did not pay. */
        FAILED("complete", "unpaid");

        final String status;
        final String paymentStatus;

        State(String status, String paymentStatus) {
            this.status = status;
            this.paymentStatus = paymentStatus;
        }
    }

    private static final Set<String> WITHOUT_DECIMALS = Set.of(
            "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf");
    private static final Set<String> THREE_DECIMALS = Set.of("bhd", "jod", "kwd", "omr", "tnd");

    Sale in(State next) {
        return new Sale(id, payment, created, amount, currency, title, idempotencyKey, form, next, baseUrl);
    }

    /** Where the customer pays; the stand-in's own page. */
    String url() {
        return baseUrl + "/pay/" + id;
    }

    String successUrl() {
        return form.getOrDefault("success_url", "").replace("{CHECKOUT_SESSION_ID}", id);
    }

    String cancelUrl() {
        return form.getOrDefault("cancel_url", "");
    }

    /** For people, like {@code 25.00 USD}. */
    String price(long minorUnits) {
        return BigDecimal.valueOf(minorUnits, decimals()).toPlainString() + " " + currency.toUpperCase(Locale.ROOT);
    }

    int decimals() {
        if (WITHOUT_DECIMALS.contains(currency)) {
            return 0;
        }
        return THREE_DECIMALS.contains(currency) ? 3 : 2;
    }

    @Override
    public Map<String, Object> json() {
        boolean open = state == State.OPEN;
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("object", "checkout.session");
        json.put("created", created);
        json.put("livemode", false);
        json.put("mode", form.get("mode"));
        json.put("status", state.status);
        json.put("payment_status", state.paymentStatus);
        json.put("payment_intent", open ? null : payment);
        json.put("client_reference_id", form.get("client_reference_id"));
        json.put("amount_subtotal", amount);
        json.put("amount_total", amount);
        json.put("currency", currency);
        json.put("metadata", metadata());
        json.put("success_url", form.get("success_url"));
        json.put("cancel_url", form.get("cancel_url"));
        json.put("url", open ? url() : null);
        return json;
    }

    private Map<String, Object> metadata() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        form.forEach((name, value) -> {
            if (name.startsWith("metadata[") && name.endsWith("]")) {
                metadata.put(name.substring("metadata[".length(), name.length() - 1), value);
            }
        });
        return metadata;
    }

    @Override
    public @Nullable String paymentIntent() {
        return state == State.OPEN ? null : payment;
    }

    @Override
    public String status() {
        return state.status;
    }
}
