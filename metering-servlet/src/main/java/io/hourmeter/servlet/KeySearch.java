package io.hourmeter.servlet;

import io.hourmeter.LicenseKey;
import io.hourmeter.config.MeteringConfig;
import io.hourmeter.config.Settings;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the license key of a request: header, bearer token, cookie and query parameter, then form field, then JSON
 * body field. The first that is there counts. What the first four say must agree, since whoever reads the request next
 * may pick another one. A text that is blank is not there; a text that is no key is, and is refused later.
 *
 * <p>What the container cannot read (a broken cookie, a broken form) carries no key. Immutable.
 */
final class KeySearch {

    private static final String BEARER = "Bearer ";

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

    /**
     * What was found.
     *
     * @param key the text of the key, blanks around it left out; null for none
     * @param ambiguous whether there were several that differ
     * @param request what the application shall see: the same request, or one whose body was read ahead
     */
    record Found(@Nullable String key, boolean ambiguous, HttpServletRequest request) {

        @Override
        public String toString() {
            return key == null ? "no key" : "a key";
        }
    }

    Found find(HttpServletRequest request, HttpServletResponse response) {
        List<String> keys = new ArrayList<>(1);
        headers(request, keys);
        cookies(request, keys);
        if (!parameter.isEmpty()) {
            QueryString.values(request.getQueryString(), parameter).forEach(value -> add(value, keys));
        }
        if (keys.isEmpty() && required && !parameter.isEmpty() && isForm(request)) {
            form(request, keys);
        }
        HttpServletRequest onward = request;
        if (keys.isEmpty() && !bodyField.isEmpty()) {
            PeekedRequest peeked = BodyPeek.peek(request, response);
            if (peeked != null) {
                onward = peeked;
                peeked.texts(bodyField).forEach(value -> add(value, keys));
            }
        }
        return new Found(keys.isEmpty() ? null : keys.get(0), keys.size() > 1, onward);
    }

    private void headers(HttpServletRequest request, List<String> keys) {
        if (!header.isEmpty()) {
            for (Enumeration<String> values = request.getHeaders(header); values.hasMoreElements(); ) {
                addAll(values.nextElement(), keys);
            }
        }
        for (Enumeration<String> values = request.getHeaders("Authorization"); values.hasMoreElements(); ) {
            String value = values.nextElement().strip();
            if (value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
                LicenseKey.parse(value.substring(BEARER.length())).ifPresent(key -> add(key.text(), keys));
            }
        }
    }

    /** A proxy may fold repeated headers into one; no key has a comma. */
    private static void addAll(String value, List<String> keys) {
        if (value.indexOf(',') < 0) {
            add(value, keys);
            return;
        }
        for (String part : value.split(",", -1)) {
            add(part, keys);
        }
    }

    private void cookies(HttpServletRequest request, List<String> keys) {
        if (cookie.isEmpty()) {
            return;
        }
        for (Cookie each : cookiesOf(request)) {
            if (each.getName().equals(cookie)) {
                add(each.getValue(), keys);
            }
        }
    }

    /** The cookies of a request; none when the container cannot read them. */
    static Cookie[] cookiesOf(HttpServletRequest request) {
        try {
            Cookie[] cookies = request.getCookies();
            return cookies == null ? new Cookie[0] : cookies;
        } catch (RuntimeException e) {
            return new Cookie[0];
        }
    }

    private static boolean isForm(HttpServletRequest request) {
        String type = request.getContentType();
        return type != null
                && request.getMethod().equals("POST")
                && type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded")
                && request.getHeader("Upgrade") == null;
    }

    private void form(HttpServletRequest request, List<String> keys) {
        try {
            String[] values = request.getParameterValues(parameter);
            for (String value : values == null ? new String[0] : values) {
                add(value, keys);
            }
        } catch (RuntimeException e) {
            // Too many fields, a broken escape, a client that went away: what the containers throw differs.
        }
    }

    /** Adds a key unless it is there already. The second one decides: a body full of keys shall cost nothing more. */
    private static void add(@Nullable String text, List<String> keys) {
        String key = text == null ? "" : text.strip();
        if (!key.isEmpty() && keys.size() < 2 && (keys.isEmpty() || !same(keys.get(0), key))) {
            keys.add(key);
        }
    }

    /** Two spellings of one key are one key. */
    private static boolean same(String one, String other) {
        if (one.equals(other)) {
            return true;
        }
        Optional<LicenseKey> key = LicenseKey.parse(one);
        return key.isPresent() && key.equals(LicenseKey.parse(other));
    }
}
