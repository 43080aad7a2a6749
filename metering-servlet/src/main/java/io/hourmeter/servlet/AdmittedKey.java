package io.hourmeter.servlet;

import io.hourmeter.LicenseKey;
import java.util.Optional;

/**
 * The key that a request was admitted with, as it was written; parsed only for who asks. Stands in an attribute of the
 * request, where anybody may print it.
 */
final class AdmittedKey {

    private final String text;

    AdmittedKey(String text) {
        this.text = text;
    }

    Optional<LicenseKey> parsed() {
        return LicenseKey.parse(text);
    }

    /** Masked. */
    @Override
    public String toString() {
        return parsed().map(LicenseKey::masked).orElse("");
    }
}
