package io.hourmeter.test.stripe;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What people see and click: the payment page of a checkout, and the dashboard. */
final class Pages {

    /** Stripe's Checkout waits so long for the webhook's answer before it leads back. */
    private static final Duration CHECKOUT_WAIT = Duration.ofSeconds(10);

    /** Long enough for the success page to be first. */
    private static final Duration LATE = Duration.ofSeconds(5);

    private static final int LONGEST_BANK_SECONDS = 3_600;
    private static final String HTML = "text/html;charset=utf-8";
    private static final String PAY = "/pay/";
    private static final String CSS = Http.resource("standin.css");

    private final Till till;
    private final Webhooks webhooks;

    Pages(Till till, Webhooks webhooks) {
        this.till = till;
        this.webhooks = webhooks;
    }

    void handle(HttpExchange exchange) throws IOException {
        // A form must say where it comes from, so its page may send a referrer to its own origin.
        exchange.getResponseHeaders().set("Referrer-Policy", "same-origin");
        exchange.getResponseHeaders()
                .set(
                        "Content-Security-Policy",
                        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'");
        try {
            route(exchange);
        } catch (RefusedCall e) {
            Http.answer(exchange, e.status, HTML, Html.message(String.valueOf(e.getMessage())));
        }
    }

    private void route(HttpExchange exchange) throws IOException, RefusedCall {
        String path = exchange.getRequestURI().getPath();
        boolean post = exchange.getRequestMethod().equals("POST");
        if (path.startsWith(PAY)) {
            Sale sale = till.sale(path.substring(PAY.length()));
            if (post) {
                decide(exchange, sale, Http.form(exchange));
            } else {
                Http.answer(exchange, 200, HTML, Html.checkout(sale, ""));
            }
        } else if (path.equals("/act") && post) {
            act(Http.form(exchange));
            Http.leadTo(exchange, "/");
        } else if (path.equals("/") && !post) {
            Http.answer(exchange, 200, HTML, Html.dashboard(till, webhooks.deliveries()));
        } else if (path.equals("/standin.css") && !post) {
            Http.answer(exchange, 200, "text/css;charset=utf-8", CSS);
        } else {
            throw new RefusedCall(404, "invalid_request_error", "", "There is no such page.");
        }
    }

    private void decide(HttpExchange exchange, Sale sale, Map<String, String> form) throws IOException, RefusedCall {
        switch (form.getOrDefault("action", "")) {
            case "pay" -> {
                tell(till.pay(sale.id()), form);
                Http.leadTo(exchange, sale.successUrl());
            }
            case "later" -> {
                int seconds = seconds(form);
                boolean pays = !"refuses".equals(form.get("bank"));
                tell(till.payLater(sale.id()), form);
                webhooks.after(Duration.ofSeconds(seconds), () -> bankAnswers(sale.id(), pays));
                Http.leadTo(exchange, sale.successUrl());
            }
            case "decline" -> Http.answer(exchange, 200, HTML, Html.checkout(sale, "The card was declined."));
            case "cancel" -> Http.leadTo(exchange, sale.cancelUrl());
            default -> throw RefusedCall.invalid("action must be pay, later, decline or cancel");
        }
    }

    private static int seconds(Map<String, String> form) throws RefusedCall {
        String text = form.getOrDefault("seconds", "10");
        if (!text.matches("[0-9]{1,4}") || Integer.parseInt(text) > LONGEST_BANK_SECONDS) {
            throw RefusedCall.invalid("seconds must be a whole number from 0 to " + LONGEST_BANK_SECONDS);
        }
        return Integer.parseInt(text);
    }

    private void bankAnswers(String saleId, boolean pays) {
        try {
            sendNow(till.bankAnswers(saleId, pays));
        } catch (RefusedCall e) {
            throw new IllegalStateException("only this call ends the wait of " + saleId, e);
        }
    }

    /** Sends the webhook of a checkout in the way that was asked for, and waits for it as Stripe's Checkout does. */
    private void tell(Event event, Map<String, String> form) {
        switch (form.getOrDefault("webhook", "now")) {
            case "late" -> {
                CompletableFuture<Void> unused = webhooks.send(event, LATE);
            }
            case "never" -> {
                // Stays undelivered, until the reconciler asks or the dashboard sends it.
            }
            case "twice" ->
                await(CompletableFuture.allOf(
                        webhooks.send(event, Duration.ZERO), webhooks.send(event, Duration.ZERO)));
            default -> await(webhooks.send(event, Duration.ZERO));
        }
    }

    private static void await(CompletableFuture<Void> sent) {
        try {
            sent.get(CHECKOUT_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return; // the customer is led back without it
        } catch (ExecutionException e) {
            throw new IllegalStateException("a delivery only ever completes", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sendNow(Event event) {
        CompletableFuture<Void> unused = webhooks.send(event, Duration.ZERO);
    }

    private void act(Map<String, String> form) throws RefusedCall {
        String id = form.getOrDefault("id", "");
        Event event = switch (form.getOrDefault("action", "")) {
            case "refund" -> till.refund(id, amount(till.sale(id), form.getOrDefault("amount", "")));
            case "fail-refund" -> till.failRefund(id);
            case "dispute" -> till.dispute(id);
            case "dispute-won" -> till.closeDispute(id, true);
            case "dispute-lost" -> till.closeDispute(id, false);
            case "send" -> till.knownEvent(id);
            default -> throw RefusedCall.invalid("There is no such action");
        };
        await(webhooks.send(event, Duration.ZERO));
    }

    /** Minor units; null for all that is left. */
    private static @Nullable Long amount(Sale sale, String text) throws RefusedCall {
        if (text.isBlank()) {
            return null;
        }
        String plain = text.strip();
        if (!plain.matches("[0-9]{1,8}(\\.[0-9]{1,3})?")) {
            throw RefusedCall.invalid("An amount is a number like 12.50");
        }
        try {
            return new BigDecimal(plain).movePointRight(sale.decimals()).longValueExact();
        } catch (ArithmeticException e) {
            throw RefusedCall.invalid("The currency has " + sale.decimals() + " decimals");
        }
    }
}
