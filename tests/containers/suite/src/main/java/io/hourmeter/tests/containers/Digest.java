package io.hourmeter.tests.containers;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What arrived, in a few characters. */
final class Digest {

    private final MessageDigest digest;
    private long length;

    Digest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    void add(byte[] bytes, int count) {
        digest.update(bytes, 0, count);
        length += count;
    }

    static String sha256(byte[] bytes) {
        Digest all = new Digest();
        all.digest.update(bytes);
        return HexFormat.of().formatHex(all.digest.digest());
    }

    /** Length and hash; once. */
    @Override
    public String toString() {
        return length + " " + HexFormat.of().formatHex(digest.digest());
    }
}
