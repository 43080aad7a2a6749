package io.hourmeter.server.ledger.store;

import io.hourmeter.ErrorCode;
import io.hourmeter.LicenseRequestException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Where the next page of a history begins: below one line and below one session. Opaque to callers. A position that is
 * null has nothing below it.
 *
 * @param line the last line given
 * @param session the last session given
 */
public record HistoryCursor(@Nullable Line line, @Nullable Session session) {

    /** Above everything: where the first page begins. */
    static final HistoryCursor START =
            new HistoryCursor(new Line(Long.MAX_VALUE, 0, 0), new Session(Long.MAX_VALUE, ""));

    private static final String VERSION = "h1";
    private static final String NOTHING = "-";
    private static final int PARTS = 3;

    /**
     * A line's place.
     *
     * @param at when
     * @param source 0 = an entry, 1 = a lease
     * @param id number of the entry or lease
     */
    public record Line(long at, long source, long id) {}

    /**
     * A session's place.
     *
     * @param ended its last activity
     * @param session its id
     */
    public record Session(long ended, String session) {}

    public static HistoryCursor parse(@Nullable String text) {
        if (text == null) {
            return START;
        }
        try {
            String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
            String[] parts = plain.split("\n", PARTS);
            if (parts.length == PARTS && parts[0].equals(VERSION)) {
                return new HistoryCursor(line(parts[1]), session(parts[2]));
            }
        } catch (IllegalArgumentException e) {
            // Told below, in the same words as any other text that is no cursor.
        }
        throw unknown();
    }

    /** What a text that is no cursor of this server is refused with. */
    public static LicenseRequestException unknown() {
        return new LicenseRequestException(ErrorCode.INVALID_REQUEST, "cursor is not one that this server gave");
    }

    private static @Nullable Line line(String text) {
        if (text.equals(NOTHING)) {
            return null;
        }
        String[] numbers = text.split(" ", -1);
        if (numbers.length != PARTS) {
            throw new IllegalArgumentException(text);
        }
        return new Line(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
    }

    private static @Nullable Session session(String text) {
        if (text.equals(NOTHING)) {
            return null;
        }
        int blank = text.indexOf(' ');
        if (blank < 0) {
            throw new IllegalArgumentException(text);
        }
        return new Session(Long.parseLong(text.substring(0, blank)), text.substring(blank + 1));
    }

    /** The text of this cursor; null when there is nothing below it. */
    public @Nullable String text() {
        if (line == null && session == null) {
            return null;
        }
        String lineText = line == null ? NOTHING : line.at() + " " + line.source() + " " + line.id();
        String sessionText = session == null ? NOTHING : session.ended() + " " + session.session();
        String plain = VERSION + "\n" + lineText + "\n" + sessionText;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
    }
}
