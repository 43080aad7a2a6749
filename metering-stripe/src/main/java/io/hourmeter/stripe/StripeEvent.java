package io.hourmeter.stripe;

import com.fasterxml.jackson.databind.JsonNode;
import io.hourmeter.wire.Json;
import io.hourmeter.wire.JsonLimits;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is read of an event: what it is about, and nothing that depends on the API version it was written in. Everything
 * else is asked from Stripe's API.
 *
 * @param id {@code evt_…}
 * @param type for example {@code checkout.session.completed}
 * @param live of live mode, null when it does not say
 * @param object id of the object that it is about; empty when there is none
 * @param paymentIntent of that object; empty when it has none
 * @param ours whether it is about a checkout that Hourmeter made in this account; what is not a checkout does not tell
 */
record StripeEvent(String id, String type, @Nullable Boolean live, String object, String paymentIntent, boolean ours) {

    static final String COMPLETED = "checkout.session.completed";
    static final String PAID_LATER = "checkout.session.async_payment_succeeded";

    /** The types that are handled, to be ticked at the webhook endpoint. */
    static final List<String> TYPES = List.of(
            COMPLETED,
            PAID_LATER,
            "checkout.session.async_payment_failed",
            "refund.created",
            "refund.updated",
            "refund.failed",
            "charge.refunded",
            "charge.refund.updated",
            "charge.dispute.created",
            "charge.dispute.updated",
            "charge.dispute.closed",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.funds_reinstated");

    /** Several times what an event has. */
    private static final JsonLimits LIMITS = new JsonLimits(64, 1000, 1000);

    /** Whether it tells that a checkout may be paid. */
    boolean isPayment() {
        return type.equals(COMPLETED) || type.equals(PAID_LATER);
    }

    /** Reads the body of a webhook; null when it is no event. */
    static @Nullable StripeEvent parse(byte[] body) {
        JsonNode event = Json.object(body, LIMITS);
        if (event == null || !"event".equals(event.path("object").textValue())) {
            return null;
        }
        return of(
                event.path("id").asText(""),
                event.path("type").asText(""),
                event.path("livemode").isBoolean() ? event.path("livemode").booleanValue() : null,
                event.path("data").path("object"),
                event.path("account").isMissingNode());
    }

    /** Reads an event as the API lists it. */
    static StripeEvent of(String id, String type, @Nullable Boolean live, @Nullable String object) {
        try {
            return of(id, type, live, Json.MAPPER.readTree(object == null ? "{}" : object), true);
        } catch (IOException e) {
            return new StripeEvent(id, type, live, "", "", false);
        }
    }

    /** {@code here}: in this account, and not in one connected to it, whose objects our key cannot read. */
    private static StripeEvent of(String id, String type, @Nullable Boolean live, JsonNode object, boolean here) {
        boolean ours = "checkout.session".equals(object.path("object").textValue())
                && object.path("metadata").has(Purchase.MARKER);
        JsonNode intent = object.path("payment_intent");
        String paymentIntent = intent.isObject() ? intent.path("id").asText("") : intent.asText("");
        return new StripeEvent(id, type, live, object.path("id").asText(""), id(paymentIntent), here && ours);
    }

    /** JSON's null has the text "null". */
    private static String id(String text) {
        return StripeApi.isObjectId(text) ? text : "";
    }
}
