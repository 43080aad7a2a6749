package io.hourmeter.stripe;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.extension.ResponseDefinitionTransformerV2;
import com.github.tomakehurst.wiremock.http.Request;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.http.ResponseDefinition;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import com.stripe.net.Webhook;
import io.hourmeter.LicenseId;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Stripe's API as far as selling hours calls it, with objects that a test can put there. Faults are stubs of WireMock
 * above this one.
 */
final class FakeStripe implements AutoCloseable {

    static final String SECRET = "whsec_test";
    static final long CREATED = 1_790_000_000L;

    private static final ObjectMapper JSON = new ObjectMapper();

    final WireMockServer server;

    /** Stripe's clock, in seconds. */
    volatile LongSupplier clock = () -> CREATED + 60;

    final Map<String, Map<String, Object>> sessions = new ConcurrentSkipListMap<>();
    final Map<String, Map<String, Object>> refunds = new ConcurrentSkipListMap<>();
    final Map<String, Map<String, Object>> disputes = new ConcurrentSkipListMap<>();
    final Map<String, Map<String, Object>> events = new ConcurrentSkipListMap<>();

    FakeStripe() {
        server = new WireMockServer(
                options().dynamicPort().bindAddress("127.0.0.1").extensions(new Answers()));
        server.start();
        stub();
    }

    private void stub() {
        server.stubFor(any(anyUrl()).atPriority(10).willReturn(new ResponseDefinitionBuilder()));
    }

    /** Takes the faults away again. */
    void healthy() {
        server.resetMappings();
        stub();
    }

    String base() {
        return "http://127.0.0.1:" + server.port();
    }

    /** A checkout of ours, completed and paid unless a test changes it. */
    Map<String, Object> session(String id, LicenseId license, Quote quote) {
        Map<String, Object> session = new LinkedHashMap<>();
        session.put("id", id);
        session.put("object", "checkout.session");
        session.put("created", CREATED);
        session.put("livemode", false);
        session.put("mode", "payment");
        session.put("status", "complete");
        session.put("payment_status", "paid");
        session.put("payment_intent", paymentOf(id));
        session.put("amount_subtotal", quote.amount());
        session.put("amount_total", quote.amount());
        session.put("currency", quote.currency());
        session.put("metadata", Purchase.of("p-" + id, license, quote, "").metadata());
        sessions.put(id, session);
        return session;
    }

    static String paymentOf(String sessionId) {
        return sessionId.replace("cs_", "pi_");
    }

    void refund(String id, String sessionId, long amount, String status) {
        Map<String, Object> refund = new LinkedHashMap<>();
        refund.put("id", id);
        refund.put("object", "refund");
        refund.put("created", CREATED);
        refund.put("amount", amount);
        refund.put("currency", "usd");
        refund.put("payment_intent", paymentOf(sessionId));
        refund.put("status", status);
        refund.put("reason", "requested_by_customer");
        refunds.put(id, refund);
    }

    void dispute(String id, String sessionId, long amount, String status) {
        Map<String, Object> dispute = new LinkedHashMap<>();
        dispute.put("id", id);
        dispute.put("object", "dispute");
        dispute.put("created", CREATED);
        dispute.put("amount", amount);
        dispute.put("currency", "usd");
        dispute.put("payment_intent", paymentOf(sessionId));
        dispute.put("status", status);
        dispute.put("reason", "fraudulent");
        disputes.put(id, dispute);
    }

