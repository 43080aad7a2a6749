package io.hourmeter.test.stripe;

import com.sun.net.httpserver.HttpExchange;
import io.hourmeter.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The calls of Stripe's API that selling hours takes, and no others. */
final class Api {

    private static final String PREFIX = "/v1/";
    private static final int USUAL_PAGE = 10;
    private static final int LARGEST_PAGE = 100;

    private final Till till;
    private final String secretKey;
    private final String baseUrl;

    Api(Till till, String secretKey, String baseUrl) {
        this.till = till;
        this.secretKey = secretKey;
        this.baseUrl = baseUrl;
    }

    void handle(HttpExchange exchange) throws IOException {
        try {
            authorize(exchange);
            reply(exchange, 200, answer(exchange));
        } catch (RefusedCall e) {
            Map<String, Object> error = new LinkedHashMap<>();
            error.put("type", e.type);
            error.put("message", "Stand-in for Stripe: " + e.getMessage());
            if (!e.code.isEmpty()) {
                error.put("code", e.code);
            }
            reply(exchange, e.status, Map.of("error", error));
        }
    }

    private void authorize(HttpExchange exchange) throws RefusedCall {
        byte[] given = Http.header(exchange, "Authorization").getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(given, ("Bearer " + secretKey).getBytes(StandardCharsets.UTF_8))) {
            throw new RefusedCall(401, "invalid_request_error", "", "The key is not the stand-in's");
        }
    }

    private Map<String, Object> answer(HttpExchange exchange) throws IOException, RefusedCall {
        String path = exchange.getRequestURI().getPath().substring(PREFIX.length());
        String call = exchange.getRequestMethod() + " " + path;
        if (call.equals("POST checkout/sessions")) {
            return till.open(Http.form(exchange), Http.header(exchange, "Idempotency-Key"), baseUrl)
                    .json();
        }
        if (!exchange.getRequestMethod().equals("GET")) {
            throw new RefusedCall(404, "invalid_request_error", "", "There is no call " + call);
        }
        Map<String, String> query = Http.query(exchange);
        if (path.startsWith("checkout/sessions/")) {
            return till.sale(path.substring("checkout/sessions/".length())).json();
        }
        if (path.startsWith("disputes/")) {
            return till.knownDispute(path.substring("disputes/".length())).json();
        }
        return switch (path) {
            case "checkout/sessions" -> page(path, till.sales(), query);
            case "refunds" -> page(path, till.refunds(), query);
            case "disputes" -> page(path, till.disputes(), query);
            case "events" -> page(path, events(query), query);
            default -> throw new RefusedCall(404, "invalid_request_error", "", "There is no call " + call);
        };
    }

    private List<Event> events(Map<String, String> query) {
        List<String> types = query.entrySet().stream()
                .filter(parameter -> parameter.getKey().startsWith("types["))
                .map(Map.Entry::getValue)
                .toList();
        String delivered = query.getOrDefault("delivery_success", "");
        return till.events().stream()
                .filter(event -> types.isEmpty() || types.contains(event.type()))
                .filter(event -> delivered.isEmpty() || event.undelivered() != delivered.equals("true"))
                .toList();
    }

    /** One page of a list that is newest first. */
    private static Map<String, Object> page(
            String path, List<? extends StripeObject> objects, Map<String, String> query) throws RefusedCall {
        String status = query.getOrDefault("status", "");
        String payment = query.getOrDefault("payment_intent", "");
        long since = number(query, "created[gte]", 0, Long.MAX_VALUE);
        int limit = (int) number(query, "limit", USUAL_PAGE, LARGEST_PAGE);
        List<? extends StripeObject> found = objects.stream()
                .filter(object -> status.isEmpty() || status.equals(object.status()))
                .filter(object -> payment.isEmpty() || payment.equals(object.paymentIntent()))
                .filter(object -> object.created() >= since)
                .toList();
        String after = query.getOrDefault("starting_after", "");
        if (!after.isEmpty()) {
            int last = found.stream().map(StripeObject::id).toList().indexOf(after);
            if (last < 0) {
                throw RefusedCall.missing();
            }
            found = found.subList(last + 1, found.size());
        }
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("object", "list");
        page.put("url", PREFIX + path);
        page.put("has_more", found.size() > limit);
        page.put("data", found.stream().limit(limit).map(StripeObject::json).toList());
        return page;
    }

    private static long number(Map<String, String> query, String name, long usual, long most) throws RefusedCall {
        String text = query.get(name);
        if (text == null) {
            return usual;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below, like a number out of range
        }
        throw RefusedCall.invalid(name + " must be a whole number from 0 to " + most);
    }

    private static void reply(HttpExchange exchange, int status, Map<String, Object> body) throws IOException {
        Http.answer(exchange, status, "application/json", Json.text(body));
    }
}
