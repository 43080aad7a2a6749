package io.hourmeter.servlet;

import io.hourmeter.internal.LicenseKeyText;
import io.hourmeter.internal.ReturnReference;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a refused browser is led: the payment page, by an address that is relative to the one it asked for. So it holds
 * behind a proxy that puts the application under another path, without a setting and without a word of the proxy. With it
 * goes the way back, relative to the page: path and query without the key.
 *
 * <p>A way out of this origin cannot be written: the address begins with {@code ./} or {@code ../}, the page is a setting,
 * and what comes from the request stands percent-encoded in a parameter that the page checks again. Immutable.
 */
final class PaymentRedirect {

    private final String page;
    private final String upFromPage;
    private final String keyParameter;

    /**
     * Leads to a page of this application.
     *
     * @param page {@code payment.page}, a path from the context on
     * @param keyParameter the query parameter that may hold a key; empty for none
     */
    PaymentRedirect(String page, String keyParameter) {
        this.page = page;
        this.upFromPage = up(slashes(page.split("[?#]", 2)[0]) - 1);
        this.keyParameter = keyParameter;
    }

    /** The {@code Location}. */
    String location(HttpServletRequest request) {
        String context = original(request, RequestDispatcher.FORWARD_CONTEXT_PATH, request.getContextPath());
        String path = original(request, RequestDispatcher.FORWARD_REQUEST_URI, request.getRequestURI());
        int slashes = slashes(context);
        String location = up(slashes(path) - slashes - 1) + page.substring(1);
        String back = request.getMethod().equals("GET") ? wayBack(request, path, slashes) : null;
        if (back == null) {
            return location;
        }
        int fragment = location.indexOf('#');
        String before = fragment < 0 ? location : location.substring(0, fragment);
        return before + (before.indexOf('?') < 0 ? "?" : "&") + "return=" + ReturnReference.encoded(back)
                + location.substring(before.length());
    }

    /** What the client asked for, where somebody has forwarded the request since. */
    private static String original(HttpServletRequest request, String attribute, String now) {
        Object first = request.getAttribute(attribute);
        return first instanceof String text ? text : now;
    }

    private @Nullable String wayBack(HttpServletRequest request, String path, int contextSlashes) {
        Object first = request.getAttribute(RequestDispatcher.FORWARD_REQUEST_URI) == null
                ? request.getQueryString()
                : request.getAttribute(RequestDispatcher.FORWARD_QUERY_STRING);
        String query = first instanceof String text ? withoutKey(text) : "";
        String back = upFromPage + below(path, contextSlashes) + (query.isEmpty() ? "" : "?" + query);
        return showsAKey(back) ? null : ReturnReference.own(back);
    }

    /** Wherever else in the address somebody wrote one, as it stands or percent-encoded. */
    private static boolean showsAKey(String back) {
        String plain;
        try {
            plain = URLDecoder.decode(back, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // It is not decoded by anybody else either.
            plain = back;
        }
        return !LicenseKeyText.mask(back).equals(back)
                || !LicenseKeyText.mask(plain).equals(plain);
    }

    /** The path behind as many segments as the context has, without a slash at its beginning. */
    private static String below(String path, int contextSlashes) {
        int start = 0;
        for (int i = 0; i <= contextSlashes; i++) {
            start = path.indexOf('/', start) + 1;
            if (start == 0) {
                return "";
            }
        }
        return path.substring(start);
    }

    private String withoutKey(String query) {
        return Arrays.stream(query.split("&"))
                .filter(pair -> keyParameter.isEmpty()
                        || QueryString.values(pair.indexOf('=') < 0 ? pair + "=" : pair, keyParameter)
                                .isEmpty())
                .collect(Collectors.joining("&"));
    }

    private static String up(int levels) {
        return levels <= 0 ? "./" : "../".repeat(levels);
    }

    private static int slashes(String path) {
        return (int) path.chars().filter(c -> c == '/').count();
    }
}
