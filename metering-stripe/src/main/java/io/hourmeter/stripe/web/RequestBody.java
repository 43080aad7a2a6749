package io.hourmeter.stripe.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.wire.Json;
import io.hourmeter.wire.JsonLimits;
import io.hourmeter.wire.JsonNumbers;
import io.hourmeter.wire.Limits;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A body that a stranger has sent, as one JSON object. Every fault is a {@link Refusal} that names the member and does not
 * repeat the body, which may hold a key. {@link BodyReader} has bounded it.
 */
final class RequestBody {

    /** Our messages have one level; a number may have more digits than any that is accepted, few enough to be parsed in no time. */
    private static final JsonLimits LIMITS = new JsonLimits(8, 200, 100);

    private final ObjectNode object;

    private RequestBody(ObjectNode object) {
        this.object = object;
    }

    /** A body as JSON, whatever its Content-Type says. */
    static RequestBody json(byte[] body) {
        ObjectNode object = Json.object(body, LIMITS);
        if (object != null) {
            return new RequestBody(object);
        }
        throw Refusal.invalid("the body must be one JSON object like {\"package_id\": \"small\"}");
    }

    /** A text without control characters; null when it is absent, {@code null} or blank. */
    @Nullable String text(String name, int maxLength) {
        return text(name, maxLength, CustomerText.NOT_UNDERSTOOD);
    }

    /** The same for what a customer has typed, with the sentence that says what is allowed. */
    @Nullable String text(String name, int maxLength, CustomerText allowed) {
        String text = given(name, allowed);
        try {
            return text == null ? null : Limits.text(name, text, maxLength);
        } catch (LicenseRequestException e) {
            throw Refusal.invalid(allowed, String.valueOf(e.getMessage()));
        }
    }

    /**
     * A license key as a customer has pasted it; null when it is absent, {@code null} or blank. What pasting adds, invisible
     * characters among it, is for {@link io.hourmeter.LicenseKey#parse} to forgive or to refuse.
     */
    @Nullable String pastedKey(String name, int maxLength) {
        String text = given(name, CustomerText.KEY_UNKNOWN);
        if (text != null && text.length() > maxLength) {
            throw Refusal.invalid(CustomerText.KEY_UNKNOWN, name + " must have at most " + maxLength + " characters");
        }
        return text;
    }

    private @Nullable String given(String name, CustomerText allowed) {
        JsonNode node = object.get(name);
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isTextual()) {
            throw Refusal.invalid(allowed, name + " must be a text");
        }
        String text = node.textValue().strip();
        return text.isEmpty() ? null : text;
    }

    /** A number; null when it is absent or {@code null}. */
    @Nullable BigDecimal number(String name) {
        JsonNode node = object.get(name);
        if (node == null || node.isNull()) {
            return null;
        }
        BigDecimal number = JsonNumbers.decimal(node);
        if (number == null) {
            throw Refusal.invalid(name + " must be a number");
        }
        return number;
    }
}
