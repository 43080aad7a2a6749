package io.hourmeter.internal;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a customer came from and is led back to, in an address that anyone may have written: a path of the same origin,
 * or one relative to the payments' page. Whatever a browser could take for another host is none: a second slash, a
 * backslash, a scheme, a blank or control character. No state.
 */
public final class ReturnReference {

    /** Longer than any path that an application leads back to, short enough for Stripe's success_url. */
    public static final int MAX_LENGTH = 1000;

    private static final Pattern SHAPE =
            Pattern.compile("(?:/|\\.{1,2}/)(?:[A-Za-z0-9._~!$&'()*+,;=:@%-]+/)*[A-Za-z0-9._~!$&'()*+,;=:@%-]*"
                    + "(?:\\?[A-Za-z0-9._~!$&'()*+,;=:@%/?\\[\\]-]*)?(?:#[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?");

    private ReturnReference() {}

    /**
     * Checks a text.
     *
     * @param text from anywhere; null for none
     * @return the text if it leads to this origin from whichever page of the payments; null for any other
     */
    public static @Nullable String own(@Nullable String text) {
        return text != null
                        && text.length() <= MAX_LENGTH
                        && SHAPE.matcher(text).matches()
                ? text
                : null;
    }

    /**
     * Writes one as the value of a query parameter.
     *
     * @param reference checked
     * @return ASCII without {@code &}, {@code #} and blanks
     */
    public static String encoded(String reference) {
        return URLEncoder.encode(reference, StandardCharsets.UTF_8);
    }
}
