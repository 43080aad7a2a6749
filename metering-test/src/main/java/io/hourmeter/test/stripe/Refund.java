package io.hourmeter.test.stripe;

import java.util.LinkedHashMap;
import java.util.Map;

/** Money that went back, or, with status {@code failed}, came back after all. */
record Refund(String id, String saleId, String paymentIntent, long created, long amount, String currency, String status)
        implements StripeObject {

    Refund failed() {
        return new Refund(id, saleId, paymentIntent, created, amount, currency, "failed");
    }

    boolean succeeded() {
        return status.equals("succeeded");
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("object", "refund");
        json.put("created", created);
        json.put("amount", amount);
        json.put("currency", currency);
        json.put("payment_intent", paymentIntent);
        json.put("reason", "requested_by_customer");
        json.put("status", status);
        return json;
    }
}
