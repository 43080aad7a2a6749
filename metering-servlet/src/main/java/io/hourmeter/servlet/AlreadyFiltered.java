package io.hourmeter.servlet;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import jakarta.servlet.ServletRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Marks a request that was judged and not refused, as one of its attributes, and tells the key or id that it was admitted
 * with. An attribute may be printed by anybody. One object that learns the license later, since setting an attribute
 * again costs a request more.
 */
final class AlreadyFiltered {

    private static final String ATTRIBUTE = "io.hourmeter.servlet.judged";

    /** As it was written; parsed only for who asks. */
    private @Nullable String key;

    private @Nullable LicenseId id;

    private AlreadyFiltered() {}

    /** Whether a request is marked, also by a filter of this kind that another class loader has. */
    static boolean isMarked(ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) != null;
    }

    /** The key or id that a request was admitted with; empty when it is not metered. */
    static Optional<LicenseRef> license(ServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof AlreadyFiltered judged ? judged.license() : Optional.empty();
    }

    /** Marks a request. */
    static AlreadyFiltered mark(ServletRequest request) {
        AlreadyFiltered judged = new AlreadyFiltered();
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

    void admittedWith(LicenseId license) {
        id = license;
    }

    private Optional<LicenseRef> license() {
        return id != null ? Optional.of(id) : LicenseKey.parse(key).map(parsed -> parsed);
    }

    /** The key, masked, or the id. */
    @Override
    public String toString() {
        return license().map(LicenseRef::toString).orElse("");
    }
}
