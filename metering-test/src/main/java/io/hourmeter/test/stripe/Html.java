package io.hourmeter.test.stripe;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** The pages as text. Everything that comes from elsewhere is escaped. */
final class Html {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    private Html() {}

    static String message(String text) {
        return page(
                "Stand-in for Stripe",
                "<section><p role=\"alert\">" + escaped(text)
                        + "</p><p><a href=\"/\">Dashboard of the stand-in</a></p></section>");
    }

    static String checkout(Sale sale, String alert) {
        String summary = "<section><p class=\"what\">" + escaped(sale.title()) + "</p><p class=\"price\">"
                + escaped(sale.price(sale.amount())) + "</p>"
                + (alert.isEmpty() ? "" : "<p role=\"alert\">" + escaped(alert) + " Try again, or go back.</p>")
                + "</section>";
        if (sale.state() != Sale.State.OPEN) {
            return page(
                    "Checkout",
                    summary + "<section><p>This checkout is complete.</p><p><a href=\"" + escaped(sale.successUrl())
                            + "\">Back to the seller</a></p></section>");
        }
        return page("Checkout", summary + """
                <section>
                  <form method="post">
                    <label>The webhook comes
                      <select name="webhook">
                        <option value="now">at once, as usual</option>
                        <option value="late">5 seconds late</option>
                        <option value="twice">twice at the same time</option>
                        <option value="never">never (the success page or the reconciler must do)</option>
                      </select>
                    </label>
                    <button name="action" value="pay" class="main">Pay (no money moves)</button>
                    <button name="action" value="decline">Card is declined</button>
                    <button name="action" value="cancel">Cancel and go back</button>
                  </form>
                </section>
                <section>
                  <h2>A payment that takes its time, like a bank debit</h2>
                  <form method="post">
                    <label>The bank
                      <select name="bank"><option value="pays">pays</option><option value="refuses">refuses</option></select>
                    </label>
                    <label>after seconds
                      <input name="seconds" type="number" min="0" max="3600" value="10">
                    </label>
                    <button name="action" value="later">Pay later</button>
                  </form>
                </section>
                """);
    }

    static String dashboard(Till till, List<Webhooks.Delivery> deliveries) {
        StringBuilder body = new StringBuilder();
        List<Sale> sales = till.sales();
        body.append("<section><h2>Checkouts</h2>");
        if (sales.isEmpty()) {
            body.append("<p>None yet. Buy hours on the payment page of the application.</p>");
        }
        for (Sale sale : sales) {
            sale(body, till, sale);
        }
        body.append("</section><section><h2>Events that no webhook delivered</h2>");
        List<Event> undelivered =
                till.events().stream().filter(Event::undelivered).toList();
        if (undelivered.isEmpty()) {
            body.append("<p>None.</p>");
        }
        for (Event event : undelivered) {
            body.append("<p>").append(escaped(event.type())).append("</p>");
            action(body, "send", event.id(), "Send now", "");
        }
        body.append("</section><section><h2>Webhooks</h2><ol class=\"log\">");
        for (Webhooks.Delivery delivery : deliveries) {
            body.append("<li>")
                    .append(TIME.format(delivery.at()))
                    .append(' ')
                    .append(escaped(delivery.type()))
                    .append(": ")
                    .append(escaped(delivery.result()))
                    .append("</li>");
        }
        return page("Dashboard", body.append("</ol></section>").toString());
    }

    private static void sale(StringBuilder body, Till till, Sale sale) {
        body.append("<article><h3>")
                .append(escaped(sale.title()))
                .append(", ")
                .append(escaped(sale.price(sale.amount())))
                .append("</h3><p class=\"id\">")
                .append(escaped(sale.id()))
                .append("</p><p>")
                .append(escaped(sale.state().name().toLowerCase(Locale.ROOT)))
                .append("</p>");
        if (sale.state() == Sale.State.OPEN) {
            body.append("<p><a href=\"").append(escaped(sale.url())).append("\">To its payment page</a></p>");
        }
        for (Refund refund : till.refundsOf(sale.id())) {
            body.append("<p>Refund of ")
                    .append(escaped(sale.price(refund.amount())))
                    .append(": ")
                    .append(escaped(refund.status()))
                    .append("</p>");
            if (refund.succeeded()) {
                action(body, "fail-refund", refund.id(), "Let this refund fail", "");
            }
        }
        List<Dispute> disputes = till.disputesOf(sale.id());
        for (Dispute dispute : disputes) {
            body.append("<p>Dispute: ").append(escaped(dispute.status())).append("</p>");
            if (dispute.open()) {
                action(body, "dispute-won", dispute.id(), "Seller wins", "");
                action(body, "dispute-lost", dispute.id(), "Seller loses", "");
            }
        }
        if (sale.state() == Sale.State.PAID) {
            if (till.left(sale) > 0) {
                action(body, "refund", sale.id(), "Refund", """
                        <label>Amount, empty for all <input name="amount" inputmode="decimal" size="8"></label>
                        """);
            }
            if (disputes.isEmpty()) {
                action(body, "dispute", sale.id(), "Customer disputes it", "");
            }
        }
        body.append("</article>");
    }

    private static void action(StringBuilder body, String action, String id, String label, String fields) {
        body.append("<form method=\"post\" action=\"/act\"><input type=\"hidden\" name=\"id\" value=\"")
                .append(escaped(id))
                .append("\">")
                .append(fields)
                .append("<button name=\"action\" value=\"")
                .append(action)
                .append("\">")
                .append(label)
                .append("</button></form>");
    }

    private static String page(String title, String body) {
        return """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s: stand-in for Stripe</title>
                <link rel="stylesheet" href="/standin.css">
                </head>
                <body>
                <header><strong>Stand-in for Stripe: no money moves</strong><a href="/">Dashboard</a></header>
                <main><h1>%s</h1>%s</main>
                </body>
                </html>
                """.formatted(escaped(title), escaped(title), body);
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
