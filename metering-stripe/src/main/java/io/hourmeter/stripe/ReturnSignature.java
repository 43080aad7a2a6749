package io.hourmeter.stripe;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs the links by which Stripe leads customers back, so that Stripe is asked only about checkouts that this installation
 * made. Stripe gives a session its id after the link was handed over, so the id of our own purchase is signed, and the
 * session must name that one in its metadata.
 *
 * <p>The key is derived from {@code stripe.secret.key}: wherever something can be sold it is set, it is the same on all nodes
 * of an installation and after a restart, and nobody else has it. {@code stripe.webhook.secret} may be missing. Thread-safe.
 */
final class ReturnSignature {

    private static final String ALGORITHM = "HmacSHA256";

    /** What the derived key is for; another purpose would have another key. */
    private static final String PURPOSE = "hourmeter return link 1";

    /** 128 bits cannot be guessed, and a link stays short. */
    private static final int BYTES = 16;

    private static final Pattern SHAPE = Pattern.compile("([A-Za-z0-9-]{1,64})\\.([0-9a-f]{" + 2 * BYTES + "})");

    private final SecretKeySpec key;

    ReturnSignature(String secretKey) {
        SecretKeySpec secret = new SecretKeySpec(secretKey.getBytes(StandardCharsets.UTF_8), ALGORITHM);
        key = new SecretKeySpec(hmac(secret, PURPOSE), ALGORITHM);
    }

    /** What the link of a purchase carries: letters, digits, hyphens and one dot. */
    String sign(String purchaseId) {
        return purchaseId + '.' + HexFormat.of().formatHex(mac(purchaseId));
    }

    /** The id of the purchase that was signed; null when this installation has signed nothing of the kind. */
    @Nullable String purchaseOf(@Nullable String signature) {
        Matcher parts = SHAPE.matcher(signature == null ? "" : signature);
        if (!parts.matches()) {
            return null;
        }
        byte[] given = HexFormat.of().parseHex(parts.group(2));
        return MessageDigest.isEqual(mac(parts.group(1)), given) ? parts.group(1) : null;
    }

    private byte[] mac(String purchaseId) {
        return Arrays.copyOf(hmac(key, purchaseId), BYTES);
    }

    private static byte[] hmac(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
