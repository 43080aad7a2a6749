package io.hourmeter.usage.node;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A session id as its 24 bytes: a node keeps one for each session, and its text takes twice as much. Immutable.
 *
 * @param first bytes 0 to 7
 * @param second bytes 8 to 15
 * @param third bytes 16 to 23
 */
public record SessionId(long first, long second, long third) {

    static final int BYTES = 3 * Long.BYTES;
    private static final int TEXT_LENGTH = BYTES * 4 / 3;
    private static final byte[] ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".getBytes(StandardCharsets.US_ASCII);

    static SessionId of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new SessionId(buffer.getLong(), buffer.getLong(), buffer.getLong());
    }

    /** The id that a text is, or null when it is none. */
    public static @Nullable SessionId parse(String text) {
        if (text.length() != TEXT_LENGTH) {
            return null;
        }
        try {
            return of(Base64.getUrlDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    byte[] bytes() {
        return ByteBuffer.allocate(BYTES)
                .putLong(first)
                .putLong(second)
                .putLong(third)
                .array();
    }

    /** 32 URL-safe characters (RFC 4648 section 5). */
    @Override
    public String toString() {
        return text(first, second, third);
    }

    /** The text of an id. Written by hand, because every request has it written. */
    static String text(long first, long second, long third) {
        byte[] text = new byte[TEXT_LENGTH];
        // 24 bits are 4 characters, and three longs 8 times 24 bits.
        write(text, 0, first >>> 40);
        write(text, 4, first >>> 16);
        write(text, 8, first << 8 | second >>> 56);
        write(text, 12, second >>> 32);
        write(text, 16, second >>> 8);
        write(text, 20, second << 16 | third >>> 48);
        write(text, 24, third >>> 24);
        write(text, 28, third);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static void write(byte[] text, int at, long bits) {
        text[at] = ALPHABET[(int) (bits >>> 18) & 63];
        text[at + 1] = ALPHABET[(int) (bits >>> 12) & 63];
        text[at + 2] = ALPHABET[(int) (bits >>> 6) & 63];
        text[at + 3] = ALPHABET[(int) bits & 63];
    }
}
