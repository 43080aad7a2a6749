package io.hourmeter.internal;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The outer shape of a license key, in one place: how it is found in what people paste, and how it is masked in texts
 * that others read.
 */
public final class LicenseKeyText {

    private static final String PREFIX = "[A-Za-z0-9]{2,8}";
    private static final String GROUP = "[A-Za-z0-9]{8}";

    /**
     * What stands for a hyphen in a pasted key: the hyphens and dashes of word processors and chats, a minus sign, and
     * the dashes of windows-1252, whose bytes a container reads as control characters of Latin-1.
     */
    private static final String DASH = "[-\\u0096\\u0097\\u2010-\\u2015\\u2212\\uFE58\\uFE63\\uFF0D]";

    /** UTF-8 of a dash of this list that was read as Latin-1. Needed where a text is masked as it is. */
    private static final String DASH_AS_LATIN =
            "\\u00C2[\\u0096\\u0097]|\\u00E2\\u0080[\\u0090-\\u0095]|\\u00E2\\u0088\\u0092|\\u00EF[\\u00B9\\u00BC][\\u0098\\u00A3\\u008D]";

    private static final String BLANK = "[\\s\\p{Z}]";

    /** Blanks of all kinds and quotation marks, straight and typographic, those of windows-1252 included. */
    private static final String AROUND = "[\\s\\p{Z}\"'`\\u0091-\\u0094\\u00AB\\u00BB\\u2018-\\u201F\\u2039\\u203A]*";

    private static final Pattern BEGINNING = Pattern.compile(PREFIX);

    private static final Pattern SHAPE = Pattern.compile(PREFIX + "(?:-" + GROUP + "){3}");

    private static final Pattern PASTED = Pattern.compile(AROUND + "(?:(?i:Bearer)" + BLANK + "+" + AROUND + ")?("
            + PREFIX + ")" + DASH + "(" + GROUP + ")" + DASH + "(" + GROUP + ")" + DASH + "(" + GROUP + ")" + AROUND);

    /** What is not seen: zero-width spaces and joiners, byte order marks, soft hyphens, marks of the writing direction. */
    private static final Pattern UNSEEN = Pattern.compile("\\p{Cf}+");

    private static final Pattern WITHIN = Pattern.compile("(" + PREFIX + ")(?:" + DASH + "|" + DASH_AS_LATIN
            + ")([A-Za-z0-9]{4})[A-Za-z0-9]{4}(?:(?:" + DASH + "|" + DASH_AS_LATIN + ")" + GROUP + "){2}");

    private LicenseKeyText() {}

    /**
     * Finds the key in what was supplied. Forgiven are blanks and quotation marks around it, {@code Bearer} before it,
     * typographic dashes, characters that cannot be seen, and all of this as UTF-8 that was read as Latin-1, which is
     * how servlet containers decode headers.
     *
     * @param text a bounded text
     * @return the key with hyphens and nothing around it, its letters as they were; empty when there is no other shape
     */
    public static Optional<String> find(String text) {
        String stripped = text.strip();
        if (SHAPE.matcher(stripped).matches()) {
            return Optional.of(stripped);
        }
        Matcher pasted = PASTED.matcher(UNSEEN.matcher(decoded(text)).replaceAll(""));
        return pasted.matches()
                ? Optional.of(String.join("-", pasted.group(1), pasted.group(2), pasted.group(3), pasted.group(4)))
                : Optional.empty();
    }

    /**
     * Whether license keys may begin with a text.
     *
     * @param text without the hyphen
     * @return true for 2 to 8 letters and digits
     */
    public static boolean isPrefix(String text) {
        return BEGINNING.matcher(text).matches();
    }

    /**
     * Masks everything in a text that looks like a license key.
     *
     * @param text any text
     * @return the same with the form {@code RL-ABCD…} in place of each key
     */
    public static String mask(String text) {
        return WITHIN.matcher(text).replaceAll("$1-$2…");
    }

    /** A text whose characters are the bytes of UTF-8, as that; any other as it is. */
    private static String decoded(String text) {
        boolean bytes = text.chars().allMatch(c -> c <= 0xFF);
        if (!bytes || text.chars().allMatch(c -> c < 0x80)) {
            return text;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            return text;
        }
    }
}
