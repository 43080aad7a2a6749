package io.hourmeter.usage.node;

import io.hourmeter.LicenseKey;
import java.util.HexFormat;

/**
 * {@link LicenseKey#sha256()} as its 32 bytes, less than half of what the text takes. Immutable.
 *
 * @param first bytes 0 to 7
 * @param second bytes 8 to 15
 * @param third bytes 16 to 23
 * @param fourth bytes 24 to 31
 */
public record KeyHash(long first, long second, long third, long fourth) implements Credential {

    /** Hexadecimal digits of a long. */
    private static final int DIGITS = 16;

    static KeyHash of(LicenseKey key) {
        return parse(key.sha256());
    }

    /** Reads 64 hexadecimal digits; throws IllegalArgumentException for anything else. */
    public static KeyHash parse(String hex) {
        if (hex.length() != 4 * DIGITS) {
            throw new IllegalArgumentException("not a SHA-256: " + hex.length() + " characters instead of 64");
        }
        return new KeyHash(part(hex, 0), part(hex, 1), part(hex, 2), part(hex, 3));
    }

    private static long part(String hex, int number) {
        return HexFormat.fromHexDigitsToLong(hex, number * DIGITS, (number + 1) * DIGITS);
    }

    /** 64 hexadecimal digits. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(first) + hex.toHexDigits(second) + hex.toHexDigits(third) + hex.toHexDigits(fourth);
    }
}
