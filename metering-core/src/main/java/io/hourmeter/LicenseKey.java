package io.hourmeter;

import io.hourmeter.internal.LicenseKeyText;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The credential that names a license: a prefix of 2 to 8 letters and digits and three groups of eight, for example
 * {@code RL-0123ABCD-EFGH4567-JKMN89PQ}. Case does not matter, and after the prefix I and L count as 1, O as 0 (Crockford
 * base 32). There is no checksum: any text of this outer shape is a key that can be looked up.
 *
 * <p>What pasting does to a key is forgiven by {@link #parse}, which every program of Hourmeter uses before a key is
 * hashed: blanks of all kinds and quotation marks around it, {@code Bearer} before it, typographic dashes in place of
 * hyphens, and characters that cannot be seen.
 *
 * <p>Immutable. {@link #toString()} is masked, so that a key does not reach a log by accident; {@link #text()} is the
 * secret itself.
 */
public final class LicenseKey implements LicenseRef {

    /** Longest text that can be a key, without what pasting adds. Texts of more than four times this are not inspected. */
    public static final int MAX_LENGTH = 8 + 3 * 9;

    private static final int MASKED_CHARACTERS = 4;

    private final String text;
    private final String canonical;
    private final String sha256;

    private LicenseKey(String text) {
        this.text = text;
        String only = canonical(text);
        // Keys are many and long-lived; most are written in the one spelling already.
        this.canonical = only.equals(text) ? text : only;
        this.sha256 = sha256Hex(canonical);
    }

    /**
     * Reads a key.
     *
     * @param text what a customer or a program supplied, may be null
     * @return the key, or empty when the text does not have the shape of one
     */
    public static Optional<LicenseKey> parse(@Nullable String text) {
        if (text == null || text.length() > 4 * MAX_LENGTH) {
            return Optional.empty();
        }
        return LicenseKeyText.find(text).map(LicenseKey::new);
    }

    /**
     * Reads a key that is expected to be one.
     *
     * @param text the key
     * @return the key
     * @throws IllegalArgumentException if the text does not have the shape of a key; the message does not repeat it
     */
    public static LicenseKey of(String text) {
        return parse(text)
                .orElseThrow(() -> new IllegalArgumentException(
                        "not a license key: expected a form like RL-XXXXXXXX-XXXXXXXX-XXXXXXXX"));
    }

    /**
     * The key in the letters in which it was supplied, without what pasting adds. Older license servers know only this
     * spelling.
     *
     * @return the secret
     */
    public String text() {
        return text;
    }

    /**
     * The one spelling of this key: upper case, I, L and O after the prefix replaced.
     *
     * @return the secret
     */
    public String canonical() {
        return canonical;
    }

    /**
     * SHA-256 over the canonical spelling, the only form in which a license server keeps a key.
     *
     * @return 64 lower-case hexadecimal digits
     */
    public String sha256() {
        return sha256;
    }

    /**
     * The form for logs and pages, {@code RL-ABCD…}.
     *
     * @return prefix and first four characters
     */
    public String masked() {
        return canonical.substring(0, canonical.indexOf('-') + 1 + MASKED_CHARACTERS) + "…";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LicenseKey key
                && MessageDigest.isEqual(
                        sha256.getBytes(StandardCharsets.US_ASCII), key.sha256.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public int hashCode() {
        return sha256.hashCode();
    }

    @Override
    public String toString() {
        return masked();
    }

    private static String canonical(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        int prefix = upper.indexOf('-');
        String groups =
                upper.substring(prefix).replace('I', '1').replace('L', '1').replace('O', '0');
        return upper.substring(0, prefix) + groups;
    }

    private static String sha256Hex(String canonical) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(canonical.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
