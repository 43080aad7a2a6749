package io.hourmeter.test.stripe;

import java.util.LinkedHashMap;
import java.util.Map;

/** A customer's bank wants the money back. */
record Dispute(
        String id, String saleId, String paymentIntent, long created, long amount, String currency, String status)
        implements StripeObject {

    static final String OPEN = "needs_response";

    Dispute closed(boolean won) {
        return new Dispute(id, saleId, paymentIntent, created, amount, currency, won ? "won" : "lost");
    }

    boolean open() {
        return status.equals(OPEN);
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("object", "dispute");
        json.put("created", created);
        json.put("livemode", false);
        json.put("amount", amount);
        json.put("currency", currency);
        json.put("payment_intent", paymentIntent);
        json.put("reason", "general");
        json.put("status", status);
        return json;
    }
}
