package io.hourmeter.stripe;

import com.stripe.Stripe;
import com.stripe.StripeClient;
import com.stripe.exception.StripeException;
import com.stripe.model.Dispute;
import com.stripe.model.Event;
import com.stripe.model.HasId;
import com.stripe.model.Refund;
import com.stripe.model.StripeCollection;
import com.stripe.model.checkout.Session;
import com.stripe.net.RequestOptions;
import com.stripe.net.StripeResponse;
import com.stripe.param.DisputeListParams;
import com.stripe.param.EventListParams;
import com.stripe.param.RefundListParams;
import com.stripe.param.checkout.SessionCreateParams;
import com.stripe.param.checkout.SessionListParams;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls of Stripe's API that selling hours takes. Each throws {@link PaymentException}. Thread-safe. */
final class StripeApi {

    private static final Logger LOG = LoggerFactory.getLogger(StripeApi.class);

    /**
     * An answer to a waiting webhook: Checkout keeps the customer waiting for it for 10 s at most, of which the license
     * server may need {@code license.server.timeout}.
     */
    static final Duration PROMPT = Duration.ofSeconds(6);

    /** Nobody waits, or somebody who has just clicked and sees that something happens. */
    static final Duration PATIENT = Duration.ofSeconds(20);

    private static final long PAGE = 100;

    /** 10,000 objects in one listing; more are left to the next run, with a warning. */
    private static final int MOST_PAGES = 100;

    /** {@code cs_live_} and eight random characters. */
    private static final int SHOWN = 16;

    private static final Pattern SESSION_ID = Pattern.compile("cs_[A-Za-z0-9_-]{1,250}");
    private static final Pattern OBJECT_ID = Pattern.compile("[A-Za-z0-9]{2,10}_[A-Za-z0-9_-]{1,250}");

    static {
        // The library would write a file into the home directory and send latencies along.
        Stripe.enableTelemetry = false;
    }

    private final StripeClient client;
    private final StripeCalls calls;
    private final InstantSource clock;

    /** {@code clock}: stands in where an answer does not say when it was given. */
    StripeApi(String secretKey, String base, StripeCalls calls, InstantSource clock) {
        StripeClient.StripeClientBuilder builder =
                StripeClient.builder().setApiKey(secretKey).setMaxNetworkRetries(0);
        if (!base.isEmpty()) {
            builder.setApiBase(base);
        }
        this.client = builder.build();
        this.calls = calls;
        this.clock = clock;
    }

    /**
     * What Stripe answered, and when by its own clock: of two answers about one object the later one counts, whichever is
     * handled last.
     *
     * @param object the answer
     * @param epochSecond of the header {@code Date}
     * @param <T> what it is about
     */
    record Dated<T>(T object, long epochSecond) {}

    static boolean isSessionId(String text) {
        return SESSION_ID.matcher(text).matches();
    }

    /** Guards paths: with an empty id Stripe's library would ask for a list and parse it as an object. */
    static boolean isObjectId(String text) {
        return OBJECT_ID.matcher(text).matches();
    }

    /** A text with the ids of sessions as a log shows them. */
    static String withoutSessionIds(String text) {
        return SESSION_ID.matcher(text).replaceAll(id -> Matcher.quoteReplacement(shortened(id.group())));
    }

    /** A session's id as a log shows it: enough to find it, and less than the link back to it has. */
    static String shortened(String sessionId) {
        return sessionId.length() <= SHOWN ? sessionId : sessionId.substring(0, SHOWN) + "…";
    }

    /**
     * A list as a map from its indexes. Stripe's library writes the indexes of a list in the digits of the default locale,
     * and under Arabic ones Stripe would not find the line items.
     */
    static Map<String, Object> indexed(List<?> list) {
        Map<String, Object> indexed = new LinkedHashMap<>();
        list.forEach(item -> indexed.put(Integer.toString(indexed.size()), item));
        return indexed;
    }

    /** Creates a session; repeating the call within one {@code idempotencyKey} creates one. */
    Session create(SessionCreateParams params, String idempotencyKey) {
        return calls.call("creating a checkout", PATIENT, (options, repeated) -> {
            Session session = client.v1()
                    .checkout()
                    .sessions()
                    .create(
                            params,
                            options.setIdempotencyKey(idempotencyKey + (repeated ? "-r1" : ""))
                                    .build());
            return session != null && session.getId() != null && session.getUrl() != null ? session : null;
        });
    }

    Session session(String id, Duration limit) {
        return calls.call("reading a checkout", limit, (options, repeated) -> {
            Session session = client.v1().checkout().sessions().retrieve(id, options.build());
            return session != null && id.equals(session.getId()) ? session : null;
        });
    }

