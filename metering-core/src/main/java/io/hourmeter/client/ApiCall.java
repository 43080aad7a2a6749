package io.hourmeter.client;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import io.hourmeter.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP call to be made.
 *
 * @param method GET or POST
 * @param path with {@value #LICENSE} where the license is named; this form is what logs and errors show
 * @param license what is put there: an id, or the key towards a server that knows nothing else
 * @param query parameters
 * @param body makes the JSON text, anew for each try; or null
 * @param idempotencyKey value of the header, or null
 * @param repeatable whether sending it twice has the effect of sending it once
 */
record ApiCall(
        String method,
        String path,
        String license,
        Map<String, String> query,
        @Nullable Supplier<String> body,
        @Nullable String idempotencyKey,
        boolean repeatable) {

    static final String LICENSE = "{license}";

    static ApiCall get(String path) {
        return new ApiCall("GET", path, "", Map.of(), null, null, true);
    }

    /**
     * A call that changes something; not repeatable until {@link #repeatable(boolean)} says so.
     *
     * @throws LicenseRequestException if a text has half of a surrogate pair, which would arrive as a question mark
     */
    static ApiCall post(String path, Object body) {
        String text = Json.text(body);
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new LicenseRequestException(
                    ErrorCode.INVALID_REQUEST, "POST " + path + ": a text has a broken surrogate pair");
        }
        return new ApiCall("POST", path, "", Map.of(), () -> text, null, false);
    }

    /** The same with a body that says something else with each try. */
    static ApiCall postAnew(String path, Supplier<?> body) {
        return new ApiCall("POST", path, "", Map.of(), () -> Json.text(body.get()), null, false);
    }

    ApiCall of(String segment) {
        return new ApiCall(method, path, segment, query, body, idempotencyKey, repeatable);
    }

    ApiCall with(String parameter, String value) {
        Map<String, String> more = new LinkedHashMap<>(query);
        more.put(parameter, value);
        return new ApiCall(method, path, license, more, body, idempotencyKey, repeatable);
    }

    ApiCall idempotent(String key) {
        return new ApiCall(method, path, license, query, body, key, repeatable);
    }

    ApiCall repeatable(boolean safe) {
        return new ApiCall(method, path, license, query, body, idempotencyKey, safe);
    }

    /** Never the license, never the query. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
