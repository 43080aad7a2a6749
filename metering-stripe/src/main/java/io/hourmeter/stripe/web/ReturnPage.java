package io.hourmeter.stripe.web;

import io.hourmeter.Balance;
import io.hourmeter.Hours;
import io.hourmeter.stripe.Fulfilled;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a customer sees on the way back from Stripe. Works without a script: the page itself leads on, or asks again.
 * A program that prefers JSON gets the same as JSON.
 */
final class ReturnPage {

    /** Long enough to read what it says, short enough not to wait. */
    private static final int LEAD_ON_SECONDS = 5;

    /** How often a page asks again where the hours are. */
    private static final int ASK_AGAIN_SECONDS = 3;

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z_]+)}}");

    private final String template = Page.text("return.html");

    /** Where the purchase stands. */
    void success(HttpServletRequest request, HttpServletResponse response, Payments.Outcome outcome, String leadsTo)
            throws IOException {
        Payments.Outcome.State state = outcome.state();
        response.setStatus(state.status);
        if (state == Payments.Outcome.State.UNAVAILABLE) {
            response.setHeader("Retry-After", Integer.toString(ASK_AGAIN_SECONDS));
        }
        Map<String, Object> members = members(outcome, leadsTo);
        if (prefersJson(request)) {
            Replies.json(response, members);
            return;
        }
        String refresh = "";
        if (state == Payments.Outcome.State.CREDITED) {
            refresh = LEAD_ON_SECONDS + "; url=" + leadsTo;
        } else if (state.passes()) {
            refresh = Integer.toString(ASK_AGAIN_SECONDS);
        }
        write(response, members, title(state), message(outcome), refresh);
    }

    /** The customer turned back: nothing was paid. */
    void cancel(HttpServletResponse response, String leadsTo) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("state", "cancelled");
        members.put("next", leadsTo);
        write(response, members, "Nothing was bought", "You turned back, and nothing was charged.", "");
    }

    private static Map<String, Object> members(Payments.Outcome outcome, String leadsTo) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("state", outcome.state().name().toLowerCase(Locale.ROOT));
        Fulfilled fulfilled = outcome.fulfilled();
        if (fulfilled != null && fulfilled.credited()) {
            members.put("hours_added", Hours.ofMillis(fulfilled.millis()));
            Balance balance = fulfilled.balance();
            if (balance != null) {
                members.put("hours_remaining", Hours.ofMillis(balance.remainingMillis()));
            }
        }
        members.put("again", outcome.state().passes());
        members.put("next", leadsTo);
        if (!outcome.detail().isEmpty()) {
            members.put("detail", outcome.detail());
        }
        return members;
    }

    private static String title(Payments.Outcome.State state) {
        return switch (state) {
            case CREDITED -> "Thank you";
            case PENDING, HOURS_FOLLOW -> "Your hours are on their way";
            case NOT_PAID -> "Not paid";
            case REFUSED -> "This purchase needs a look";
            case UNKNOWN -> "No such purchase";
            case UNAVAILABLE -> "One moment";
        };
    }

    private static String message(Payments.Outcome outcome) {
        return switch (outcome.state()) {
            case CREDITED -> credited(outcome.fulfilled());
            case PENDING -> "Your bank has not confirmed the payment yet. The hours follow by themselves when it does.";
            case HOURS_FOLLOW -> "Your payment has arrived. The hours follow by themselves within minutes.";
            case NOT_PAID -> "This purchase is not paid, and nothing was charged.";
            case REFUSED -> "No hours were added, because this is not what was ordered. The operator has been told.";
            case UNKNOWN -> "There is no purchase at this address.";
            case UNAVAILABLE ->
                "It cannot be seen at the moment whether this is paid. Nothing is lost. (" + outcome.detail() + ")";
        };
    }

    private static String credited(@Nullable Fulfilled fulfilled) {
        if (fulfilled == null) {
            return "The hours were added.";
        }
        String text = Hours.format(fulfilled.millis()) + " hours were added.";
        Balance balance = fulfilled.balance();
        return balance == null
                ? text
                : text + " Your balance was then " + Hours.format(balance.remainingMillis()) + " hours.";
    }

    private void write(
            HttpServletResponse response, Map<String, Object> members, String title, String message, String refresh)
            throws IOException {
        StringBuilder data = new StringBuilder();
        members.forEach((name, value) -> data.append(" data-")
                .append(name.replace('_', '-'))
                .append("=\"")
                .append(escaped(String.valueOf(value)))
                .append('"'));
        Map<String, String> values = Map.of(
                "title", escaped(title),
                "message", escaped(message),
                "next", escaped(String.valueOf(members.get("next"))),
                "data", data.toString(),
                "refresh",
                        refresh.isEmpty() ? "" : "<meta http-equiv=\"refresh\" content=\"" + escaped(refresh) + "\">");
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

    /** Browsers that navigate name {@code text/html}; the page's own script asks for JSON alone. */
    private static boolean prefersJson(HttpServletRequest request) {
        String accept =
                String.join(",", Collections.list(request.getHeaders("Accept"))).toLowerCase(Locale.ROOT);
        return accept.contains("application/json") && !accept.contains("text/html");
    }
}