    /** The session that a payment belongs to; null when it has none. */
    @Nullable Session sessionOf(String paymentIntent) {
        SessionListParams params = SessionListParams.builder()
                .setPaymentIntent(paymentIntent)
                .setLimit(1L)
                .build();
        List<Session> found = first(
                "looking for the checkout of a payment",
                options -> client.v1().checkout().sessions().list(params, options));
        return found.isEmpty() ? null : found.get(0);
    }

    List<Refund> refundsOf(String paymentIntent) {
        return all(
                "reading the refunds of a payment",
                (after, options) -> client.v1()
                        .refunds()
                        .list(
                                RefundListParams.builder()
                                        .setPaymentIntent(paymentIntent)
                                        .setLimit(PAGE)
                                        .setStartingAfter(after)
                                        .build(),
                                options));
    }

    Dated<Dispute> dispute(String id) {
        Dispute found = calls.call("reading a dispute", PATIENT, (options, repeated) -> {
            Dispute dispute = client.v1().disputes().retrieve(id, options.build());
            return dispute != null && id.equals(dispute.getId()) ? dispute : null;
        });
        return new Dated<>(found, answeredAt(found.getLastResponse()));
    }

    private long answeredAt(@Nullable StripeResponse response) {
        Optional<String> date =
                response == null ? Optional.empty() : response.headers().firstValue("Date");
        try {
            return date.map(text -> DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from))
                    .orElseGet(clock::instant)
                    .getEpochSecond();
        } catch (DateTimeException e) {
            return clock.instant().getEpochSecond();
        }
    }

    List<Session> completedSessions(Instant since) {
        return all(
                "listing checkouts",
                (after, options) -> client.v1()
                        .checkout()
                        .sessions()
                        .list(
                                SessionListParams.builder()
                                        .setStatus(SessionListParams.Status.COMPLETE)
                                        .setCreated(SessionListParams.Created.builder()
                                                .setGte(since.getEpochSecond())
                                                .build())
                                        .setLimit(PAGE)
                                        .setStartingAfter(after)
                                        .build(),
                                options));
    }

    List<Refund> refunds(Instant since) {
        return all(
                "listing refunds",
                (after, options) -> client.v1()
                        .refunds()
                        .list(
                                RefundListParams.builder()
                                        .setCreated(RefundListParams.Created.builder()
                                                .setGte(since.getEpochSecond())
                                                .build())
                                        .setLimit(PAGE)
                                        .setStartingAfter(after)
                                        .build(),
                                options));
    }

    List<Dispute> disputes(Instant since) {
        return all(
                "listing disputes",
                (after, options) -> client.v1()
                        .disputes()
                        .list(
                                DisputeListParams.builder()
                                        .setCreated(DisputeListParams.Created.builder()
                                                .setGte(since.getEpochSecond())
                                                .build())
                                        .setLimit(PAGE)
                                        .setStartingAfter(after)
                                        .build(),
                                options));
    }

    /** Events of these types that Stripe could not deliver to every endpoint. */
    List<Event> undeliveredEvents(Instant since, List<String> types) {
        return all(
                "listing undelivered events",
                (after, options) -> client.v1()
                        .events()
                        .list(
                                EventListParams.builder()
                                        .putExtraParam("types", indexed(types))
                                        .setDeliverySuccess(false)
                                        .setCreated(EventListParams.Created.builder()
                                                .setGte(since.getEpochSecond())
                                                .build())
                                        .setLimit(PAGE)
                                        .setStartingAfter(after)
                                        .build(),
                                options));
    }

    private interface Page<T extends HasId> {
        @Nullable StripeCollection<T> after(@Nullable String last, RequestOptions options) throws StripeException;
    }

    private interface Single<T extends HasId> {
        @Nullable StripeCollection<T> get(RequestOptions options) throws StripeException;
    }

    private <T extends HasId> List<T> first(String what, Single<T> call) {
        return calls.call(what, PATIENT, (options, repeated) -> {
            StripeCollection<T> page = call.get(options.build());
            return page == null ? null : page.getData();
        });
    }

    /** Pages by hand: the library's own iterator would call outside of {@link StripeCalls}. */
    private <T extends HasId> List<T> all(String what, Page<T> call) {
        List<T> all = new ArrayList<>();
        @Nullable String last = null;
        for (int pages = 0; pages < MOST_PAGES; pages++) {
            String after = last;
            StripeCollection<T> page = calls.call(what, PATIENT, (options, repeated) -> {
                StripeCollection<T> answer = call.after(after, options.build());
                return answer == null || answer.getData() == null ? null : answer;
            });
            all.addAll(page.getData());
            if (!Boolean.TRUE.equals(page.getHasMore()) || page.getData().isEmpty()) {
                return all;
            }
            last = page.getData().get(page.getData().size() - 1).getId();
        }
        LOG.warn("Stripe: {} stopped at {} objects; the rest follows in a later run", what, all.size());
        return all;
    }
}