    /** An event as a webhook endpoint gets it, and as the list of undelivered ones has it. */
    Map<String, Object> event(String id, String type, Map<String, Object> object) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("id", id);
        event.put("object", "event");
        event.put("api_version", "2026-07-29.dahlia");
        event.put("created", CREATED);
        event.put("livemode", false);
        event.put("type", type);
        event.put("data", Map.of("object", object));
        return event;
    }

    static byte[] json(Object value) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /** The header by Stripe's own library. */
    static String signature(byte[] body, String secret, long epochSecond) {
        try {
            String payload = new String(body, StandardCharsets.UTF_8);
            return "t=" + epochSecond + ",v1=" + Webhook.Util.computeHmacSha256(secret, epochSecond + "." + payload);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String date(long epochSecond) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(
                Instant.ofEpochSecond(epochSecond).atOffset(ZoneOffset.UTC));
    }

    @Override
    public void close() {
        server.stop();
    }

    /** Answers from the objects; creating a checkout adds one that nobody has paid. */
    private final class Answers implements ResponseDefinitionTransformerV2 {

        @Override
        public String getName() {
            return "objects";
        }

        @Override
        public ResponseDefinition transform(ServeEvent serveEvent) {
            ResponseDefinition stubbed = serveEvent.getResponseDefinition();
            boolean fault = stubbed.getFault() != null || stubbed.getStatus() != 200 || stubbed.getBody() != null;
            return fault ? stubbed : answer(serveEvent.getRequest());
        }

        private ResponseDefinition answer(Request request) {
            String path = request.getUrl().replaceAll("\\?.*", "");
            Map<String, String> query = query(request.getUrl());
            if (request.getMethod().equals(RequestMethod.POST) && path.equals("/v1/checkout/sessions")) {
                return created(query("?" + request.getBodyAsString()));
            }
            String[] parts = path.substring("/v1/".length()).split("/", -1);
            String kind = parts[0].equals("checkout") ? "checkout/sessions" : parts[0];
            String id = parts[parts.length - 1];
            boolean list = path.equals("/v1/" + kind);
            return switch (kind) {
                case "checkout/sessions" -> list ? list(sessions.values(), path, query) : one(sessions.get(id));
                case "refunds" -> list ? list(refunds.values(), path, query) : one(refunds.get(id));
                case "disputes" -> list ? list(disputes.values(), path, query) : one(disputes.get(id));
                case "events" -> list(events.values(), path, query);
                default -> one(null);
            };
        }

        private ResponseDefinition created(Map<String, String> form) {
            String id = "cs_test_" + (sessions.size() + 1);
            Map<String, Object> session = new LinkedHashMap<>();
            Map<String, String> metadata = new TreeMap<>();
            form.forEach((name, value) -> {
                if (name.startsWith("metadata[")) {
                    metadata.put(name.substring(9, name.length() - 1), value);
                }
            });
            long amount = Long.parseLong(form.get("line_items[0][price_data][unit_amount]"));
            session.put("id", id);
            session.put("object", "checkout.session");
            session.put("created", CREATED);
            session.put("livemode", false);
            session.put("mode", form.get("mode"));
            session.put("status", "open");
            session.put("payment_status", "unpaid");
            session.put("payment_intent", paymentOf(id));
            session.put("amount_subtotal", amount);
            session.put("amount_total", amount);
            session.put("currency", form.get("line_items[0][price_data][currency]"));
            session.put("metadata", metadata);
            session.put("success_url", form.getOrDefault("success_url", ""));
            session.put("url", "https://checkout.stripe.test/" + id);
            sessions.put(id, session);
            return one(session);
        }

        private ResponseDefinition one(Map<String, Object> object) {
            return object == null
                    ? response(
                            404, Map.of("error", Map.of("type", "invalid_request_error", "code", "resource_missing")))
                    : response(200, object);
        }

        /** Two to a page, so that paging is always tried. */
        private ResponseDefinition list(
                Collection<Map<String, Object>> objects, String path, Map<String, String> query) {
            Predicate<Map<String, Object>> wanted = object -> true;
            for (String field : List.of("payment_intent", "status")) {
                String value = query.get(field);
                if (value != null) {
                    wanted = wanted.and(object -> value.equals(object.get(field)));
                }
            }
            String since = query.get("created[gte]");
            if (since != null) {
                wanted = wanted.and(object -> (Long) object.get("created") >= Long.parseLong(since));
            }
            List<Map<String, Object>> found =
                    new ArrayList<>(objects.stream().filter(wanted).toList());
            String after = query.get("starting_after");
            if (after != null) {
                int at = found.stream().map(object -> object.get("id")).toList().indexOf(after);
                found = found.subList(at + 1, found.size());
            }
            Map<String, Object> page = new LinkedHashMap<>();
            page.put("object", "list");
            page.put("url", path);
            page.put("has_more", found.size() > 2);
            page.put("data", found.subList(0, Math.min(2, found.size())));
            return response(200, page);
        }

        private ResponseDefinition response(int status, Object body) {
            return new ResponseDefinitionBuilder()
                    .withStatus(status)
                    .withHeader("Content-Type", "application/json")
                    .withHeader("Request-Id", "req_test")
                    .withHeader("Date", date(clock.getAsLong()))
                    .withBody(json(body))
                    .build();
        }

        private static Map<String, String> query(String url) {
            Map<String, String> query = new LinkedHashMap<>();
            int start = url.indexOf('?');
            if (start >= 0) {
                for (String pair : url.substring(start + 1).split("&", -1)) {
                    int equals = pair.indexOf('=');
                    if (equals > 0) {
                        query.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
                    }
                }
            }
            return query;
        }

        private static String decoded(String text) {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        }
    }
}
