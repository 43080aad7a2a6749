package io.hourmeter.server.ledger.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a call asked for, in a form that two requests share only if they asked for the same. Covers the call, the hours
 * and the reference, not the description: a text for people may be worded differently on a retry.
 */
public final class InputHash {

    /** 128 bits: an accidental match is out of the question, and the row stays small. */
    private static final int BYTES = 16;

    private InputHash() {}

    /** Hexadecimal digits; a null part differs from an empty one. */
    public static String of(@Nullable Object... parts) {
        StringBuilder text = new StringBuilder();
        for (Object part : parts) {
            String value = String.valueOf(part);
            text.append(part == null ? -1 : value.length()).append(':').append(value);
        }
        return HexFormat.of().formatHex(Arrays.copyOf(sha256(text.toString()), BYTES));
    }

    public static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
