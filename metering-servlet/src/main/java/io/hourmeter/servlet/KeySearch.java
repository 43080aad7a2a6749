package io.hourmeter.servlet;

import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import io.hourmeter.internal.BearerKey;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Enumeration;
import java.util.Set;

/**
 * Looks for the license key of a request: header, bearer token, cookie and query parameter, then form field, then JSON
 * body field. The first that is there counts. What the first four say must agree, since whoever reads the request next
 * may pick another one. A text that is blank is not there; a text that is no key is, and is refused later.
 *
 * <p>What the container cannot read (a broken cookie, a broken form) carries no key. Immutable.
 */
final class KeySearch {

    private static final Cookie[] NO_COOKIES = {};

    /** Of requests that may carry a form. */
    private static final Set<String> FORM_METHODS = Set.of("POST", "PUT", "PATCH");

    private final String header;
    private final String cookie;
    private final String parameter;
    private final String bodyField;
    private final boolean required;

    KeySearch(MeteringConfig config) {
        header = config.get(Settings.LICENSE_HEADER);
        cookie = config.get(Settings.LICENSE_COOKIE);
        parameter = config.get(Settings.LICENSE_PARAMETER);
        bodyField = config.get(Settings.LICENSE_BODY_FIELD);
        required = config.get(Settings.LICENSE_REQUIRED);
    }

    /** Looks where nothing has to be waited for. */
    void find(HttpServletRequest request, FoundKey found) {
        headers(request, found);
        cookies(request, found);
        if (!parameter.isEmpty()) {
            QueryString.values(request.getQueryString(), parameter).forEach(found::add);
        }
    }

    /**
     * Looks into the body, when nothing else has a key.
     *
     * @param request nobody has read its body, unless it has a reader already
     * @param response handed to asynchronous contexts that the application starts without naming one
     * @param found takes what is found, and the request that the application shall see
     * @param turn says how long the body may be waited for
     */
    void findInBody(HttpServletRequest request, HttpServletResponse response, FoundKey found, BodyWaits.Turn turn) {
        if (required && !parameter.isEmpty() && isForm(request)) {
            form(request, response, found, turn);
        } else if (!bodyField.isEmpty()) {
            PeekedRequest peeked = BodyPeek.peekJson(request, response, turn);
            if (peeked != null) {
                found.goOnWith(peeked);
                peeked.texts(bodyField).forEach(found::add);
            }
        }
    }

    private void headers(HttpServletRequest request, FoundKey found) {
        if (!header.isEmpty()) {
            for (Enumeration<String> values = request.getHeaders(header); values.hasMoreElements(); ) {
                found.addAll(values.nextElement());
            }
        }
        for (Enumeration<String> values = request.getHeaders("Authorization"); values.hasMoreElements(); ) {
            BearerKey.in(values.nextElement()).ifPresent(key -> found.add(key.text()));
        }
    }

    private void cookies(HttpServletRequest request, FoundKey found) {
        if (cookie.isEmpty()) {
            return;
        }
        for (Cookie each : cookiesOf(request)) {
            if (each.getName().equals(cookie)) {
                found.add(each.getValue());
            }
        }
    }

    /** The cookies of a request; none when the container cannot read them. */
    static Cookie[] cookiesOf(HttpServletRequest request) {
        try {
            Cookie[] cookies = request.getCookies();
            return cookies == null ? NO_COOKIES : cookies;
        } catch (RuntimeException e) {
            return NO_COOKIES;
        }
    }

    private static boolean isForm(HttpServletRequest request) {
        return FORM_METHODS.contains(request.getMethod())
                && BodyPeek.isForm(request)
                && request.getHeader("Upgrade") == null;
    }

    /** Read here and not by the container, which would wait for a form as long as somebody takes to send it. */
    private void form(HttpServletRequest request, HttpServletResponse response, FoundKey found, BodyWaits.Turn turn) {
        PeekedRequest peeked = BodyPeek.peekForm(request, response, turn);
        if (peeked == null) {
            return;
        }
        found.goOnWith(peeked);
        if (peeked.isNothing()) {
            parsedBefore(request, found);
        } else {
            peeked.values(parameter).forEach(found::add);
        }
    }

    /** A filter before this one may have asked for a parameter, and the container has read the form then. */
    private void parsedBefore(HttpServletRequest request, FoundKey found) {
        String[] values;
        try {
            values = request.getParameterValues(parameter);
        } catch (RuntimeException e) {
            // Too many fields, a broken escape, a client that went away: what the containers throw differs.
            return;
        }
        if (values != null) {
            for (String value : values) {
                found.add(value);
            }
        }
    }
}
