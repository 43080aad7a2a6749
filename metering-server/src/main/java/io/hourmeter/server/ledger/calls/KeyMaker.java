package io.hourmeter.server.ledger.calls;

import io.hourmeter.LicenseKey;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** Makes license keys and public ids. Thread-safe. */
public final class KeyMaker {

    /** Crockford base 32: no I, L, O or U. */
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private static final int GROUPS = 3;
    private static final int GROUP_LENGTH = 8;
    /** 100 bits: nobody guesses one, and no two licenses share one. */
    private static final int ID_LENGTH = 20;

    private final RandomGenerator random;
    private final String prefix;

    public KeyMaker(String prefix) {
        this(prefix, new SecureRandom());
    }

    /** Keys from a source that must be a cryptographic one outside of tests. */
    public KeyMaker(String prefix, RandomGenerator random) {
        this.prefix = prefix;
        this.random = random;
    }

    /** A key of 120 random bits. */
    public LicenseKey key() {
        StringBuilder text = new StringBuilder(prefix);
        for (int group = 0; group < GROUPS; group++) {
            text.append('-').append(characters(GROUP_LENGTH));
        }
        return LicenseKey.of(text.toString());
    }

    public String publicId() {
        return "lic_" + characters(ID_LENGTH).toLowerCase(Locale.ROOT);
    }

    private String characters(int count) {
        StringBuilder text = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }
}
