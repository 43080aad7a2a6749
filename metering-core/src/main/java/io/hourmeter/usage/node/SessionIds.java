package io.hourmeter.usage.node;

import io.hourmeter.LicenseId;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseRef;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Session ids: 128 random bits and 64 bits of their HMAC-SHA-256 under the license key, as 32 URL-safe characters. Every
 * node can verify one without having seen it, and nobody can make one for a key that he does not hold. Where an
 * application names a license by its id, which is no secret, the HMAC tells sessions of different licenses apart, and
 * the application's log-in is what keeps others out.
 */
final class SessionIds {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int RANDOM_BYTES = 16;
    private static final int MAC_BYTES = SessionId.BYTES - RANDOM_BYTES;

    private final RandomGenerator random;

    /** Ids from a source that must be a cryptographic one outside of tests. */
    SessionIds(RandomGenerator random) {
        this.random = random;
    }

    SessionId create(LicenseRef license) {
        byte[] bytes = new byte[SessionId.BYTES];
        byte[] chance = new byte[RANDOM_BYTES];
        random.nextBytes(chance);
        System.arraycopy(chance, 0, bytes, 0, RANDOM_BYTES);
        System.arraycopy(mac(license, chance), 0, bytes, RANDOM_BYTES, MAC_BYTES);
        return SessionId.of(bytes);
    }

    /** The id that a text is if it was made for this key or id, else null. */
    static @Nullable SessionId of(LicenseRef license, String text) {
        SessionId id = SessionId.parse(text);
        if (id == null) {
            return null;
        }
        byte[] bytes = id.bytes();
        byte[] chance = Arrays.copyOf(bytes, RANDOM_BYTES);
        byte[] expected = Arrays.copyOf(mac(license, chance), MAC_BYTES);
        return MessageDigest.isEqual(expected, Arrays.copyOfRange(bytes, RANDOM_BYTES, bytes.length)) ? id : null;
    }

    private static byte[] mac(LicenseRef license, byte[] chance) {
        String text = license instanceof LicenseKey key ? key.canonical() : ((LicenseId) license).value();
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(text.getBytes(StandardCharsets.US_ASCII), ALGORITHM));
            return mac.doFinal(chance);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
