package io.hourmeter.servlet;

import io.hourmeter.LicenseKey;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The license key that was found in a request, and whether all places agree on it. Two spellings of one key agree. Known
 * to one thread.
 */
final class FoundKey {

    private @Nullable String text;
    private boolean ambiguous;
    private HttpServletRequest requestForChain;

    /** Nothing, so far. */
    FoundKey(HttpServletRequest request) {
        requestForChain = request;
    }

    /** Takes what stands in one place; a blank text is nothing. */
    void add(@Nullable String value) {
        String another = value == null ? "" : value.strip();
        if (another.isEmpty()) {
            return;
        }
        if (text == null) {
            text = another;
        } else if (!ambiguous) {
            // Not asked again: a body full of keys shall cost nothing more.
            ambiguous = !same(text, another);
        }
    }

    /** Takes a header value. A proxy may fold repeated headers into one; no key has a comma. */
    void addAll(String value) {
        if (value.indexOf(',') < 0) {
            add(value);
            return;
        }
        for (String part : value.split(",", -1)) {
            add(part);
        }
    }

    private static boolean same(String one, String other) {
        if (one.equals(other)) {
            return true;
        }
        Optional<LicenseKey> key = LicenseKey.parse(one);
        return key.isPresent() && key.equals(LicenseKey.parse(other));
    }

    /** The body was read ahead. */
    void goOnWith(PeekedRequest request) {
        requestForChain = request;
    }

    /** As it was written, blanks around it left out; null for none. */
    @Nullable String text() {
        return text;
    }

    /** Whether there were several that differ. */
    boolean ambiguous() {
        return ambiguous;
    }

    /** What the application shall see: the same request, or one whose body was read ahead. */
    HttpServletRequest requestForChain() {
        return requestForChain;
    }

    /** Bytes of the body that were read ahead. */
    long ahead() {
        return requestForChain instanceof PeekedRequest peeked ? peeked.ahead() : 0;
    }

    /** Not the key. */
    @Override
    public String toString() {
        return text == null ? "no key" : "a key";
    }
}
