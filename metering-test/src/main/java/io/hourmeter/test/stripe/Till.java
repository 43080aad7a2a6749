package io.hourmeter.test.stripe;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that the stand-in knows: sessions, refunds, disputes and events, in memory only, the oldest forgotten first.
 * Thread-safe; every method is one step.
 */
final class Till {

    /** An afternoon of clicking, or a long test. */
    private static final int MOST_OBJECTS = 1_000;

    private static final int MOST_EVENTS = 5 * MOST_OBJECTS;

    private static final String ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
    private static final int ID_LENGTH = 24;

    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Sale> sales = bounded(MOST_OBJECTS);
    private final Map<String, Refund> refunds = bounded(MOST_OBJECTS);
    private final Map<String, Dispute> disputes = bounded(MOST_OBJECTS);
    private final Map<String, Event> events = bounded(MOST_EVENTS);

    Till(InstantSource clock) {
        this.clock = clock;
    }

    private static <T> Map<String, T> bounded(int most) {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
                return size() > most;
            }
        };
    }

    /** Opens a session; within one idempotency key the same one again. */
    synchronized Sale open(Map<String, String> form, String idempotencyKey, String baseUrl) throws RefusedCall {
        for (Sale sale : sales.values()) {
            if (!idempotencyKey.isEmpty() && sale.idempotencyKey().equals(idempotencyKey)) {
                if (!sale.form().equals(form)) {
                    throw new RefusedCall(
                            400, "idempotency_error", "", "The idempotency key was used with other parameters");
                }
                return sale;
            }
        }
        String item = "line_items[0][price_data]";
        String amount = form.getOrDefault(item + "[unit_amount]", "");
        String currency = form.getOrDefault(item + "[currency]", "");
        if (!amount.matches("[0-9]{1,8}") || !currency.matches("[a-z]{3}")) {
            throw RefusedCall.invalid("line_items must have one item with a unit_amount and a currency");
        }
        if (!"payment".equals(form.get("mode"))) {
            throw RefusedCall.invalid("mode must be payment");
        }
        for (String url : List.of("success_url", "cancel_url")) {
            if (!form.getOrDefault(url, "").matches("https?://[^\\s\\p{Cntrl}]+")) {
                throw RefusedCall.invalid(url + " must be an http or https address");
            }
        }
        String id = "cs_test_" + id();
        Sale sale = new Sale(
                id,
                "pi_" + id(),
                now(),
                Long.parseLong(amount),
                currency,
                form.getOrDefault(item + "[product_data][name]", ""),
                idempotencyKey,
                Map.copyOf(form),
                Sale.State.OPEN,
                baseUrl);
        sales.put(id, sale);
        return sale;
    }

    /** The customer pays at once. */
    synchronized Event pay(String saleId) throws RefusedCall {
        return event("checkout.session.completed", move(saleId, Sale.State.OPEN, Sale.State.PAID));
    }

    /** The customer pays in a way that takes days at a bank. */
    synchronized Event payLater(String saleId) throws RefusedCall {
        return event("checkout.session.completed", move(saleId, Sale.State.OPEN, Sale.State.PROCESSING));
    }

    /** The bank has paid, or has not. */
    synchronized Event bankAnswers(String saleId, boolean pays) throws RefusedCall {
        return pays
                ? event(
                        "checkout.session.async_payment_succeeded",
                        move(saleId, Sale.State.PROCESSING, Sale.State.PAID))
                : event(
                        "checkout.session.async_payment_failed",
                        move(saleId, Sale.State.PROCESSING, Sale.State.FAILED));
    }

    private Sale move(String saleId, Sale.State from, Sale.State to) throws RefusedCall {
        Sale sale = sale(saleId);
        if (sale.state() != from) {
            throw RefusedCall.invalid("This checkout is complete already");
        }
        Sale moved = sale.in(to);
        sales.put(saleId, moved);
        return moved;
    }

    /** Money goes back: {@code amount} in minor units, or what is left of the payment. */
    synchronized Event refund(String saleId, @Nullable Long amount) throws RefusedCall {
        Sale sale = paid(saleId);
        long left = left(sale);
        long back = amount == null ? left : amount;
        if (back < 1 || back > left) {
            throw RefusedCall.invalid("At most " + sale.price(left) + " can be refunded");
        }
        Refund refund = new Refund("re_" + id(), saleId, sale.payment(), now(), back, sale.currency(), "succeeded");
        refunds.put(refund.id(), refund);
        return event("refund.created", refund);
    }

    synchronized long left(Sale sale) {
        long refunded = refundsOf(sale.id()).stream()
                .filter(Refund::succeeded)
                .mapToLong(Refund::amount)
                .sum();
        return sale.amount() - refunded;
    }

    /** The customer's account was closed, and the money returned to the seller. */
    synchronized Event failRefund(String refundId) throws RefusedCall {
        Refund refund = refunds.get(refundId);
        if (refund == null || !refund.succeeded()) {
            throw RefusedCall.invalid("There is no such refund that could fail");
        }
        Refund failed = refund.failed();
        refunds.put(refundId, failed);
        return event("refund.failed", failed);
    }

    synchronized Event dispute(String saleId) throws RefusedCall {
        Sale sale = paid(saleId);
        if (!disputesOf(saleId).isEmpty()) {
            throw RefusedCall.invalid("This payment has been disputed already");
        }
        Dispute dispute =
                new Dispute("du_" + id(), saleId, sale.payment(), now(), sale.amount(), sale.currency(), Dispute.OPEN);
        disputes.put(dispute.id(), dispute);
        return event("charge.dispute.created", dispute);
    }

    synchronized Event closeDispute(String disputeId, boolean won) throws RefusedCall {
        Dispute dispute = disputes.get(disputeId);
        if (dispute == null || !dispute.open()) {
            throw RefusedCall.invalid("There is no such open dispute");
        }
        Dispute closed = dispute.closed(won);
        disputes.put(disputeId, closed);
        return event("charge.dispute.closed", closed);
    }

    synchronized void delivered(String eventId) {
        events.computeIfPresent(eventId, (id, event) -> event.delivered());
    }

    synchronized Sale sale(String id) throws RefusedCall {
        return known(sales, id);
    }

    synchronized Dispute knownDispute(String id) throws RefusedCall {
        return known(disputes, id);
    }

    synchronized Event knownEvent(String id) throws RefusedCall {
        return known(events, id);
    }

    synchronized List<Sale> sales() {
        return newestFirst(sales.values());
    }

    synchronized List<Refund> refunds() {
        return newestFirst(refunds.values());
    }

    synchronized List<Dispute> disputes() {
        return newestFirst(disputes.values());
    }

    synchronized List<Event> events() {
        return newestFirst(events.values());
    }

    synchronized List<Refund> refundsOf(String saleId) {
        return refunds().stream()
                .filter(refund -> refund.saleId().equals(saleId))
                .toList();
    }

    synchronized List<Dispute> disputesOf(String saleId) {
        return disputes().stream()
                .filter(dispute -> dispute.saleId().equals(saleId))
                .toList();
    }

    private Sale paid(String saleId) throws RefusedCall {
        Sale sale = sale(saleId);
        if (sale.state() != Sale.State.PAID) {
            throw RefusedCall.invalid("This checkout is not paid");
        }
        return sale;
    }

    private static <T> T known(Map<String, T> objects, String id) throws RefusedCall {
        T object = objects.get(id);
        if (object == null) {
            throw RefusedCall.missing();
        }
        return object;
    }

    private static <T> List<T> newestFirst(Collection<T> inOrder) {
        List<T> list = new ArrayList<>(inOrder);
        Collections.reverse(list);
        return list;
    }

    private Event event(String type, StripeObject object) {
        Event event = new Event("evt_" + id(), now(), type, object.json(), true);
        events.put(event.id(), event);
        return event;
    }

    private String id() {
        StringBuilder id = new StringBuilder(ID_LENGTH);
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return id.toString();
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
