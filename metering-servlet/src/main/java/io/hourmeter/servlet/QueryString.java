package io.hourmeter.servlet;

import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads parameters from a query string or a form. {@code getParameter} is no alternative: it would read a form body too, and
 * the application would find it empty.
 */
final class QueryString {

    private QueryString() {}

    /**
     * All values of a parameter, in order.
     *
     * @param query as {@code getQueryString} has it, or null
     * @param name decoded name
     * @return decoded values; one that cannot be decoded stands as it is, so that it counts as a key that nobody has
     */
    static List<String> values(@Nullable String query, String name) {
        if (query == null || query.isEmpty()) {
            return List.of();
        }
        List<String> values = new ArrayList<>(1);
        int start = 0;
        while (start <= query.length()) {
            int end = query.indexOf('&', start);
            if (end < 0) {
                end = query.length();
            }
            int equals = query.indexOf('=', start);
            if (equals >= 0
                    && equals < end
                    && decode(query.substring(start, equals)).equals(name)) {
                values.add(decode(query.substring(equals + 1, end)));
            }
            start = end + 1;
        }
        return values;
    }

    /**
     * All fields of a form, in order; one that cannot be decoded is left out.
     *
     * @param form as it was sent
     * @param charset of what is percent-encoded in it
     */
    static Map<String, List<String>> fields(String form, Charset charset) {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        for (String field : form.split("&", -1)) {
            int equals = field.indexOf('=');
            String name = equals < 0 ? field : field.substring(0, equals);
            if (!name.isEmpty()) {
                try {
                    String value = equals < 0 ? "" : URLDecoder.decode(field.substring(equals + 1), charset);
                    fields.computeIfAbsent(URLDecoder.decode(name, charset), any -> new ArrayList<>(1))
                            .add(value);
                } catch (IllegalArgumentException e) {
                    // A broken escape.
                }
            }
        }
        return fields;
    }

    private static String decode(String text) {
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
