package io.hourmeter.servlet;

import io.hourmeter.LicenseKey;
import jakarta.servlet.ServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Marks a request that was judged and not refused, as one of its attributes, and tells the key that it was admitted with.
 * An attribute
 * may be printed by anybody. One object that learns the key later, since setting an attribute again costs a request more.
 */
final class Judged {

    private static final String ATTRIBUTE = "io.hourmeter.servlet.judged";

    /** As it was written; parsed only for who asks. */
    private @Nullable String key;

    private Judged() {}

    /** Whether a request is marked, also by a filter of this kind that another class loader has. */
    static boolean isMarked(ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) != null;
    }

    /** The key that a request was admitted with; empty when it is not metered. */
    static Optional<LicenseKey> key(ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof Judged judged ? judged.parsed() : Optional.empty();
    }

    /** Marks a request. */
    static Judged mark(ServletRequest request) {
        Judged judged = new Judged();
        request.setAttribute(ATTRIBUTE, judged);
        return judged;
    }

    /** Forgets that a request was judged, because it was refused. */
    static void unmark(ServletRequest request) {
        request.removeAttribute(ATTRIBUTE);
    }

    void admittedWith(String text) {
        key = text;
    }

    private Optional<LicenseKey> parsed() {
        return LicenseKey.parse(key);
    }

    /** The key, masked. */
    @Override
    public String toString() {
        return parsed().map(LicenseKey::masked).orElse("");
    }
}
