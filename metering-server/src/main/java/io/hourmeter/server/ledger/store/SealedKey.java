package io.hourmeter.server.ledger.store;

import io.hourmeter.LicenseKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A license key that only the idempotency key of its creation opens. The ledger knows license keys by their hash alone,
 * yet a repeated creation has to answer the first answer, key included. So the key is kept encrypted (AES-256-GCM) under
 * a key derived from the idempotency key, of which the ledger in turn keeps only a hash. A copy of the database is
 * therefore worth as much as guessing the idempotency key: random ones, as UUIDs are, cannot be guessed.
 */
public final class SealedKey {

    private static final String LOOKUP_LABEL = "hourmeter creation lookup 1\n";
    private static final String SEAL_LABEL = "hourmeter creation seal 1";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private SealedKey() {}

    /** Under what a creation is found again: hexadecimal, and useless for opening the seal. */
    public static String lookup(String idempotencyKey) {
        return HexFormat.of().formatHex(InputHash.sha256(LOOKUP_LABEL + idempotencyKey));
    }

    /** Nonce, cipher text and tag, hexadecimal. */
    public static String seal(LicenseKey key, String idempotencyKey) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, idempotencyKey, nonce);
            byte[] sealed = cipher.doFinal(key.text().getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(nonce) + HexFormat.of().formatHex(sealed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a license key could not be sealed", e);
        }
    }

    public static LicenseKey open(String sealed, String idempotencyKey) {
        byte[] bytes = HexFormat.of().parseHex(sealed);
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, idempotencyKey, Arrays.copyOf(bytes, NONCE_BYTES));
            byte[] text = cipher.doFinal(bytes, NONCE_BYTES, bytes.length - NONCE_BYTES);
            return LicenseKey.of(new String(text, StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a sealed license key could not be opened: the database was changed", e);
        }
    }

    private static Cipher cipher(int mode, String idempotencyKey, byte[] nonce) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(idempotencyKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] key = mac.doFinal(SEAL_LABEL.getBytes(StandardCharsets.US_ASCII));
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        return cipher;
    }
}
