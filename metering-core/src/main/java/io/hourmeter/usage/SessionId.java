package io.hourmeter.usage;

import java.nio.ByteBuffer;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A session id as its 24 bytes: a node keeps one for each session, and its text takes twice as much. Immutable.
 *
 * @param first bytes 0 to 7
 * @param second bytes 8 to 15
 * @param third bytes 16 to 23
 */
record SessionId(long first, long second, long third) {

    static final int BYTES = 3 * Long.BYTES;
    private static final int TEXT_LENGTH = BYTES * 4 / 3;

    static SessionId of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new SessionId(buffer.getLong(), buffer.getLong(), buffer.getLong());
    }

    /** The id that a text is, or null when it is none. */
    static @Nullable SessionId parse(String text) {
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

    /** 32 URL-safe characters. */
    @Override
    public String toString() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes());
    }
}
