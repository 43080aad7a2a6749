package io.hourmeter.stripe.web;

import io.hourmeter.Balance;
import io.hourmeter.Hours;
import io.hourmeter.internal.AcceptHeader;
import io.hourmeter.stripe.Fulfilled;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a customer sees on the way back from Stripe. A script leads on, or asks
 * again; without one the page itself does, which somebody who reads slowly cannot stop.
 * A program that prefers JSON gets the same as JSON.
 */
final class ReturnPage {

    /** Long enough to read what it says, short enough not to wait. */
    private static final int LEAD_ON_SECONDS = 5;

    /** How often a page asks again where the hours are. */
    private static final int ASK_AGAIN_SECONDS = 3;

    /** Members of the JSON answer that the page has as well. Hours are told in words there. */
    private static final List<String> SHOWN_TO_SCRIPTS = List.of("state", "again", "next");

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z_]+)}}");

    private final String template = Page.text("return.html");

    /** Where the purchase stands. */
    void success(HttpServletRequest request, HttpServletResponse response, Purchases.Outcome outcome, String leadsTo)
            throws IOException {
        Purchases.Outcome.State state = outcome.state();
        response.setStatus(state.status);
        if (state == Purchases.Outcome.State.UNAVAILABLE) {
            response.setHeader("Retry-After", Integer.toString(ASK_AGAIN_SECONDS));
        }
        Map<String, Object> members = members(outcome, leadsTo);
        // Browsers that navigate name text/html; the page's own script asks for JSON alone.
        if (AcceptHeader.isForJsonAlone(request.getHeaders("Accept"))) {
            Replies.json(response, members);
            return;
        }
        String refresh = "";
        if (state == Purchases.Outcome.State.CREDITED) {
            refresh = LEAD_ON_SECONDS + "; url=" + leadsTo;
        } else if (state.passes()) {
            refresh = Integer.toString(ASK_AGAIN_SECONDS);
        }
        write(response, members, title(state).text(), refresh);
    }

    /** The customer turned back: nothing was paid. */
    void cancel(HttpServletResponse response, String leadsTo) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("state", "cancelled");
        members.put("next", leadsTo);
        members.put("message", CustomerText.CANCELLED.text());
        write(response, members, CustomerText.CANCELLED_TITLE.text(), "");
    }

    private static Map<String, Object> members(Purchases.Outcome outcome, String leadsTo) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("state", outcome.state().name().toLowerCase(Locale.ROOT));
        Fulfilled fulfilled = outcome.fulfilled();
        if (fulfilled != null && fulfilled.credited()) {
            members.put("hours_added", Hours.ofMillis(fulfilled.millis()));
            if (fulfilled.collectedMillis() > 0) {
                members.put("collected_hours", Hours.ofMillis(fulfilled.collectedMillis()));
            }
            Balance balance = outcome.balance();
            if (balance != null) {
                members.put("hours_remaining", Hours.ofMillis(balance.remainingMillis()));
            }
        }
        members.put("again", outcome.state().passes());
        members.put("next", leadsTo);
        members.put("message", message(outcome));
        return members;
    }

    private static CustomerText title(Purchases.Outcome.State state) {
        return switch (state) {
            case CREDITED -> CustomerText.CREDITED_TITLE;
            case PENDING, HOURS_FOLLOW -> CustomerText.PENDING_TITLE;
            case NOT_PAID -> CustomerText.NOT_PAID_TITLE;
            case REFUSED -> CustomerText.REFUSED_TITLE;
            case UNKNOWN -> CustomerText.UNKNOWN_TITLE;
            case UNAVAILABLE -> CustomerText.UNAVAILABLE_TITLE;
        };
    }

    private static String message(Purchases.Outcome outcome) {
        return switch (outcome.state()) {
            case CREDITED -> credited(outcome);
            case PENDING -> CustomerText.PENDING.text();
            case HOURS_FOLLOW -> CustomerText.HOURS_FOLLOW.text();
            case NOT_PAID -> CustomerText.NOT_PAID.text();
            case REFUSED -> CustomerText.REFUSED.text();
            case UNKNOWN -> CustomerText.UNKNOWN.text();
            case UNAVAILABLE -> CustomerText.UNAVAILABLE.text();
        };
    }

    private static String credited(Purchases.Outcome outcome) {
        Fulfilled fulfilled = outcome.fulfilled();
        Balance balance = outcome.balance();
        return (fulfilled == null
                        ? CustomerText.CREDITED.text()
                        : CustomerText.credited(fulfilled.millis())
                                + CustomerText.collected(fulfilled.collectedMillis()))
                + (balance == null ? "" : CustomerText.newBalance(balance.remainingMillis()));
    }

    private void write(HttpServletResponse response, Map<String, Object> members, String title, String refresh)
            throws IOException {
        StringBuilder data = new StringBuilder();
        for (String name : SHOWN_TO_SCRIPTS) {
            if (members.containsKey(name)) {
                data.append(" data-").append(name).append("=\"");
                data.append(escaped(String.valueOf(members.get(name)))).append('"');
            }
        }
        Map<String, String> values = Map.of(
                "title", escaped(title),
                "message", escaped(String.valueOf(members.get("message"))),
                "next", escaped(String.valueOf(members.get("next"))),
                "data", data.toString(),
                "refresh",
                        refresh.isEmpty()
                                ? ""
                                : "<noscript><meta http-equiv=\"refresh\" content=\"" + escaped(refresh)
                                        + "\"></noscript>");
        Matcher matcher = PLACEHOLDER.matcher(template);
        String html = matcher.replaceAll(
                found -> Matcher.quoteReplacement(values.getOrDefault(found.group(1), found.group())));
        Replies.body(response, "text/html;charset=utf-8", html.getBytes(StandardCharsets.UTF_8));
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
