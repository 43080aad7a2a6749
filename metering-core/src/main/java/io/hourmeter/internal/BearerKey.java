package io.hourmeter.internal;

import io.hourmeter.LicenseKey;
import java.util.Optional;

/** A license key that stands where a bearer token does. One of another shape is the application's own business. */
public final class BearerKey {

    private static final String SCHEME = "Bearer ";

    private BearerKey() {}

    /**
     * Looks into one header.
     *
     * @param authorization the value of an {@code Authorization} header, with what blanks there are
     * @return empty when it is of another scheme, or its token has not the shape of a key
     */
    public static Optional<LicenseKey> in(String authorization) {
        String value = authorization.strip();
        return value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? LicenseKey.parse(value.substring(SCHEME.length()))
                : Optional.empty();
    }
}
