package io.hourmeter;

import java.util.regex.Pattern;

/**
 * The public name of a license, {@code lic_…}. It is no secret: it may stand in logs, URLs and payment metadata, and
 * a license server accepts it only together with a token.
 *
 * @param value the id as the license server gave it
 */
public record LicenseId(String value) implements LicenseRef {

    private static final Pattern SHAPE = Pattern.compile("lic_[A-Za-z0-9]{8,64}");

    /**
     * Checks the shape.
     *
     * @throws IllegalArgumentException if {@code value} is no license id
     */
    public LicenseId {
        if (!SHAPE.matcher(value).matches()) {
            throw new IllegalArgumentException("not a license id: expected lic_ and 8 to 64 letters or digits");
        }
    }

    /**
     * Tells whether a text has the shape of a license id.
     *
     * @param text any text
     * @return true when {@link #LicenseId(String)} would accept it
     */
    public static boolean isId(String text) {
        return SHAPE.matcher(text).matches();
    }

    @Override
    public String toString() {
        return value;
    }
}
