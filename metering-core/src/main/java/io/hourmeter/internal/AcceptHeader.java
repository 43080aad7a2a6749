package io.hourmeter.internal;

import java.util.Enumeration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells a browser that navigates from a program that calls. */
public final class AcceptHeader {

    /** Quality in thousandths, the precision that HTTP has. */
    private static final int FULL = 1000;

    private AcceptHeader() {}

    /**
     * What is accepted, in thousandths.
     *
     * @param html a page
     * @param json any form of JSON that is named
     * @param anything a wildcard
     * @param jsonNamed whether JSON is named at all
     */
    private record Accepted(int html, int json, int anything, boolean jsonNamed) {}

    /**
     * Whether a page is preferred to JSON: {@code text/html} is named, and no form of JSON is wanted more. At equal
     * quality JSON wins when it is named too; a wildcard does not beat a type that is named.
     *
     * @param headers all values of {@code Accept}, may be null
     * @return false for {@code *}{@code /*}, which is what a program sends that does not care
     */
    public static boolean prefersHtml(@Nullable Enumeration<String> headers) {
        Accepted accepted = accepted(headers);
        return accepted.jsonNamed
                ? accepted.html > accepted.json
                : accepted.html > 0 && accepted.html >= accepted.anything;
    }

    /**
     * Whether JSON is named and a page is not, as by a script that shows the answer itself.
     *
     * @param headers all values of {@code Accept}, may be null
     * @return false for {@code *}{@code /*} as well
     */
    public static boolean isForJsonAlone(@Nullable Enumeration<String> headers) {
        Accepted accepted = accepted(headers);
        return accepted.json > 0 && accepted.html == 0;
    }

    private static Accepted accepted(@Nullable Enumeration<String> headers) {
        int html = 0;
        int json = 0;
        int anything = 0;
        boolean jsonNamed = false;
        while (headers != null && headers.hasMoreElements()) {
            for (String range : headers.nextElement().split(",", -1)) {
                String[] parts = range.split(";", -1);
                int quality = quality(parts);
                switch (parts[0].strip().toLowerCase(Locale.ROOT)) {
                    case "text/html" -> html = Math.max(html, quality);
                    case "application/json", "application/problem+json" -> {
                        json = Math.max(json, quality);
                        jsonNamed = true;
                    }
                    case "*/*", "application/*" -> anything = Math.max(anything, quality);
                    default -> {
                        // Says nothing about either.
                    }
                }
            }
        }
        return new Accepted(html, json, anything, jsonNamed);
    }

    private static int quality(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.regionMatches(true, 0, "q=", 0, 2)) {
                return thousandths(parameter.substring(2).strip());
            }
        }
        return FULL;
    }

    /** {@code 1}, {@code 0.5}, {@code .25}; what is no such number counts as not wanted. */
    private static int thousandths(String text) {
        if (text.startsWith("1")) {
            return FULL;
        }
        int point = text.indexOf('.');
        int quality = 0;
        for (int i = point + 1, unit = FULL / 10; point >= 0 && i < text.length() && unit > 0; i++, unit /= 10) {
            int digit = Character.digit(text.charAt(i), 10);
            if (digit < 0) {
                return 0;
            }
            quality += digit * unit;
        }
        return quality;
    }
}
