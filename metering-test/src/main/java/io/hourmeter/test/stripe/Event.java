package io.hourmeter.test.stripe;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something happened. {@code undelivered}: nobody has answered its webhook with success. */
record Event(String id, long created, String type, Map<String, Object> object, boolean undelivered)
        implements StripeObject {

    /** The version in whose form the stand-in writes; the one of the Stripe library that the application uses. */
    static final String API_VERSION = "2026-07-29.dahlia";

    Event delivered() {
        return new Event(id, created, type, object, false);
    }

    @Override
    public String status() {
        return "";
    }

    @Override
    public @Nullable String paymentIntent() {
        return null;
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", id);
        json.put("object", "event");
        json.put("api_version", API_VERSION);
        json.put("created", created);
        json.put("livemode", false);
        json.put("pending_webhooks", undelivered ? 1 : 0);
        json.put("type", type);
        json.put("data", Map.of("object", object));
        return json;
    }
}
